"""A recording ends once, with a certificate; a legal hold wins; a crash at any point is caught up."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acting import Actor
from apps.audit.models import Entry
from apps.recordings import discarding, life
from apps.recordings.discarding import discard, forget, purge
from apps.recordings.errors import Held, IllegalMove
from apps.recordings.models import Certificate, Recording, State, Why
from apps.recordings.tasks import purge as purge_task
from apps.recordings.tasks import purge_everywhere
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, within
from apps.tenants.walls import connection as walled
from apps.vault import configured
from apps.vault.objects import ObjectStore
from tests.apps.recordings.conftest import packed, stored, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
PAST = datetime.timedelta(seconds=1)


@pytest.fixture
def uploaded(in_acme: Tenant, alice: User, store: Path, asked: list[str]) -> Recording:
    return upload(packed("sign-in"), alice, end_user="emil")


def again(recording: Recording) -> Recording:
    return Recording.objects.get(id=recording.id)


def overdue(recording: Recording) -> None:
    Recording.objects.filter(id=recording.id).update(discard_after=timezone.now() - PAST)


def test_a_discarded_recording_leaves_a_certificate_and_no_content(uploaded: Recording, store: Path) -> None:
    discard(uploaded.id, Why.ASKED)
    gone = again(uploaded)
    assert (gone.state, gone.name, stored(store)) == (State.DISCARDED, None, []) and gone.discarded is not None
    certificate = Certificate.objects.get()
    assert (certificate.recording_id, certificate.digest, certificate.size, certificate.reason) == (
        uploaded.id, uploaded.digest, uploaded.size, Why.ASKED,
    )  # fmt: skip
    assert abs(timezone.now() - certificate.discarded) < datetime.timedelta(minutes=5)
    entries = Entry.objects.order_by("id").values_list("object_type", "narrative")
    assert {
        ("recordings.recording", "To be discarded: somebody asked for it"),
        ("recordings.certificate", "The recording was discarded"),
        ("recordings.recording", "The recording was discarded"),
    } <= set(entries)


def test_it_is_discarded_once(uploaded: Recording) -> None:
    discard(uploaded.id, Why.ASKED)
    with pytest.raises(IllegalMove, match="it is discarded"):
        discard(uploaded.id, Why.RETENTION)
    assert not discarding.carry_out(uploaded.id)
    assert Certificate.objects.get().reason == Why.ASKED


def test_a_certificate_is_never_changed_and_never_taken_away(uploaded: Recording) -> None:
    discard(uploaded.id, Why.ASKED)
    for change in (
        lambda: Certificate.objects.update(reason=Why.RETENTION),
        lambda: Certificate.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            change()
    with pytest.raises(DatabaseError, match="stays, as what became of it"):
        Recording.objects.all()._raw_delete("default")


class Crash(BaseException):
    """A process that ends here."""


@pytest.mark.parametrize("where", ["before the object", "after the object", "at the certificate"])
def test_a_crash_on_the_way_is_caught_up_by_the_purge(
    where: str, uploaded: Recording, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = ObjectStore.delete

    def crash(*_: object, **__: object) -> None:
        raise Crash

    def delete_and_crash(self: ObjectStore, name: str) -> None:
        delete(self, name)
        raise Crash

    with monkeypatch.context() as broken, pytest.raises(Crash):
        if where == "at the certificate":
            broken.setattr(Certificate.objects, "create", crash)
        else:
            broken.setattr(ObjectStore, "delete", crash if where == "before the object" else delete_and_crash)
        discard(uploaded.id, Why.ASKED)
    assert again(uploaded).state == State.DISCARDING and not Certificate.objects.exists()
    assert len(stored(store)) == (where == "before the object")
    assert life.claim(uploaded.id) is None
    assert purge().discarded == 1 and purge().discarded == 0
    assert again(uploaded).state == State.DISCARDED and Certificate.objects.get().reason == Why.ASKED
    assert stored(store) == []


def test_a_discard_that_is_rolled_back_has_deleted_nothing(uploaded: Recording, store: Path) -> None:
    with transaction.atomic():
        discard(uploaded.id, Why.ASKED)
        transaction.set_rollback(True)
    assert again(uploaded).state == State.RECEIVED and len(stored(store)) == 1


def test_a_legal_hold_wins_over_everything_until_it_is_lifted(uploaded: Recording, cora: User, store: Path) -> None:
    life.hold(uploaded.id, Actor.user(cora), "A dispute with the shop")
    overdue(uploaded)
    with pytest.raises(Held, match="legal hold"):
        discard(uploaded.id, Why.ASKED)
    assert forget("emil").held == (uploaded.id,)
    assert purge().discarded == 0 and len(stored(store)) == 1
    with pytest.raises(IntegrityError, match="recording_hold_wins"):
        Recording.objects.update(state=State.DISCARDING)
    held = again(uploaded)
    assert (held.held_by_name, held.held_by_id, held.held_why) == ("Cora", cora.id, "A dispute with the shop")
    with pytest.raises(IllegalMove, match="it is held"):
        life.hold(uploaded.id, Actor.user(cora), "Again")
    life.lift(uploaded.id)
    with pytest.raises(IllegalMove, match="cannot become free of a hold"):
        life.lift(uploaded.id)
    purge()
    assert again(uploaded).state == State.DISCARDED and stored(store) == []
    with pytest.raises(IllegalMove, match="it is discarded"):
        life.hold(uploaded.id, Actor.user(cora), "Too late")


def test_a_hold_has_a_reason(uploaded: Recording, cora: User) -> None:
    with pytest.raises(IntegrityError, match="recording_hold_has_a_reason"):
        life.hold(uploaded.id, Actor.user(cora), "  ")


def test_the_purge_takes_what_is_overdue_and_nothing_else(uploaded: Recording, alice: User) -> None:
    kept = upload(packed("subscribe"), alice)
    overdue(uploaded)
    purge()
    assert (again(uploaded).state, again(kept).state) == (State.DISCARDED, State.RECEIVED)
    assert Certificate.objects.get().reason == Why.RETENTION


def test_the_purge_leaves_what_a_worker_is_at(uploaded: Recording) -> None:
    overdue(uploaded)
    assert life.claim(uploaded.id) is not None
    purge()
    assert again(uploaded).state == State.GENERATING
    Recording.objects.update(next_look=timezone.now() - PAST)
    purge()
    assert again(uploaded).state == State.DISCARDED


def test_an_upload_whose_process_died_is_cleared_away(
    in_acme: Tenant, alice: User, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.recordings import receiving

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as broken, pytest.raises(Crash):
        broken.setattr(life, "arrive", crash)
        broken.setattr(receiving, "clear_away", lambda _: None)
        upload(packed("sign-in"), alice)
    assert purge().uploads == 0 and len(stored(store)) == 1  # it might be on its way
    Recording.objects.update(next_look=timezone.now() - PAST)
    assert purge().uploads == 1 and stored(store) == [] and not Recording.objects.exists()


def test_who_is_to_be_forgotten_is_found_by_an_id_that_is_not_kept(
    uploaded: Recording, alice: User, globex: Tenant, mallory: User
) -> None:
    other = upload(packed("subscribe"), alice, end_user="frida")
    assert forget("nobody") == discarding.Forgotten((), ())
    with within(globex):
        theirs = upload(packed("sign-in"), mallory, end_user="emil")
        assert theirs.end_user != uploaded.end_user  # a key of each tenant's own
    assert forget("emil") == discarding.Forgotten((uploaded.id,), ())
    assert (again(uploaded).state, again(other).state) == (State.DISCARDED, State.RECEIVED)
    assert Certificate.objects.get().reason == Why.END_USER
    with within(globex):
        assert again(theirs).state == State.RECEIVED


def test_what_a_backup_of_the_store_brings_back_is_taken_away(uploaded: Recording, store: Path) -> None:
    (file,) = stored(store)
    backup = file.read_bytes()
    discard(uploaded.id, Why.ASKED)
    file.write_bytes(backup)
    assert purge().strays == 1 and stored(store) == []


LEGAL = {
    State.ARRIVING: {State.RECEIVED},
    State.RECEIVED: {State.GENERATING, State.DISCARDING},
    State.GENERATING: {State.SPECIFIED, State.FAILED, State.DISCARDING},
    State.SPECIFIED: {State.DISCARDING},
    State.FAILED: {State.RECEIVED, State.DISCARDING},
    State.DISCARDING: {State.DISCARDED},
    State.DISCARDED: set(),
}
WAY = {
    State.RECEIVED: (),
    State.GENERATING: (State.GENERATING,),
    State.SPECIFIED: (State.GENERATING, State.SPECIFIED),
    State.FAILED: (State.GENERATING, State.FAILED),
    State.DISCARDING: (State.DISCARDING,),
}


@pytest.mark.parametrize("state", WAY)
def test_the_database_refuses_every_move_that_is_none_of_its_life(state: State, uploaded: Recording) -> None:
    for step in WAY[state]:
        Recording.objects.update(state=step, reason="x")
    for wanted in State:
        if wanted is state or wanted in LEGAL[state]:
            continue
        with pytest.raises(IntegrityError, match=f"that is {state} cannot become {wanted}"):
            Recording.objects.update(state=wanted, reason="x")
    for columns in ({"digest": "0" * 64}, {"size": 1}):
        with pytest.raises(IntegrityError, match="keeps its digest and its size"):
            Recording.objects.update(**columns)


def test_nothing_is_discarded_without_a_certificate(uploaded: Recording) -> None:
    Recording.objects.update(state=State.DISCARDING)
    with pytest.raises(IntegrityError, match="discarded with a certificate"):
        Recording.objects.update(state=State.DISCARDED)


def test_the_schedule_purges_each_tenant_behind_its_own_walls(
    uploaded: Recording, acme: Tenant, globex: Tenant, mallory: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue(uploaded)
    with within(globex):
        theirs = upload(packed("sign-in"), mallory)
        overdue(theirs)
    schemas: list[str] = []

    def at_once() -> None:
        schemas.append(walled().walls.schema)
        purge_task()

    monkeypatch.setattr(purge_task, "delay", at_once)
    with behind(Walls()):
        purge_everywhere()
    assert {acme.schema_name, globex.schema_name} <= set(schemas)
    for tenant, recording in ((acme, uploaded), (globex, theirs)):
        with within(tenant):
            assert again(recording).state == State.DISCARDED


def test_mallory_can_do_nothing_with_alices(uploaded: Recording, globex: Tenant, mallory: User, store: Path) -> None:
    with within(globex):
        assert not Recording.objects.exists() and life.claim(uploaded.id) is None
        for attempt in (
            lambda: discard(uploaded.id, Why.ASKED),
            lambda: life.hold(uploaded.id, Actor.user(mallory), "Mine"),
            lambda: life.try_again(uploaded.id),
        ):
            with pytest.raises(IllegalMove, match="it is not there"):
                attempt()
        assert forget("emil").discarded == () and purge() == discarding.Purged()
        assert list(configured.object_store().names("recordings/")) == []
    assert again(uploaded).state == State.RECEIVED and len(stored(store)) == 1
