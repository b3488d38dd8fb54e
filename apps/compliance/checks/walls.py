"""Whether both walls stand in the database, exactly as the code says, on this tenant's tables and the shared ones."""

from __future__ import annotations

from django.db import transaction

from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.compliance.checks.seen_from_here import around, own_schema, tables, told
from apps.tenants import policies
from apps.tenants.catalog import Kind
from apps.tenants.privileges import SHARED
from apps.tenants.walls import PUBLIC

_MEND = "Run `SPECWARD_ROLE=migrator manage.py wall`, which puts them up again; find out first who changed them."


@check
class RowLevelSecurity(Check):
    """Whether the policies are asked at all."""

    key = "isolation.rls"
    title = "Row-level security is on and forced on every table of the account"
    words = "Reads in the catalog of the database whether each table's rows are behind the wall, for its owner as well."
    mend = _MEND

    def look(self) -> Result:
        seen, wrong = 0, []
        for schema, table, wanted in tables(own_schema()):
            seen += 1
            if wanted is not None and (differences := list(table.unenforced(wanted))):
                wrong.append(told(schema, table.name, differences))
        if wrong or not seen:
            because = f"{len(wrong)} tables are not behind the wall." if seen else "There is no table at all."
            return failed(because, tables=seen, wrong=some(wrong))
        return passed(tables=seen)


@check
class Policies(Check):
    """Whether they say what they should: for whom, what may be seen, and what may be written."""

    key = "isolation.policies"
    title = "Each table has exactly one policy, which compares with this account's id"
    words = (
        "Compares every policy of every table with the one that the code makes: whom it holds, what it lets read, what "
        "it lets write, and that no other stands beside it."
    )
    mend = _MEND

    def look(self) -> Result:
        seen, wrong = 0, []
        for schema, table, wanted in tables(own_schema()):
            seen += len(table.policies)
            if wanted is not None and (differences := list(table.policy_differences(wanted))):
                wrong.append(told(schema, table.name, differences))
        if wrong:
            return failed(f"The policies of {len(wrong)} tables are others.", policies=seen, wrong=some(wrong))
        return passed(policies=seen)


@check
class SharedWalls(Check):
    """The tables in which rows of several tenants lie."""

    key = "isolation.shared_walls"
    title = "Every shared table with rows of customers is behind its wall"
    words = "Compares row-level security and every policy of the tables that customers share with what the code says."
    mend = _MEND

    def look(self) -> Result:
        walled, wrong = 0, []
        for schema, table, wanted in tables(PUBLIC):
            if wanted is None:
                continue  # isolation.shared_tables says so
            walled += SHARED[table.name].tenant_column is not None
            if differences := [*table.unenforced(wanted), *table.policy_differences(wanted)]:
                wrong.append(told(schema, table.name, differences))
        if wrong:
            return failed(f"{len(wrong)} shared tables are not as they should be.", walled=walled, wrong=some(wrong))
        return passed(walled=walled)


@check
class SharedTables(Check):
    """A shared table without a wall is one that the code names, with the reason."""

    key = "isolation.shared_tables"
    title = "No table is shared but those that the code names, each with its wall or the reason why it has none"
    words = (
        "Looks for tables in the shared schema that nobody declared, and for one with the name of a customer's table, "
        "which would answer in its place."
    )
    mend = "Drop the table, or declare it in apps/tenants/privileges.py with its wall or its reason."

    def look(self) -> Result:
        with transaction.atomic():
            shared = {table.name for table in policies.standing_in(PUBLIC)}
            own = {table.name for table in policies.standing_in(own_schema())} - {"django_migrations"}
        undeclared = [f"{name}: nobody declared it" for name in sorted(shared - SHARED.keys())]
        answering = [f"{name}: it has the name of a customer's table" for name in sorted(shared & own)]
        unwalled = {name: SHARED[name].no_wall_because for name in sorted(shared & SHARED.keys())}
        reasons = {name: why for name, why in unwalled.items() if why}
        if wrong := [*undeclared, *answering]:
            return failed(f"{len(wrong)} shared tables should not be there.", wrong=some(wrong), without_wall=reasons)
        return passed(shared=len(shared), without_wall=reasons)


@check
class WaysAround(Check):
    """What shows rows without asking their policies."""

    key = "isolation.ways_around"
    title = "No view, rule, key or inherited table leads past the walls"
    words = (
        "Looks for views, materialised views, foreign tables, rules, children of tables, keys that lead to another "
        "schema, and sequences that somebody may read."
    )
    mend = "Drop what is named: what it shows, or tells, is not held by the walls."

    def look(self) -> Result:
        if wrong := around(Kind.RELATION):
            return failed(f"{len(wrong)} ways lead past the walls.", wrong=some(wrong))
        return passed(ways=0)
