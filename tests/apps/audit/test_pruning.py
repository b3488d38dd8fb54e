"""What is past its retention goes, announced and signed before it does; everything that was proven stays proven."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from apps.audit import holds
from apps.audit.acting import Actor
from apps.audit.errors import HoldLifted, LogBroken
from apps.audit.log_keys import reigns
from apps.audit.models import Checkpoint, Entry, Leaf
from apps.audit.placed import Missing, Place, Placed, Pruned, read, signed_size
from apps.audit.recording import record
from apps.audit.sequencing import sequence
from apps.audit.tiles import hashes_over
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from apps.tenants.walls import within
from specward.tlog import TlogProof, inclusion_proof, verify
from tests.apps.audit.as_pruner import keep_days, process, pruned
from tests.apps.audit.as_sequencer import rotate
from tests.apps.audit.bundles import bundle
from tests.apps.audit.conftest import as_role, superuser
from tests.apps.conftest import tenant
from tests.cast import ACME

pytestmark = pytest.mark.django_db(transaction=True)
ENTRIES = 40


@pytest.fixture
def acme() -> Tenant:
    """Acme, whose log holds some signed entries that are past their retention."""
    found = tenant(ACME)
    with within(found):
        for number in range(ENTRIES):
            record(Action.CHECK, details={"number": number})
        sequence()
        sequence()  # the key of the log became an entry by the first one
    keep_days(found, 0)
    return found


def places(tenant: Tenant) -> list[Place]:
    with within(tenant):
        return list(read(0, signed_size() - 1))


def announced_and_gone(tenant: Tenant) -> int:
    """Both steps: says how many entries went."""
    pruned(tenant)
    with within(tenant):
        sequence()
    return pruned(tenant).removed


def proof_of(index: int) -> TlogProof:
    """The proof of an entry by the newest checkpoint."""
    newest = Checkpoint.objects.first()
    assert newest is not None
    path = inclusion_proof(index, newest.size, hashes_over(newest.size))
    return TlogProof(index, tuple(path), newest.note.encode())


def test_what_is_past_its_retention_goes_in_two_steps(acme: Tenant) -> None:
    size = len(places(acme))
    first = pruned(acme)
    assert first.removed == 0 and first.announced[0][0] == 0
    assert all(isinstance(place, Placed) for place in places(acme))
    again = pruned(acme)
    assert (again.removed, again.announced) == (0, ())  # not signed yet: nothing goes
    with within(acme):
        sequence()
    done = pruned(acme)
    gone = [place.index for place in places(acme) if isinstance(place, Pruned)]
    assert done.removed == len(gone) >= ENTRIES
    assert gone == [place for place in range(size) if place in gone] and max(gone) == first.announced[-1][1]
    with within(acme):
        assert not Leaf.objects.filter(index__in=gone, salt__isnull=False).exists()
        assert Entry.objects.filter(id__in=Leaf.objects.filter(index__in=gone).values("entry_id")).count() == 0
        [announcement, *_] = Entry.objects.filter(action=Action.PRUNING).order_by("id")
    assert announcement.additional_data == {"prunes": list(first.announced[0])}
    assert (announcement.database_role, announcement.narrative) == (Role.PRUNER.user, "Past the 0 days of the plan")


def test_an_old_proof_still_verifies_and_the_bundle_explains_what_is_absent(acme: Tenant) -> None:
    with within(acme):
        keys = [reign.key for reign in reigns()]
        old = {index: (proof_of(index), Leaf.objects.get(index=index).hash) for index in (0, 7, 11)}
        before = bundle()
    assert announced_and_gone(acme) >= ENTRIES
    with within(acme):
        record(Action.CHECK)
        sequence()
    assert announced_and_gone(acme) == 1
    for proof, leaf in old.values():
        assert proof.verify(bytes(leaf), keys).size == len(verify_places(before))
    with within(acme):
        for index, (_, leaf) in old.items():
            assert proof_of(index).verify(bytes(leaf), keys).size == signed_size()
        after = bundle()
        by = {place.by for place in places(acme) if isinstance(place, Pruned)}
    report = verify(after, keys[0], since=before)
    assert report.findings == [] and report.pinned
    assert {absence.by for absence in report.absences} == by and len(by) >= 2


def verify_places(made: bytes) -> range:
    """The places of a bundle that is good."""
    report = verify(made)
    assert report.findings == []
    return range(report.size)


def test_the_keys_and_the_announcements_stay(acme: Tenant) -> None:
    with within(acme):
        rotate()
        for _ in range(5):
            record(Action.CHECK)
        sequence()
    announced_and_gone(acme)
    for _ in range(3):
        announced_and_gone(acme)
    stays = {"pruning", "log key"}
    found = places(acme)
    assert {place.entry["action"] for place in found if isinstance(place, Placed)} - stays <= {"create"}
    with within(acme):
        kept = Entry.objects.filter(action__in=[Action.PRUNING, Action.LOG_KEY])
        assert {place.entry["action"] for place in found if isinstance(place, Placed)} >= stays
        assert kept.count() >= 3 and verify(bundle(), reigns()[0].key).findings == []


def test_what_is_younger_than_the_plan_keeps_is_not_announced(acme: Tenant) -> None:
    keep_days(acme, 1)
    assert pruned(acme, days=1).announced == ()
    with pytest.raises(DatabaseError, match="is kept for 1 days"):
        pruned(acme, days=0)  # whatever the program believes
    with as_role(Role.MIGRATOR, acme) as owner:
        # As if the first ones were logged earlier: two days ago, and eight days ago.
        owner.execute("ALTER TABLE audit_leaf DISABLE TRIGGER ALL")
        owner.execute("UPDATE audit_leaf SET logged = logged - interval '2 days' WHERE index < 10")
    assert pruned(acme, days=1, least=11).announced == ()
    with as_role(Role.MIGRATOR, acme) as owner:
        owner.execute("UPDATE audit_leaf SET logged = logged - interval '7 days' WHERE index = 0")
        owner.execute("ALTER TABLE audit_leaf ENABLE TRIGGER ALL")
    with pytest.raises(LogBroken, match="not what was logged"):
        pruned(acme, days=1, least=11)  # the date is part of what is hashed


def test_under_a_hold_nothing_goes(acme: Tenant) -> None:
    pruned(acme)
    with within(acme):
        sequence()
        hold = holds.place(Actor.system("tests"), "Proceedings 7/26")
        other = holds.place(Actor.system("tests"), "Proceedings 8/26")
    assert pruned(acme).removed == 0
    with as_role(Role.PRUNER, acme) as raw:
        for statement in (
            "DELETE FROM audit_entry",
            "UPDATE audit_leaf SET salt = NULL",
            """INSERT INTO audit_entry (action, additional_data) VALUES (12, '{"prunes": [0, 1]}')""",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"legal hold|stays"):
                raw.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute("UPDATE audit_hold SET lifted = now(), lifted_why = 'x'")
    with within(acme):
        holds.lift(hold.id, Actor.system("tests"), "Settled")
    assert pruned(acme).removed == 0
    with within(acme):
        holds.lift(other.id, Actor.system("tests"), "Settled too")
        with pytest.raises(HoldLifted):
            holds.lift(other.id, Actor.system("tests"), "Again")
        placed_and_lifted = Entry.objects.filter(object_type="audit.hold").order_by("id")
        assert [entry.action for entry in placed_and_lifted] == [Action.CREATE, Action.CREATE] + [Action.UPDATE] * 2
    assert pruned(acme).removed >= ENTRIES


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_hold SET why = 'nothing'",
        "UPDATE audit_hold SET placed = now() - interval '1 day'",
        "UPDATE audit_hold SET lifted = now()",
        "UPDATE audit_hold SET lifted_why = 'x'",
        "DELETE FROM audit_hold",
        "TRUNCATE audit_hold",
        "INSERT INTO audit_hold (id, why, placed_by_name, lifted_by_name, lifted_why) "
        "VALUES (gen_random_uuid(), ' ', '', '', '')",
    ],
)
def test_a_hold_is_only_lifted(acme: Tenant, statement: str) -> None:
    with within(acme):
        holds.place(Actor.system("tests"), "Proceedings 7/26")
    for role in (Role.APP, Role.PRUNER, Role.MIGRATOR):
        with as_role(role, acme) as raw, pytest.raises(psycopg.DatabaseError):
            raw.execute(statement)
    with within(acme):
        assert holds.standing().count() == 1


PRUNES = """INSERT INTO audit_entry (action, additional_data) VALUES (12, '{"prunes": [%s, %s]}')"""
TAKING = {
    "delete": "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_leaf WHERE index < 5)",
    "salts": "UPDATE audit_leaf SET salt = NULL WHERE index < 5",
    "announce": PRUNES % (0, 5),
    "truncate": "TRUNCATE audit_entry",
    "truncate leaves": "TRUNCATE audit_leaf",
    "leaves": "DELETE FROM audit_leaf WHERE index < 5",
    "hashes": "UPDATE audit_leaf SET hash = salt WHERE index < 5",
}


@pytest.mark.parametrize("statement", TAKING.values(), ids=TAKING)
@pytest.mark.parametrize("role", [Role.APP, Role.PLATFORM, Role.MIGRATOR])
def test_nobody_but_the_pruner_takes_anything(acme: Tenant, role: Role, statement: str) -> None:
    pruned(acme)
    with within(acme):
        sequence()
    before = places(acme)
    with as_role(role, acme) as raw, pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute(statement)
    with superuser() as root:
        root.execute(f"SET search_path = {acme.schema_name}; SET app.current_tenant_id = '{acme.id}'")
        for session in ("SET session_replication_role = replica", f"SET ROLE {Role.PRUNER.user}"):
            root.execute(session)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                root.execute(statement)
    assert places(acme) == before


NOT_THE_PRUNER_EITHER = {
    "what nobody announced": "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_leaf WHERE index < 5)",
    "a salt before its entry": "UPDATE audit_leaf SET salt = NULL WHERE index < 5",
    "a hash": "UPDATE audit_leaf SET hash = salt WHERE index < 5",
    "another salt": "UPDATE audit_leaf SET salt = hash WHERE index < 5",
    "a later stretch": PRUNES % (1, 5),
    "a stretch that is not signed": PRUNES % (0, 10_000),
    "a stretch backwards": PRUNES % (5, 0),
    "a stretch in words": PRUNES % ('"0"', '"5"'),
    "no stretch": "INSERT INTO audit_entry (action) VALUES (12)",
    "three places": """INSERT INTO audit_entry (action, additional_data) VALUES (12, '{"prunes": [0, 5, 6]}')""",
    "another entry": "INSERT INTO audit_entry (action) VALUES (3)",
    "an older snapshot": "BEGIN ISOLATION LEVEL REPEATABLE READ; " + PRUNES % (0, 5),
}


@pytest.mark.parametrize("statement", NOT_THE_PRUNER_EITHER.values(), ids=NOT_THE_PRUNER_EITHER)
def test_the_pruner_takes_nothing_out_of_turn(acme: Tenant, statement: str) -> None:
    with as_role(Role.PRUNER, acme) as raw:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute(statement)
        raw.execute("ROLLBACK")
        raw.execute(PRUNES % (0, 5))
        for again in (PRUNES % (0, 5), PRUNES % (5, 7), PRUNES % (7, 8)):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(again)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="Nobody has announced"):
            raw.execute(TAKING["delete"])  # it is not signed
    with within(acme):
        sequence()
    with as_role(Role.PRUNER, acme) as raw:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="stays as it is"):
            raw.execute(TAKING["salts"])
        assert raw.execute(TAKING["delete"]).rowcount == 5
        assert raw.execute(TAKING["salts"]).rowcount == 5
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute(TAKING["delete"].replace("< 5", "= 6"))


def test_what_somebody_took_away_is_never_announced_as_pruned(acme: Tenant) -> None:
    with as_role(Role.MIGRATOR, acme) as owner:
        owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        owner.execute("DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_leaf WHERE index = 3)")
        owner.execute(
            "UPDATE audit_entry SET narrative = 'x' WHERE id IN (SELECT entry_id FROM audit_leaf WHERE index = 9)"
        )
        owner.execute("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
        owner.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_assign")
    with pytest.raises(LogBroken, match="at 3 is gone"):
        pruned(acme)
    with as_role(Role.PRUNER, acme) as raw, pytest.raises(psycopg.errors.InsufficientPrivilege, match="not all there"):
        raw.execute(PRUNES % (0, 5))
    assert isinstance(places(acme)[3], Missing)


def write(entries: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO audit_entry (action) SELECT 10 FROM generate_series(1, %s)", [entries])


def test_a_run_that_was_killed_in_the_middle_is_gone_on_with(acme: Tenant) -> None:
    """Killed for certain in the middle: its second batch waits for a row that somebody holds."""
    with within(acme):
        write(2_500)
        sequence()
    pruned(acme)
    with within(acme):
        sequence()
        row = Leaf.objects.get(index=1_500).entry_id
    with as_role(Role.MIGRATOR, acme) as holding:
        holding.autocommit = False
        holding.execute("SELECT FROM audit_entry WHERE id = %s FOR SHARE", [row])
        running = process("--once")
        waiting_for_the_lock()
        running.kill()
        running.communicate()
        holding.rollback()
    gone = [place.index for place in places(acme) if isinstance(place, Pruned)]
    assert 500 < len(gone) <= 1_000 and not [place for place in places(acme) if isinstance(place, Missing)]
    ended = process("--once")
    said, _ = ended.communicate(timeout=120)
    assert ended.returncode == 0, said
    rest = [place.index for place in places(acme) if isinstance(place, Pruned)]
    assert len(rest) >= 2_500 and not [place for place in places(acme) if isinstance(place, Missing)]
    with within(acme):
        assert verify(bundle(), reigns()[0].key).findings == []


def test_it_goes_on_beside_writers_and_the_sequencer(acme: Tenant) -> None:
    written: list[int] = []
    failed: list[BaseException] = []

    def writer(number: int) -> None:
        for turn in range(40):
            with within(acme), transaction.atomic():
                write(60)
                if (turn + number) % 5:
                    written.append(60)
                else:
                    transaction.set_rollback(True)

    def guarded(do: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                do()
            except BaseException as error:
                failed.append(error)
                raise
            finally:
                connections.close_all()

        return run

    with within(acme):
        write(1_500)
        sequence()
        before = Entry.objects.count()
    running = process("--pause", "0.05")
    placing = process("--pause", "0.05", role=Role.SEQUENCER, command="sequence_logs")
    until(lambda: announcements() > 0, acme)
    writers = [threading.Thread(target=guarded(functools.partial(writer, number))) for number in range(3)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    until(lambda: Leaf.objects.filter(salt__isnull=True).count() >= 5_500, acme)
    for one in (running, placing):
        one.terminate()
        said, _ = one.communicate(timeout=60)
        assert one.returncode == 0 and not failed, (said, failed)
    until(lambda: sequence() is not None and Leaf.objects.count() == before + sum(written) + announcements(), acme)
    with within(acme):
        assert announcements() >= 2
        found = places(acme)
        assert len(found) == Leaf.objects.count()
        assert not [place for place in found if isinstance(place, Missing)]
        assert verify(bundle(), reigns()[0].key).findings == []


def announcements() -> int:
    return Entry.objects.filter(action=Action.PRUNING).count()


def until(holds: Callable[[], bool], tenant: Tenant) -> None:
    """Until this holds of the tenant's log."""
    paused = threading.Event()
    for _ in range(3_000):
        with within(tenant):
            if holds():
                return
        paused.wait(0.05)
    raise AssertionError("It did not go on.")


def waiting_for_the_lock() -> None:
    """Until a process of the pruner waits for somebody."""
    with superuser() as root:
        deadline = threading.Event()
        for _ in range(1_200):
            found = root.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND wait_event_type = 'Lock'",
                [Role.PRUNER.user],
            ).fetchone()
            if found != (0,):
                return
            deadline.wait(0.05)
    raise AssertionError("It never waited.")


def test_only_the_role_of_the_pruner_runs_it(acme: Tenant) -> None:
    ended = process("--once", role=Role.APP)
    said, _ = ended.communicate(timeout=60)
    assert ended.returncode == 1 and "SPECWARD_ROLE=pruner" in said
