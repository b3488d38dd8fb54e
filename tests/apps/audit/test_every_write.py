"""Twelve ways to write a row, and each leaves an entry: who, in which request, what it was and what it became."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F

from apps.audit.acting import Acting, acting_as
from apps.audit.models import Entry
from apps.audit.vocabulary import Action, ActorKind, Source
from apps.tenants.models import Tenant
from tests.apps.audit.conftest import ALICE_ID, REQUEST_ID, alice_acts, user
from tests.apps.audit.fleet import CREW, Berth, Sailor, Ship

CREATE, UPDATE, DELETE = Action.CREATE, Action.UPDATE, Action.DELETE
Seen = list[tuple[Action, str, dict[str, Any]]]


@pytest.fixture
def ships(in_acme: Tenant) -> tuple[Ship, Ship]:
    return Ship.objects.create(name="Argo", bearing=10), Ship.objects.create(name="Beagle", bearing=20)


@pytest.fixture
def sailors(in_acme: Tenant) -> tuple[Sailor, Sailor]:
    return Sailor.objects.create(name="Jason"), Sailor.objects.create(name="Darwin")


def written(by: Callable[[], object]) -> list[Entry]:
    """The entries that Alice leaves by doing this, in order."""
    before = set(Entry.objects.values_list("id", flat=True))
    with acting_as(alice_acts()):
        by()
    entries = list(Entry.objects.exclude(id__in=before).order_by("id"))
    for entry in entries:
        assert (entry.actor_kind, entry.actor_id, entry.actor_name) == (ActorKind.USER, ALICE_ID, "Alice")
        assert (entry.actor_email, entry.request_id) == ("alice@acme.example", REQUEST_ID)
        assert (entry.remote_addr, entry.narrative) == ("192.0.2.7", "POST ships")
        assert (entry.source, entry.database_role) == (Source.DATABASE, "specward_app")
    return entries


def said(by: Callable[[], object]) -> Seen:
    return [(Action(e.action), f"{e.object_type} {e.object_pk}", e.changes or {}) for e in written(by)]


def test_save(ships: tuple[Ship, Ship]) -> None:
    argo, _ = ships
    argo.bearing = 11
    assert said(argo.save) == [(UPDATE, f"audit.ship {argo.pk}", {"bearing": [10, 11]})]
    [made] = written(lambda: Ship(name="Calypso", bearing=3).save())
    assert (made.action, made.object_repr) == (CREATE, "Calypso")
    assert made.changes is not None
    assert made.changes["name"] == [None, "Calypso"] and made.changes["bearing"] == [None, 3]


def test_bulk_create(ships: tuple[Ship, Ship]) -> None:
    entries = written(lambda: Ship.objects.bulk_create([Ship(name="Calypso"), Ship(name="Discovery")]))
    assert [(e.action, e.object_repr) for e in entries] == [(CREATE, "Calypso"), (CREATE, "Discovery")]
    assert entries[0].transaction_id == entries[1].transaction_id


def test_bulk_update(ships: tuple[Ship, Ship]) -> None:
    argo, beagle = ships
    argo.bearing, beagle.bearing = 1, 2
    assert sorted(said(lambda: Ship.objects.bulk_update(ships, ["bearing"])), key=lambda s: s[2]["bearing"]) == [
        (UPDATE, f"audit.ship {argo.pk}", {"bearing": [10, 1]}),
        (UPDATE, f"audit.ship {beagle.pk}", {"bearing": [20, 2]}),
    ]


def test_update(ships: tuple[Ship, Ship]) -> None:
    _, beagle = ships
    assert said(lambda: Ship.objects.filter(name="Beagle").update(bearing=25)) == [
        (UPDATE, f"audit.ship {beagle.pk}", {"bearing": [20, 25]})
    ]


def test_f_expression_is_stored_as_its_value(ships: tuple[Ship, Ship]) -> None:
    argo, _ = ships
    argo.bearing = F("bearing") + 5
    assert said(argo.save) == [(UPDATE, f"audit.ship {argo.pk}", {"bearing": [10, 15]})]


def test_upsert(sailors: tuple[Sailor, Sailor]) -> None:
    jason, _ = sailors

    def upsert() -> None:
        berth = Sailor(id=jason.pk, name="Jason of Iolcos"), Sailor(id=jason.pk + 100, name="Medea")
        Sailor.objects.bulk_create(berth, update_conflicts=True, unique_fields=["id"], update_fields=["name"])

    assert said(upsert) == [
        (UPDATE, f"audit.sailor {jason.pk}", {"name": ["Jason", "Jason of Iolcos"]}),
        (CREATE, f"audit.sailor {jason.pk + 100}", {"id": [None, jason.pk + 100], "name": [None, "Medea"]}),
    ]


def test_many_to_many_set_and_clear(ships: tuple[Ship, Ship], sailors: tuple[Sailor, Sailor]) -> None:
    argo, _ = ships
    jason, darwin = sailors
    argo.crew.set([jason])
    [(gone, _, before), (come, _, after)] = said(lambda: argo.crew.set([darwin]))
    assert (gone, before["sailor_id"], before["ship_id"]) == (DELETE, [jason.pk, None], [argo.pk, None])
    assert (come, after["sailor_id"], after["ship_id"]) == (CREATE, [None, darwin.pk], [None, argo.pk])
    # The library would have listed every sailor of the table, those of other ships too.
    [(cleared, what, changes)] = said(argo.crew.clear)
    assert cleared == DELETE and what.startswith("audit.ship_crew ") and changes["sailor_id"] == [darwin.pk, None]
    [(_, _, from_the_other_side)] = said(lambda: reverse(darwin).add(argo))
    assert from_the_other_side["ship_id"] == [None, argo.pk]
    assert CREW.objects.count() == 1


def reverse(sailor: Sailor) -> Any:
    """The other side of the relation, which mypy knows of models of installed apps only."""
    return sailor.__getattribute__("ships")


def test_through_table(ships: tuple[Ship, Ship], sailors: tuple[Sailor, Sailor]) -> None:
    argo, beagle = ships
    jason, darwin = sailors
    berths = [Berth(ship=argo, sailor=jason, number=1), Berth(ship=beagle, sailor=darwin, number=2)]
    entries = written(lambda: Berth.objects.bulk_create(berths))
    assert [(e.changes or {})["number"] for e in entries] == [[None, 1], [None, 2]]
    assert {e.object_type for e in entries} == {"audit.berth"}


def test_raw_sql(ships: tuple[Ship, Ship]) -> None:
    argo, _ = ships

    def raw() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE audit_ship SET bearing = 77 WHERE id = %s", [argo.pk])

    assert said(raw) == [(UPDATE, f"audit.ship {argo.pk}", {"bearing": [10, 77]})]


def test_delete(ships: tuple[Ship, Ship]) -> None:
    argo, _ = ships
    key = argo.pk
    [(action, what, changes)] = said(argo.delete)
    assert (action, what, changes["name"], changes["bearing"]) == (
        DELETE,
        f"audit.ship {key}",
        ["Argo", None],
        [10, None],
    )


def test_delete_of_a_queryset_and_what_goes_with_it(ships: tuple[Ship, Ship], sailors: tuple[Sailor, Sailor]) -> None:
    argo, _ = ships
    Berth.objects.create(ship=argo, sailor=sailors[0], number=4)
    entries = written(lambda: Ship.objects.filter(name="Argo").delete())
    assert [(e.action, e.object_type) for e in entries] == [(DELETE, "audit.berth"), (DELETE, "audit.ship")]
    # What Django itself uses to delete without a signal.
    [entry] = written(lambda: Ship.objects.filter(name="Beagle")._raw_delete("default"))
    assert (entry.action, entry.object_repr) == (DELETE, "Beagle")


def test_bulk_edit_of_an_admin_action(in_acme: Tenant) -> None:
    """An admin action is a function of a queryset; this one is what a site would run."""
    user("Bob")
    user("Cora")

    def deactivate(model_admin: object, request: object, queryset: Any) -> None:
        queryset.update(is_active=False)

    from apps.accounts.models import User

    entries = written(lambda: deactivate(None, None, User.objects.filter(email__endswith="@new.acme.example")))
    assert [(e.object_type, e.object_repr, e.changes) for e in sorted(entries, key=lambda e: e.object_repr)] == [
        ("accounts.user", "Bob", {"is_active": [True, False]}),
        ("accounts.user", "Cora", {"is_active": [True, False]}),
    ]


def test_merge(ships: tuple[Ship, Ship]) -> None:
    def merge() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "MERGE INTO audit_ship s USING (VALUES ('Argo'), ('Beagle')) v(name) ON s.name = v.name "
                "WHEN MATCHED AND s.name = 'Argo' THEN DELETE WHEN MATCHED THEN UPDATE SET bearing = 0"
            )

    assert sorted(action for action, _, _ in said(merge)) == [UPDATE, DELETE]


def test_an_update_that_changes_nothing_is_no_entry(ships: tuple[Ship, Ship]) -> None:
    assert said(lambda: Ship.objects.update(bearing=F("bearing"))) == []


def test_a_write_that_was_taken_back_leaves_nothing(ships: tuple[Ship, Ship]) -> None:
    def take_back() -> None:
        with transaction.atomic():
            Ship.objects.update(bearing=0)
            transaction.set_rollback(True)

    assert said(take_back) == []


def test_the_key_of_a_row_that_was_renamed_is_the_one_it_had(alice: Acting, in_acme: Tenant) -> None:
    sailor = Sailor.objects.create(name="Odysseus")
    Sailor.objects.filter(pk=sailor.pk).update(id=sailor.pk + 1000)
    entry = Entry.objects.get(action=UPDATE, object_type="audit.sailor", object_pk=str(sailor.pk))
    assert entry.changes == {"id": [sailor.pk, sailor.pk + 1000]}
