"""A log that lets itself be changed, stands still, was written anew, or is kept too short or too long: each is seen."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from django.db import connection

from apps.audit import attempting
from apps.audit.models import Checkpoint, Entry, Hold
from apps.audit.recording import record
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action
from apps.compliance import mailed
from apps.compliance.checking import Outcome
from apps.compliance.checks import log_proofs, log_retention
from apps.compliance.models import MailedCheckpoint
from apps.tenants.models import Plan, Tenant
from apps.tenants.roles import Role
from apps.tenants.walls import within
from specward.tlog import Checkpoint as Signed
from specward.tlog import sign_checkpoint
from tests.apps.audit.as_pruner import keep_days, pruned
from tests.apps.audit.conftest import as_role
from tests.apps.audit.tampering import Owner, change, forge, the_keys
from tests.apps.compliance.breaking import assert_only_fails, last, outcomes
from tests.apps.compliance.past_triggers import Kept, owner, past_triggers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]


GUARDS = ("audit_refuse", "audit_expired")
OF_THE_CATALOG = frozenset({"access.privileges", "log.guards"})
"""Checks that see a privilege or a trigger by reading the catalog; here it is tried."""


@pytest.fixture
def log(in_acme: Tenant) -> Tenant:
    """Acme's log, signed several times."""
    for _ in range(3):
        for _ in range(10):
            record(Action.CHECK)
        sequence()
    return in_acme


@pytest.fixture
def somebody(log: Tenant) -> Iterator[Owner]:
    """Who owns the database."""
    found = Owner.of(log, "checks")
    yield found
    found.connection.close()


def past(somebody: Owner, *steps: object) -> None:
    """Does it while no trigger of the log fires; they stand again after it."""
    somebody.stop_triggers()
    for step in steps:
        step()  # type: ignore[operator]
    somebody.start_triggers()


def mail() -> MailedCheckpoint:
    """A report goes out with the newest checkpoint."""
    newest = Checkpoint.objects.first()
    assert newest is not None
    return mailed.remember(newest.size, bytes(newest.root), newest.note, recipients=1)


# ---- it only grows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
def test_a_log_that_the_application_may_change_is_seen(right: str, log: Tenant) -> None:
    def let() -> None:
        with owner(log) as root:
            root.execute(f"GRANT {right} ON audit_entry TO {Role.APP.user}")
            for name in GUARDS:
                root.execute(f"ALTER TABLE audit_entry DISABLE TRIGGER {name}")

    def forbid() -> None:
        with owner(log) as root:
            root.execute(f"REVOKE {right} ON audit_entry FROM {Role.APP.user}")
            for name in GUARDS:
                root.execute(f"ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER {name}")

    before = Entry.objects.count()
    assert_only_fails("log.only_grows", let, forbid, also=OF_THE_CATALOG)
    assert Entry.objects.count() >= before


def test_each_attempt_on_the_log_is_refused_for_want_of_a_right(log: Tenant) -> None:
    assert attempting.what_was_let_pass() == []
    assert len(attempting.ATTEMPTS) > 10 and connection.get_autocommit()


# ---- in time, and in its place --------------------------------------------------------------------------------------


def test_a_log_that_stands_still_is_seen(log: Tenant) -> None:
    def stand_still() -> None:
        found = record(Action.CHECK)
        statement = "UPDATE audit_entry SET timestamp = timestamp - interval '5 minutes' WHERE id = %s"
        past_triggers(log, "audit_entry", statement, found.id)

    assert_only_fails("log.delay", stand_still, sequence)
    assert last("log.delay").evidence["waited_seconds"] < 60


def test_an_entry_that_was_put_in_past_the_application_is_seen(log: Tenant, somebody: Owner) -> None:
    forged: list[int] = []

    def put_in() -> None:
        forged.append(forge(somebody))
        old = "(SELECT min(transaction_id) FROM audit_entry)"
        somebody.do(f"UPDATE audit_entry SET transaction_id = {old} WHERE id = ANY (%s)", forged)

    assert_only_fails(
        "log.sequenced",
        lambda: past(somebody, put_in),
        lambda: past(somebody, lambda: somebody.do("DELETE FROM audit_entry WHERE id = ANY (%s)", forged)),
    )


