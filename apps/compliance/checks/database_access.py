"""What the roles of the database are and may do: the application's owns nothing and can lift no wall."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.compliance.checks.seen_from_here import around, own_schema, tables, told
from apps.tenants.catalog import Kind
from apps.tenants.roles import WALLED, Role
from apps.tenants.walls import PUBLIC

_OWNED: Final = """
    SELECT pg_get_userbyid(d.refobjid), d.classid::regclass::text, count(*) FROM pg_shdepend d
    WHERE d.deptype = 'o' AND d.refclassid = 'pg_authid'::regclass AND pg_get_userbyid(d.refobjid) = ANY(%s)
      AND (d.dbid = 0 OR d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))
    GROUP BY 1, 2 ORDER BY 1, 2
"""
_WHO: Final = "SELECT current_user::text, session_user::text"


@check
class Roles(Check):
    """Attributes and memberships."""

    key = "access.roles"
    title = "The application's role is no superuser, bypasses nothing, may make no roles and is a member of nothing"
    words = (
        "Reads the attributes, memberships and initial settings of the six roles, and as which of them this very "
        "process is connected."
    )
    mend = "Run `manage.py prepare_database`, which makes the roles as they should be; find out first who changed them."

    def look(self) -> Result:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_WHO)
            current, session = cursor.fetchone()
        wrong = around(Kind.ROLE)
        if (current, session) != (Role.APP.user, Role.APP.user):
            wrong.append(f"this process is {session} acting as {current}")
        if wrong:
            return failed(f"{len(wrong)} attributes of roles are not as they should be.", wrong=some(wrong))
        return passed(connected_as=current, roles=[role.user for role in Role])


@check
class OwnsNothing(Check):
    """An owner could lift the wall of what it owns."""

    key = "access.owns_nothing"
    title = "The roles that the service runs as own nothing in the database"
    words = "Counts the tables, functions, schemas and whatever else belongs to a role that serves requests or tasks."
    mend = "Give it to its owner again: ALTER ... OWNER TO specward_owner. Find out first who changed it."

    def look(self) -> Result:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_OWNED, [[role.user for role in WALLED]])
            wrong = [f"{role} owns {count} in {kind}" for role, kind, count in cursor.fetchall()]
        if wrong:
            return failed("A role that the service runs as owns something.", wrong=some(wrong))
        return passed(roles=[role.user for role in WALLED], owned=0)


@check
class Privileges(Check):
    """Table by table, role by role."""

    key = "access.privileges"
    title = "Each role may do with each table exactly what the code says"
    words = (
        "Compares owner and privileges, also on single columns, of all tables of this account and of the shared ones "
        "with the declared ones."
    )
    mend = "Run `SPECWARD_ROLE=migrator manage.py wall`; find out first who granted or revoked it."

    def look(self) -> Result:
        seen, wrong = 0, []
        for schema, table, wanted in tables(own_schema(), PUBLIC):
            if wanted is None:
                continue  # isolation.shared_tables says so
            seen += 1
            differences = [f"it belongs to {table.owner}"] if table.owner != wanted.owner else []
            if differences := [*differences, *table.privilege_differences(wanted)]:
                wrong.append(told(schema, table.name, differences))
        if wrong:
            return failed(f"The privileges of {len(wrong)} tables are others.", tables=seen, wrong=some(wrong))
        return passed(tables=seen)


@check
class Definers(Check):
    """Functions that do what their caller may not."""

    key = "access.definers"
    title = "No function runs as its owner but those that the code names, for whom it names"
    words = "Compares the functions that run with their owner's rights, and who may call each, with the declared ones."
    mend = "Drop the function, or take EXECUTE from PUBLIC and declare it in `security_definers` of its app."

    def look(self) -> Result:
        if wrong := around(Kind.FUNCTION):
            return failed(f"{len(wrong)} functions are not as they should be.", wrong=some(wrong))
        return passed(undeclared=0)


@check
class DatabaseAndSchemas(Check):
    """Who may enter, and make something there."""

    key = "access.database"
    title = "Nobody may make anything in the database, nor enter it, but those who have to"
    words = (
        "Compares owners and privileges of the database and of the schemas with what they should be; looks for "
        "privileges that new tables would be born with, and for event triggers."
    )
    mend = "Run `manage.py prepare_database` and `SPECWARD_ROLE=migrator manage.py wall`."

    def look(self) -> Result:
        if wrong := around(Kind.SCHEMA, Kind.DATABASE, Kind.DEFAULT_PRIVILEGE):
            return failed(f"{len(wrong)} things are not as they should be.", wrong=some(wrong))
        return passed(wrong=0)
