"""Bundles of a real log: the verifier finds nothing, and names what somebody did to the log."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest

from apps.audit import placed
from apps.audit.exports import bundles, making
from apps.audit.exports.errors import NothingSigned, NotPlaced, TooLarge, TooScattered
from apps.audit.exports.models import Format
from apps.audit.models import Checkpoint, Entry
from apps.audit.search import Wanted
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from specward.tlog import Fault, Report, TlogProof, verify
from specward.tlog.leaves import entry_hash
from tests.apps.audit.as_sequencer import rotate
from tests.apps.audit.exports.making import (
    a_log,
    again,
    asked,
    content,
    made,
    prune,
    settled,
    take_away,
    the_key,
    unguarded,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "queued")]


def absent(report: Report, *, pruned: bool) -> set[int]:
    """The places that a bundle says are pruned, or withheld."""
    found = [one for one in report.absences if (one.by is not None) == pruned]
    return {index for one in found for index in range(one.first, one.last + 1)}


def checkpoints(bundle: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return len(archive.read("checkpoints.jsonl").splitlines())


def test_the_bundle_of_the_log_is_verified_with_nothing_but_its_key(in_acme: Tenant) -> None:
    a_log(120)
    export = made(Format.BUNDLE)
    report = verify(content(export), the_key())
    assert (report.findings, list(report.absences)) == ([], [])
    assert export.entries == export.size > 120
    assert checkpoints(content(export)) == Checkpoint.objects.filter(size__lte=export.size).count() > 4


def test_it_is_verified_with_an_older_one_of_the_same_log(in_acme: Tenant) -> None:
    a_log(60)
    older = content(made(Format.BUNDLE))
    a_log(60, seed=2)
    newer = content(made(Format.BUNDLE))
    assert verify(newer, the_key(), since=older).findings == []
    rolled_back = verify(older, the_key(), since=newer).findings
    assert {finding.fault for finding in rolled_back} == {Fault.ROLLED_BACK}


def test_what_filters_leave_out_is_withheld_and_what_is_there_is_proven(in_acme: Tenant) -> None:
    a_log(90)
    export = made(Format.BUNDLE, Wanted(action=Action.FAILURE))
    report = verify(content(export), the_key())
    assert report.findings == [] and all(absence.by is None for absence in report.absences)
    left_out = sum(absence.last - absence.first + 1 for absence in report.absences)
    assert left_out == export.size - export.entries and 0 < export.entries < 60


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(action=Action.FAILURE)], ids=["whole", "filtered"])
def test_pruned_stretches_are_explained_by_the_entries_that_announced_them(in_acme: Tenant, wanted: Wanted) -> None:
    a_log(60)
    older = content(made(Format.BUNDLE))
    prune(in_acme)
    a_log(10, seed=3)
    gone = prune(in_acme)
    a_log(10, seed=4)
    report = verify(content(made(Format.BUNDLE, wanted)), the_key(), since=older)
    assert report.findings == []
    assert absent(report, pruned=True) == gone and len(gone) > 60
    assert len({absence.by for absence in report.absences if absence.by is not None}) > 1


def test_what_is_announced_only_behind_the_end_of_the_export_is_withheld(in_acme: Tenant) -> None:
    a_log(60)
    export = asked(Format.BUNDLE)
    gone = prune(in_acme)
    making.make(export.id)
    report = verify(content(again(export)), the_key())
    assert report.findings == []
    assert absent(report, pruned=False) == {index for index in gone if index < export.size} != set()


def test_a_new_key_is_followed_from_the_first_one(in_acme: Tenant) -> None:
    a_log(30)
    first = the_key()
    older = content(made(Format.BUNDLE))
    rotate()
    settled()
    a_log(30, seed=2)
    for wanted in (Wanted(), Wanted(action=Action.FAILURE)):
        newer = content(made(Format.BUNDLE, wanted))
        assert verify(newer, first, since=older).findings == []


def test_of_one_entry_there_is_its_proof_to_be_given_away(in_acme: Tenant) -> None:
    a_log(40)
    index = 17
    one = next(placed.read(index, index))
    assert isinstance(one, placed.Placed)
    export = made(Format.BUNDLE, entry=one.entry["id"])
    report = verify(content(export), the_key())
    assert (report.findings, export.only, export.entries) == ([], index, 1)
    with zipfile.ZipFile(io.BytesIO(content(export))) as archive:
        proof = TlogProof.parse(archive.read(f"proofs/{index}.tlog-proof"))
    assert proof.verify(entry_hash(one.salt, one.content), [the_key()]).size == export.size


def test_an_entry_without_a_place_and_a_log_without_a_checkpoint_are_refused(in_acme: Tenant) -> None:
    with pytest.raises(NothingSigned):
        asked(Format.BUNDLE)
    a_log(10)
    newest = asked(Format.JSONL)
    told = Entry.objects.get(object_pk=str(newest.id), action=Action.EXPORT)
    with pytest.raises(NotPlaced):
        asked(Format.BUNDLE, entry=told.id)


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(action=Action.FAILURE)], ids=["whole", "filtered"])
def test_an_entry_that_somebody_took_away_is_named_and_not_explained(in_acme: Tenant, wanted: Wanted) -> None:
    a_log(40)
    take_away(in_acme, 9, 9)
    findings = verify(content(made(Format.BUNDLE, wanted)), the_key()).findings
    assert [(one.fault, one.first) for one in findings] == [(Fault.DROPPED, 9)]


def test_an_entry_that_somebody_changed_is_named(in_acme: Tenant) -> None:
    a_log(40)
    with unguarded(in_acme) as admin:
        admin.execute(
            f"UPDATE {in_acme.schema_name}.audit_entry SET narrative = 'Nothing happened' WHERE id ="
            f" (SELECT entry_id FROM {in_acme.schema_name}.audit_leaf WHERE index = 9)"
        )
    findings = verify(content(made(Format.BUNDLE)), the_key()).findings
    assert [(one.fault, one.first) for one in findings] == [(Fault.CHANGED, 9)]


def test_of_many_checkpoints_some_go_into_the_bundle(in_acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "CHECKPOINTS", 4)
    a_log(60, every=3)
    rotate()
    settled()
    a_log(30, every=3, seed=2)
    bundle = content(made(Format.BUNDLE))
    assert Checkpoint.objects.count() > 25
    assert 4 <= checkpoints(bundle) <= 7
    assert verify(bundle, the_key()).findings == []


@pytest.mark.parametrize(
    ("limit", "most", "reason"),
    [("MOST_BYTES", 3_000, TooLarge.code), ("MAX_ENTRIES", 10, TooLarge.code), ("MAX_ABSENCES", 2, TooScattered.code)],
)
def test_a_bundle_beyond_its_limits_fails_and_says_why(
    in_acme: Tenant, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, reason: str
) -> None:
    a_log(60)
    monkeypatch.setattr(bundles, limit, most)
    export = asked(Format.BUNDLE, Wanted(action=Action.FAILURE))
    assert making.make(export.id) is making.Outcome.FAILED
    failed = again(export)
    assert (failed.reason, failed.pieces, failed.bytes) == (reason, [], 0)


def test_the_same_row_is_the_same_bundle(in_acme: Tenant) -> None:
    a_log(30)
    export = made(Format.BUNDLE)
    with zipfile.ZipFile(io.BytesIO(content(export))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        manifest = archive.read("manifest.json").decode()
    assert f'"made":"{export.created.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"' in manifest
    assert datetime.now(UTC) > export.created