# ---- what was signed ------------------------------------------------------------------------------------------------


NEWEST = "(SELECT max(size) FROM audit_checkpoint)"


@pytest.mark.parametrize(
    "what",
    [
        "UPDATE audit_leaf SET hash = decode(repeat('00', 32), 'hex') WHERE index = 0",
        f"UPDATE audit_checkpoint SET root = decode(repeat('00', 32), 'hex') WHERE size = {NEWEST}",
        f"UPDATE audit_checkpoint SET note = replace(note, 'acme', 'else') WHERE size = {NEWEST}",
        "UPDATE audit_head SET frontier = decode(repeat('00', 32), 'hex')",
        "DELETE FROM audit_checkpoint",
    ],
    ids=["a leaf", "a root", "a note", "the head", "all checkpoints"],
)
def test_a_tree_that_is_not_what_was_signed_is_seen(what: str, log: Tenant, somebody: Owner) -> None:
    somebody.keep("kept")
    # Of a leaf that is another one its entry says so as well.
    also = frozenset({"log.entries"} if "audit_leaf" in what else ())
    assert_only_fails(
        "log.head",
        lambda: past(somebody, lambda: somebody.do(what)),
        lambda: past(somebody, lambda: _restore_tree(somebody)),
        also=also,
    )


def _restore_tree(somebody: Owner) -> None:
    for table in ("leaf", "head", "checkpoint"):
        somebody.do(f"DELETE FROM audit_{table}")
        somebody.do(f"INSERT INTO audit_{table} OVERRIDING SYSTEM VALUE SELECT * FROM kept.audit_{table}")


def test_nothing_is_claimed_of_a_log_that_has_just_begun(globex: Tenant) -> None:
    with within(globex):
        assert log_proofs.TheHeadIsSigned().look().outcome is Outcome.NOT_APPLICABLE


def test_an_entry_that_was_changed_is_seen(log: Tenant, somebody: Owner) -> None:
    kept = Kept(log, "audit_entry", "id = (SELECT entry_id FROM audit_leaf WHERE index = 3)")
    assert_only_fails("log.entries", lambda: past(somebody, lambda: change(somebody, 3, "narrative")), kept.put_back)


def test_an_entry_that_was_taken_away_is_seen(log: Tenant, somebody: Owner) -> None:
    ((id,),) = somebody.ask("SELECT entry_id FROM audit_leaf WHERE index = 3")
    kept = Kept(log, "audit_entry", "id = %s", id)
    assert_only_fails(
        "log.complete",
        lambda: past(somebody, lambda: somebody.do("DELETE FROM audit_entry WHERE id = %s", id)),
        kept.put_back,
    )
    assert last("log.complete").outcome == Outcome.PASS


# ---- what left the house --------------------------------------------------------------------------------------------


def test_until_something_was_mailed_there_is_nothing_to_continue(log: Tenant) -> None:
    found = log_proofs.TheLogContinuesWhatWasMailed().look()
    assert found.outcome is Outcome.NOT_APPLICABLE and "mailed" in found.because


def test_a_log_that_was_written_anew_by_who_has_its_key_is_seen_by_the_mail(log: Tenant, somebody: Owner) -> None:
    """The one thing that nothing in the database shows: every hash and signature fits."""
    mail()
    _, keys = the_keys()
    kept = Kept(log, "audit_entry", "id = (SELECT entry_id FROM audit_leaf WHERE index = 3)")

    def write_anew() -> None:
        past(
            somebody,
            lambda: change(somebody, 3, "narrative"),
            somebody.hash_again,
            lambda: somebody.sign_again(keys),
        )

    def put_back() -> None:
        kept.put_back()
        past(somebody, somebody.hash_again, lambda: somebody.sign_again(keys))

    assert_only_fails("log.mailed", write_anew, put_back)


