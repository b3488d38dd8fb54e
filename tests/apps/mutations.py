"""What happens when one stone of the walls is taken out: a named test goes red. ``python -m tests.apps.mutations``.

Each mutation is one change, of a file of ours or of the database that the tests are given, and the test that must
see it. It is made in a process of its own, of which this module is a plugin: no file is touched.
"""

from __future__ import annotations

import importlib.machinery
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from tests.apps.api.stones import STONES as API
from tests.apps.audit.exports.stones import STONES as EXPORTS
from tests.apps.console.stones import STONES as CONSOLE
from tests.apps.inference.stones import STONES as INFERENCE
from tests.apps.recordings.stones import STONES as RECORDINGS
from tests.apps.siem.stones import OCSF
from tests.apps.siem.stones import STONES as SIEM
from tests.apps.specs.stones import STONES as SPECS
from tests.apps.tenants.stones import STONES as TENANTS
from tests.apps.vault.stones import STONES

ROOT: Final = Path(__file__).resolve().parents[2]
_VARIABLE: Final = "SPECWARD_MUTATION"
_ACME: Final = "t_ac3e0000000040008000000000000001"


@dataclass(frozen=True, slots=True)
class Mutation:
    """``sql`` is run in each copied database; or in the source of ``module`` one text is put for another."""

    name: str
    test: str
    sql: str = ""
    module: str = ""
    old: str = ""
    new: str = ""


def _database(name: str, sql: str, test: str) -> Mutation:
    return Mutation(name, f"tests/apps/tenants/{test}", sql=sql.format(user=f"{_ACME}.accounts_user", acme=_ACME))


def _code(name: str, module: str, old: str, new: str, test: str) -> Mutation:
    return _in("tenants", name, module, old, new, test)


def _in(app: str, name: str, module: str, old: str, new: str, test: str) -> Mutation:
    """In another app than tenants, and its tests."""
    return Mutation(name, f"tests/apps/{app}/{test}", module=f"apps.{app}.{module}", old=old, new=new)


