"""An export's life: asked for and noted, taken by one worker at a time, kept for a week, and gone."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from apps.audit import tasks
from apps.audit.exports import asking, life, making, purging
from apps.audit.exports.errors import WORKER_LOST, LeaseLost, TooManyExports
from apps.audit.exports.models import Export, Format, State
from apps.audit.models import Entry
from apps.audit.search import Wanted
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind
from apps.vault import configured
from tests.apps.audit.exports.making import CORA, EVERYTHING, a_log, again, asked, content, made

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "queued")]
PAST = datetime.timedelta(seconds=1)


def files(store: Path) -> list[Path]:
    return sorted(path for path in store.rglob("audit-exports/*/*") if path.is_file()) if store.exists() else []


def is_late(export: Export) -> None:
    Export.objects.filter(id=export.id).update(next_look=timezone.now() - PAST)


def test_asking_is_an_entry_with_who_what_and_how_and_no_value_of_a_filter(in_acme: Tenant, queued: list[str]) -> None:
    a_log(10)
    export = asked(Format.CSV, Wanted(object_type="accounts.user", object_pk="a-secret-key"))
    entry = Entry.objects.get(action=Action.EXPORT)
    assert entry.narrative == "Exports the audit log as CSV"
    assert entry.additional_data == {
        "format": "csv", "filtered_by": ["object_pk", "object_type"], "size": export.size,
    }  # fmt: skip
    assert (entry.object_type, entry.object_pk) == ("audit.export", str(export.id))
    assert not any("a-secret-key" in json.dumps(changes) for changes in Entry.objects.values_list("changes", flat=True))
    assert queued == [str(export.id)]
    assert (export.by_name, export.state) == ("Cora", State.WAITING)


def test_nothing_is_asked_for_where_the_transaction_is_taken_back(in_acme: Tenant, queued: list[str]) -> None:
    with transaction.atomic():
        asking.ask(Format.CSV, EVERYTHING, CORA)
        transaction.set_rollback(True)
    assert (queued, Export.objects.count(), Entry.objects.filter(action=Action.EXPORT).count()) == ([], 0, 0)


def test_five_are_under_way_and_no_more(in_acme: Tenant) -> None:
    a_log(5)
    first = asked()
    for _ in range(asking.MOST - 1):
        asked()
    with pytest.raises(TooManyExports):
        asked()
    making.make(first.id)
    asked()


def test_of_two_workers_one_has_it_and_the_late_one_says_nothing_more(in_acme: Tenant) -> None:
    a_log(10)
    export = asked()
    first = life.claim(export.id)
    assert first is not None and life.claim(export.id) is None
    is_late(export)
    second = life.claim(export.id)
    assert second is not None and second.fence == first.fence + 1
    for says in (
        lambda: life.tell(first, 3),
        lambda: life.count_piece(first, ["0001-000000"], 7),
        lambda: life.finish(first, entries=1, digest="0" * 64),
        lambda: life.fail(first, "export.unexpected"),
    ):
        with pytest.raises(LeaseLost):
            says()
    assert (again(export).state, again(export).pieces) == (State.MAKING, [])


def test_what_was_lost_is_given_out_again_once(in_acme: Tenant) -> None:
    a_log(5)
    waiting, taken = asked(), asked()
    life.claim(taken.id)
    assert life.forgotten() == []
    is_late(waiting)
    is_late(taken)
    assert set(life.forgotten()) == {waiting.id, taken.id}
    assert life.forgotten() == [taken.id]  # whose lease is over until somebody takes it


def test_what_workers_die_over_is_given_up(in_acme: Tenant) -> None:
    a_log(5)
    export = asked()
    for _ in range(life.MOST_TURNS):
        assert life.claim(export.id) is not None
        is_late(export)
    assert life.forgotten() == []
    assert (again(export).state, again(export).reason) == (State.FAILED, WORKER_LOST)


def test_the_schedule_puts_what_was_lost_into_the_queue_of_its_tenant(in_acme: Tenant, queued: list[str]) -> None:
    a_log(5)
    export = asked()
    is_late(export)
    queued.clear()
    with behind(Walls()):
        tasks.make_what_waits()
    assert queued == [str(export.id)]


def test_after_a_week_the_file_is_gone_and_the_row_says_so(in_acme: Tenant, store: Path) -> None:
    a_log(40)
    export, other = made(), made(Format.CSV)
    assert export.expires is not None and export.ended is not None
    assert export.expires - export.ended == datetime.timedelta(days=7)
    before = len(files(store))
    assert purging.purge() == purging.Purged()
    Export.objects.filter(id=export.id).update(expires=timezone.now() - PAST)
    assert purging.purge() == purging.Purged(expired=1)
    gone = again(export)
    assert (gone.state, gone.pieces, gone.digest) == (State.EXPIRED, [], export.digest)
    assert len(files(store)) == before - len(export.pieces)
    assert content(other)
    assert Entry.objects.filter(narrative="The export expired").exists()


def test_pieces_that_nobody_has_a_use_for_are_cleared_away(in_acme: Tenant, store: Path) -> None:
    a_log(40)
    failed, kept = asked(), made()
    claimed = life.claim(failed.id)
    assert claimed is not None
    put = configured.object_store().put
    put(f"{failed.folder}0001-000000", [b"a piece"])
    life.count_piece(claimed, ["0001-000000"], 7)
    life.fail(claimed, "export.unexpected")
    put("audit-exports/00000000-0000-4000-8000-000000000000/0001-000000", [b"of a row that is not there"])
    assert purging.purge().strays == 2
    assert len(files(store)) == len(kept.pieces)


def test_an_export_is_a_few_entries_of_the_log_and_not_one_for_each_piece(in_acme: Tenant) -> None:
    a_log(120)
    export = made(piece=512)
    assert len(export.pieces) > 40
    of_it = Entry.objects.filter(object_type="audit.export", object_pk=str(export.id))
    # Asked for: the row and what the application says; then taken, and ready. (The test itself sets the piece's size.)
    assert [entry.action for entry in of_it.order_by("id")] == [0, 9, 1, 1, 1]


def test_the_database_holds_what_each_state_needs(in_acme: Tenant) -> None:
    a_log(5)
    export = made()
    for wrong in ({"state": "lost"}, {"format": "xml"}, {"digest": "none"}, {"looked": export.size + 1}, {"only": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Export.objects.filter(id=export.id).update(**wrong)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Export.objects.filter(id=export.id).delete()