def test_a_fork_that_was_mailed_is_seen(log: Tenant) -> None:
    """Somebody's mail shows another log than the one that is here, by the log's own key."""
    newest = mail()
    _, keys = the_keys()
    root = bytes(32)
    forked = sign_checkpoint(Signed(keys[0].name, newest.size, root), *keys).decode()
    assert_only_fails("log.mailed", lambda: mailed.remember(newest.size, root, forked, recipients=1), mail)


def test_an_older_checkpoint_that_was_mailed_is_continued(log: Tenant) -> None:
    oldest = Checkpoint.objects.order_by("size")[0]
    mailed.remember(oldest.size, bytes(oldest.root), oldest.note, recipients=1)
    assert log_proofs.TheLogContinuesWhatWasMailed().look().outcome is Outcome.PASS


@pytest.mark.parametrize("what", ["size", "note"])
def test_a_mail_that_the_log_never_wrote_is_seen(what: str, log: Tenant) -> None:
    newest = mail()
    size = newest.size - (what == "size")
    note = newest.note.replace("acme", "else") if what == "note" else newest.note

    def forge_mail() -> None:
        mailed.remember(size, bytes.fromhex(newest.root), note, recipients=1)

    assert_only_fails("log.mailed", forge_mail, mail)


def test_a_database_that_was_set_back_is_seen_by_the_mail(log: Tenant, somebody: Owner) -> None:
    somebody.keep("older")
    record(Action.CHECK)
    sequence()
    mail()
    somebody.keep("newer")
    assert_only_fails(
        "log.mailed",
        lambda: past(somebody, lambda: somebody.restore("older")),
        lambda: past(somebody, lambda: somebody.restore("newer")),
        # The runs of the checks themselves are entries, and are set back with the rest.
        also=frozenset({"log.sequenced"}),
    )


# ---- how long it is kept --------------------------------------------------------------------------------------------


@pytest.fixture
def days(log: Tenant) -> dict[str, int]:
    """What the plans say."""
    return dict(Plan.objects.values_list("code", "audit_days"))


def _plans(tenant: Tenant, days: dict[str, int]) -> None:
    with as_role(Role.MIGRATOR, tenant) as migrator:
        for code, count in days.items():
            migrator.execute("UPDATE public.tenants_plan SET audit_days = %s WHERE code = %s", [count, code])


def _prune(tenant: Tenant) -> None:
    for _ in range(2):
        pruned(tenant)
        with within(tenant):
            sequence()


def test_a_log_that_was_pruned_before_its_time_is_seen(log: Tenant, days: dict[str, int]) -> None:
    def prune_early() -> None:
        keep_days(log, 0)
        _prune(log)
        _plans(log, days)

    # What is gone is gone: only a plan that keeps nothing makes it right.
    assert_only_fails("log.retention", prune_early, lambda: keep_days(log, 0))


def test_a_log_that_nobody_prunes_is_seen(log: Tenant, days: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_retention, "LATE", datetime.timedelta())
    assert_only_fails("log.retention", lambda: keep_days(log, 0), lambda: _plans(log, days))
    assert last("log.retention").evidence["announcements"] == 0


def test_a_hold_keeps_what_is_overdue(log: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_retention, "LATE", datetime.timedelta())
    keep_days(log, 0)
    assert outcomes()["log.retention"] is Outcome.FAIL
    Hold.objects.create(why="Proceedings 7/26", placed=datetime.datetime.now(datetime.UTC))
    assert outcomes()["log.retention"] is Outcome.PASS


def test_a_pruning_under_a_hold_is_seen(log: Tenant) -> None:
    keep_days(log, 0)
    _prune(log)
    place = "INSERT INTO audit_hold (id, why, placed, placed_by_name, lifted_by_name, lifted_why) VALUES "
    assert_only_fails(
        "log.holds",
        lambda: past_triggers(
            log, "audit_hold", f"{place} (gen_random_uuid(), 'Proceedings', now() - interval '1 day', '', '', '')"
        ),
        lambda: past_triggers(log, "audit_hold", "DELETE FROM audit_hold"),
    )