CHECK: Final = "test_catalog.py::test_nothing_leads_past_the_walls"
MATRIX: Final = "test_fail_closed.py::test_nothing_is_seen_and_nothing_is_written"
OWN: Final = "test_fail_closed.py::test_its_own_name_opens_a_tenants_rows"
MUTATIONS: Final = (
    _database("no FORCE on a table", "ALTER TABLE {user} NO FORCE ROW LEVEL SECURITY", CHECK),
    _database("no row-level security on a table", "ALTER TABLE {user} DISABLE ROW LEVEL SECURITY", MATRIX),
    _database(
        "no policy on a table",
        "DROP POLICY tenant_wall ON {user}",
        "test_fail_closed.py::test_its_own_name_opens_a_tenants_rows",
    ),
    _database("an open policy on a table", "ALTER POLICY tenant_wall ON {user} USING (true) WITH CHECK (true)", MATRIX),
    _database("writes are not compared", "ALTER POLICY tenant_wall ON {user} WITH CHECK (true)", MATRIX),
    _database("an open shared policy", "ALTER POLICY app_wall_select ON tenants_tenant USING (true)", MATRIX),
    _database(
        "TEMP is everybody's",
        "DO $$ BEGIN EXECUTE format('GRANT TEMP ON DATABASE %I TO PUBLIC', current_database()); END $$",
        "test_bypasses.py::test_a_temporary_table_cannot_shadow_one_of_ours",
    ),
    _database(
        "TRUNCATE is the app's",
        "GRANT TRUNCATE ON ALL TABLES IN SCHEMA {acme} TO specward_app",
        "test_bypasses.py::test_what_takes_an_owner_is_refused",
    ),
    _database(
        "a stock table is open",
        "GRANT SELECT ON auth_group TO specward_app",
        "test_bypasses.py::test_stock_tables_are_locked",
    ),
    _database(
        "new tables are given away",
        "ALTER DEFAULT PRIVILEGES FOR ROLE specward_owner GRANT ALL ON TABLES TO specward_app",
        "test_bypasses.py::test_a_new_table_is_nobodys",
    ),
    _code(
        "the setting is not sent",
        "walls",
        "f\"SET LOCAL {GUC} = '{tenant_id or ''}'\".encode()",
        'b"SELECT 1"',
        "test_walls.py::test_each_tenant_sees_its_own_people",
    ),
    _code(
        "the setting follows from the host",
        "host_wall",
        "behind(Walls(route.schema))",
        "behind(Walls(route.schema, route.tenant_id))",
        "test_host_wall.py::test_a_host_is_not_believed_about_whose_rows_are_asked_for",
    ),
    _code(
        "the host is not checked",
        "host_wall",
        "route = route_to(host_of(request))",
        "route = route_to(host_of(request)) or route_to('acme.localhost')",
        "test_host_wall.py::test_another_host_is_nobodys",
    ),
    _code(
        "the forwarded host is believed",
        "host_wall",
        'request.META.get("HTTP_HOST"',
        'request.META.get("HTTP_X_FORWARDED_HOST") or request.META.get("HTTP_HOST"',
        "test_host_wall.py::test_forwarded_hosts_are_not_read",
    ),
    _code(
        "a suspended tenant is let in",
        "host_wall",
        "if route.state in TURNED_AWAY:",
        "if route is None:",
        "test_host_wall.py::test_a_suspended_tenant_is_turned_away_once_what_was_kept_is_old",
    ),
    _code(
        "a refused request is saved",
        "host_wall",
        "transaction.set_rollback(refused)",
        "pass",
        "test_host_wall.py::test_what_is_refused_leaves_its_refusal_and_nothing_else",
    ),
    _code(
        "a streamed body has no walls",
        "host_wall",
        "        with behind(walls), nullcontext()",
        "        with nullcontext()",
        "test_host_wall.py::test_a_streamed_body_is_produced_behind_its_walls",
    ),
    _code(
        "walls are left behind",
        "walls",
        "ours.walls = before",
        "pass",
        "test_host_wall.py::test_a_request_leaves_no_wall_to_the_next_on_its_thread",
    ),
    _code(
        "a rolled-back savepoint is taken for nothing",
        "postgresql.cursors",
        'b"ROLLBACK",',
        "",
        "test_transactions.py::test_a_rolled_back_savepoint_takes_its_walls_with_it",
    ),
    _code(
        "what was sent outlives its transaction",
        "postgresql.base",
        "if status == TransactionStatus.IDLE:",
        "if status == TransactionStatus.IDLE and self.sent != self.wanted:",
        "test_transactions.py::test_an_autocommitted_statement_is_saved_and_an_atomic_block_is_one_whole",
    ),
    _code(
        "any role will do",
        "postgresql.role_guard",
        "if wanted in WALLED and any(powers):",
        "if False:",
        "test_bypasses.py::test_a_process_refuses_a_superuser",
    ),
    _code(
        "a cursor outlives its connection",
        "postgresql.base",
        "if connection is not self.connection:",
        "if connection is None:",
        "test_transactions.py::test_a_pooled_connection_carries_nothing_to_whom_it_is_given_next",
    ),
    _code(
        "a task of a suspended tenant starts",
        "walled_task",
        "if state not in (Tenant.State.ACTIVE, Tenant.State.PREPARING):",
        "if state is None:",
        "test_walled_tasks.py::test_a_task_of_a_tenant_that_is_turned_away_does_not_start",
    ),
    _code(
        "stamps of two tenants agree",
        "walled_task",
        "if schema != schema_of(tenant_id):",
        "if schema == PUBLIC:",
        "test_walled_tasks.py::test_a_task_whose_stamps_do_not_agree_does_nothing",
    ),
    _code(
        "a tenant is dropped before its time",
        "changing_queue",
        "& Q(due__lte=now)",
        "",
        "test_changing.py::test_a_closing_is_called_off_until_its_time_is_up",
    ),
    _code(
        "a drop leaves its host behind",
        "changing",
        "    domains.delete()\n",
        "",
        "test_changing.py::test_what_is_dropped_leaves_its_certificate_and_nothing_else",
    ),
    _code(
        "what was called off is dropped all the same",
        "changing",
        "if not waiting.update(state=StateChange.State.CALLED_OFF, ended=timezone.now()):",
        "if not waiting.exists():",
        "test_changing.py::test_a_closing_is_called_off_until_its_time_is_up",
    ),
    Mutation(
        "what staff did is not in the tenant's log",
        "tests/apps/tenants/test_changing.py::test_both_logs_say_who_asked_and_why",
        module="apps.audit.tenant_changes",
        old="logs.append(Walls(tenant.schema_name, tenant.id))",
        new="pass",
    ),
    _in(
        "accounts",
        "a mail is not claimed",
        "posting",
        "if not mine.update(next_try=now + CLAIMED_FOR):",
        "if not mine.exists():",
        "test_posting.py::test_a_mail_that_is_being_sent_is_left_alone_until_its_process_must_be_gone",
    ),
    _in(
        "accounts",
        "a sign-in is a stranger's",
        "signing_in",
        "become(replace(current() or Acting(ANONYMOUS_ACTOR), actor=actor_of(request)))",
        "pass",
        "test_sign_in_log.py::test_a_sign_in_is_hers_in_the_log",
    ),
    _in(
        "accounts",
        "a session's content is in the log",
        "apps",
        'secret={"data": "it holds a digest of the password\'s digest"},',
        "",
        "test_sign_in_log.py::test_what_a_session_holds_is_a_digest",
    ),
    _in(
        "accounts",
        "a token's child outlives it",
        "tokens",
        "if expires > by.expires:",
        "if False:",
        "test_tokens.py::test_what_a_token_makes_ends_with_it",
    ),
    _in(
        "api",
        "the asking token is not told",
        "tokens",
        "return credential.token",
        "return None",
        "test_made_by_tokens.py::test_a_child_has_its_parents_networks_and_ends_with_it",
    ),
    _in(
        "api",
        "refusals leave as they are",
        "answering",
        "if not request.path_info.startswith(ROOT):",
        "if request.path_info:",
        "test_problems.py::test_an_address_that_does_not_exist_is_a_problem_too",
    ),
    _in(
        "api",
        "a limit is that of all tenants together",
        "limits",
        "tenant = request.route.tenant_id.hex",
        'tenant = ""',
        "test_limits.py::test_one_tenant_does_not_use_up_what_another_has",
    ),
    _in(
        "api",
        "an idempotency key is everybody's",
        "idempotency",
        "IdempotentAnswer.objects.filter(user=user, key=kept_under)",
        "IdempotentAnswer.objects.filter(key=kept_under)",
        "test_idempotency.py::test_a_key_belongs_to_a_person",
    ),
    *(_in("tenants", *stone) for stone in TENANTS),
    *(_in("recordings", *stone) for stone in RECORDINGS),
    *(_in("api", *stone) for stone in API),
    *(_in("vault", *stone) for stone in STONES),
    *(_in("audit", *stone) for stone in EXPORTS),
    *(_in("siem", *stone) for stone in SIEM),
    *(_in("audit", *stone) for stone in OCSF),
    *(_in("console", *stone) for stone in CONSOLE),
    *(_in("specs", *stone) for stone in SPECS),
    *(_in("inference", *stone) for stone in INFERENCE),
    *(
        Mutation(
            f"{name} is anybody's to write",
            f"tests/apps/inference/test_budget.py::test_{test}",
            sql=f"DROP TRIGGER {name} ON {_ACME}.{table}",
        )
        for name, table, test in (
            ("model_call_stays", "inference_modelcall", "a_call_that_ended_is_changed_by_nobody"),
            ("monthly_use_rises", "inference_monthlyuse", "a_call_that_ended_is_changed_by_nobody"),
        )
    ),
    Mutation(
        "anybody goes on with an upload",
        "tests/apps/api/test_uploads.py::test_whose_upload_it_is_not_may_neither_go_on_nor_look",
        module="apps.recordings.access",
        old="if upload.by_id != request.user.pk:",
        new="if upload.by_id is None:",
    ),
    Mutation(
        "what is done afterwards is nobody's",
        "tests/apps/audit/test_requests.py::test_what_is_done_afterwards_is_done_by_the_same_actor_in_the_same_request",
        module="apps.audit.middleware",
        old="response.within(lambda: _acting_on(ending, request))",
        new="pass",
    ),
    _in(
        "console",
        "an export is not noted",
        "exporting",
        "    record(Action.EXPORT, kind=given.kind, details=details, narrative=narrative)",
        "    pass",
        "test_exporting.py::test_an_export_is_an_entry_of_the_log_with_who_what_and_how",
    ),
    _in(
        "console",
        "an export forgets its filters",
        "kinds",
        "found.queryset.iterator(chunk_size=200)",
        "found.root_queryset.iterator(chunk_size=200)",
        "test_exporting.py::test_an_export_holds_what_the_list_shows_with_its_filters",
    ),
    _in(
        "console",
        "the log is exported by whoever reads people",
        "addresses",
        "of_exports = needs(GET=Permission.AUDIT_EXPORT, POST=Permission.AUDIT_EXPORT)",
        "of_exports = needs(GET=Permission.USERS_READ, POST=Permission.USERS_READ)",
        "test_exports.py::test_bob_may_not_and_mallory_finds_nothing",
    ),
    _in(
        "console",
        "a bulk action says nobody's name",
        "people",
        'with narrating(f"{says} {user.name}, with others in a list"):',
        "with narrating(says):",
        "test_acting.py::test_a_bulk_action_leaves_an_entry_for_each_with_who_did_it",
    ),
    Mutation(
        "a name may turn words about",
        "tests/apps/console/test_hostile_names.py::test_a_name_of_more_than_one_visible_line_is_refused",
        module="apps.accounts.names",
        old="if _NOT_IN_A_NAME.search(text):",
        new="if not text:",
    ),
    _in(
        "console",
        "the names of sessions are asked one by one",
        "telling",
        "return [_line(entry, site, names",
        "[User.objects.filter(pk=e.pk or None).exists() for e in found[:3]]\n    return [_line(entry, site, names",
        "test_query_counts.py::test_each_page_of_alice_sends_as_many_statements_as_it_did_for_few_rows_and_for_many",
    ),
    _in(
        "console",
        "the other site's pages answer",
        "sites",
        "(route.tenant_id == PLATFORM_ID) == self.for_platform",
        "route.tenant_id is not None",
        "test_pages.py::test_a_page_of_the_platform_is_at_its_own_host_only",
    ),
)


