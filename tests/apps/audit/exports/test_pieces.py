"""The pieces of an export: the same bytes whoever makes them and however often they are killed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.audit.exports import life, making, pieces
from apps.audit.exports.errors import Altered, LeaseLost
from apps.audit.exports.models import Export, Format, State
from apps.audit.exports.ranges import Stretch
from apps.tenants.models import Tenant
from apps.vault import configured
from apps.vault.objects import ObjectStore
from specward.tlog import verify
from tests.apps.audit.exports.making import a_log, again, asked, content, made, prune, the_key
from tests.apps.audit.exports.test_life import files, is_late

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "queued")]
FORMATS = list(Format)


class Killed(BaseException):
    """Ends a worker as SIGKILL does: nothing catches it."""


def dies_after(count: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The object store takes so many pieces and then the worker is gone. Gives the names of what was put."""
    really = ObjectStore.put
    put: list[str] = []

    def once(self: ObjectStore, name: str, *given: Any, **more: Any) -> Any:
        if len(put) == count:
            raise Killed
        put.append(name)
        return really(self, name, *given, **more)

    monkeypatch.setattr(ObjectStore, "put", once)
    return put


def twin(export: Export) -> Export:
    """Another one of the same log, asked for at the same moment."""
    other = asked(Format(export.format))
    Export.objects.filter(id=other.id).update(size=export.size, created=export.created)
    return again(other)


@pytest.mark.parametrize("format", FORMATS)
def test_a_worker_is_killed_and_the_next_one_goes_on_to_the_same_bytes(
    in_acme: Tenant, format: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_log(150)
    export = asked(format)
    whole = twin(export)
    making.make(whole.id)
    wanted = content(again(whole))
    killed_at = len(again(whole).pieces) // 2
    assert killed_at >= 2
    with monkeypatch.context() as patch:
        dies_after(killed_at, patch)
        with pytest.raises(Killed):
            making.make(export.id)
    kept = again(export).pieces
    assert (again(export).state, len(kept)) == (State.MAKING, killed_at)
    is_late(export)
    with monkeypatch.context() as patch:
        put = dies_after(10_000, patch)
        assert making.make(export.id) is making.Outcome.READY
    done = again(export)
    assert content(done) == wanted
    assert done.digest == hashlib.sha256(wanted).hexdigest() == again(whole).digest
    assert done.pieces[:killed_at] == kept
    assert len(put) == len(done.pieces) - killed_at  # what was there was passed over


def test_what_a_late_worker_writes_is_never_read(in_acme: Tenant, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_log(60)
    export = asked()
    late = life.claim(export.id)
    assert late is not None
    is_late(export)
    assert making.make(export.id) is making.Outcome.READY
    before = content(again(export))
    out = pieces.Writing(late)
    with pytest.raises(LeaseLost):
        out.write(b"x" * 10_000)
    assert content(again(export)) == before


def test_a_log_that_is_pruned_between_two_workers_is_still_one_file(
    in_acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_log(150)
    export = asked(Format.BUNDLE)
    with monkeypatch.context() as patch:
        dies_after(2, patch)
        with pytest.raises(Killed):
            making.make(export.id)
    gone = prune(in_acme)
    is_late(export)
    assert making.make(export.id) is making.Outcome.READY
    done = again(export)
    report = verify(content(done), the_key())
    withheld = {index for gap in report.absences for index in range(gap.first, gap.last + 1)}
    assert report.findings == [] and withheld == {index for index in gone if index < export.size} != set()
    assert hashlib.sha256(content(done)).hexdigest() == done.digest


def test_what_the_ones_before_have_begun_is_gone_when_it_is_ready(
    in_acme: Tenant, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_log(60)
    export = asked()
    configured.object_store().put(f"{export.folder}0001-000099", [b"begun"])
    making.make(export.id)
    assert len(files(store)) == len(again(export).pieces)


@pytest.mark.parametrize("format", FORMATS)
def test_any_cut_into_ranges_gives_the_same_bytes(in_acme: Tenant, format: Format) -> None:
    a_log(60)
    export = made(format, piece=1_000)
    whole = content(export)
    for step in (1, 7, 999, 1_000, 1_001, 2_500, export.bytes):
        if export.bytes // step > 300:
            cuts = [(at, min(at + step, export.bytes)) for at in range(0, export.bytes, export.bytes // 300)]
        else:
            cuts = [(at, min(at + step, export.bytes)) for at in range(0, export.bytes, step)]
        for first, end in cuts:
            assert b"".join(pieces.read(export, Stretch(first, end, export.bytes))) == whole[first:end]


def test_nothing_is_stored_within_a_transaction(in_acme: Tenant) -> None:
    a_log(5)
    export = asked()
    with transaction.atomic(), pytest.raises(pieces.TransactionOpen):
        making.make(export.id)


def test_no_transaction_is_open_while_a_piece_is_stored(in_acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    a_log(60)
    open_ones = []
    really = ObjectStore.put

    def watched(self: ObjectStore, *given: Any, **more: Any) -> Any:
        open_ones.append((connection.in_atomic_block, connection.connection.info.transaction_status.name))
        return really(self, *given, **more)

    monkeypatch.setattr(ObjectStore, "put", watched)
    made(Format.BUNDLE)
    assert len(open_ones) > 2 and set(open_ones) == {(False, "IDLE")}


def test_a_piece_of_another_size_than_was_made_is_not_given_out(in_acme: Tenant) -> None:
    a_log(60)
    export = made()
    configured.object_store().put(export.folder + export.pieces[1], [b"short"], replace=True)
    with pytest.raises(Altered):
        content(export)


def test_nothing_of_an_entry_lies_in_plain_in_the_store(in_acme: Tenant, store: Path) -> None:
    a_log(60)
    export = made()
    assert b"SHIP(" in content(export)
    assert files(store) and not any(b"SHIP(" in file.read_bytes() for file in files(store))
    assert timezone.now() > export.created