def goes_red(mutation: Mutation) -> tuple[bool, str]:
    """Whether the test that is named fails with this mutation, and what pytest said."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.apps.mutations", "-q", "-n", "0", "-x", mutation.test],
        cwd=ROOT,
        env={**os.environ, _VARIABLE: mutation.name},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 1, done.stdout[-3000:] + done.stderr[-1000:]


class _Mutated(importlib.machinery.SourceFileLoader):
    """Loads the module with one text put for another."""

    mutation: Mutation

    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.path).read_text("utf-8")
        if self.mutation.old not in source:
            raise RuntimeError(f"{self.path} does not hold {self.mutation.old!r} any more.")
        return compile(source.replace(self.mutation.old, self.mutation.new, 1), self.path, "exec", dont_inherit=True)


class _Finder:
    def __init__(self, mutation: Mutation) -> None:
        self.mutation = mutation

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self.mutation.module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.origin is None:
            raise RuntimeError(f"There is no module {name} any more.")
        spec.loader = _Mutated(name, spec.origin)
        spec.loader.mutation = self.mutation
        return spec


def _mutate_copies(mutation: Mutation) -> None:
    import psycopg

    from config.embedded import postgres
    from config.embedded.place import Place
    from tests.apps import databases

    copy = databases.copy

    def mutated(place: Place, name: str) -> str:
        copied = copy(place, name)
        with psycopg.connect(postgres.url(place, postgres.ADMIN, name), autocommit=True) as admin:
            admin.execute(mutation.sql.encode())
        return copied

    databases.copy = mutated


if _VARIABLE in os.environ:
    _this = next(each for each in MUTATIONS if each.name == os.environ[_VARIABLE])
    if _this.module:
        sys.meta_path.insert(0, _Finder(_this))

    def pytest_configure() -> None:
        if _this.sql:
            _mutate_copies(_this)


def main() -> int:
    survived = 0
    for mutation in MUTATIONS:
        red, _ = goes_red(mutation)
        survived += not red
        sys.stdout.write(f"{'red' if red else 'SURVIVED':9} {mutation.name:45} {mutation.test.rpartition('::')[2]}\n")
        sys.stdout.flush()
    return survived


if __name__ == "__main__":
    raise SystemExit(main())
