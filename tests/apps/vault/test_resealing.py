"""After a rotation everything moves under the new version, in batches that can be cut off; then the old one ends."""

from __future__ import annotations

import datetime
import os
import random
import uuid

import pytest
from django.db import connection, transaction

from apps.tenants.models import Tenant
from apps.tenants.walls import within
from apps.vault import configured, resealing, tenant_keys
from apps.vault.errors import DoesNotOpen, KeyDestroyed, KeyDisabled, KeyMissing, StillInUse
from apps.vault.key_services import KeyService
from apps.vault.objects import ObjectStore
from apps.vault.resealing import GRACE, Missed, Resealed, end_version, left_under, reseal
from apps.vault.sealing import seal_for
from apps.vault.secret import Secret
from apps.vault.secret_stores import Stage
from tests.apps.vault.ledger import Page
from tests.cast import ACME, GLOBEX

ROWS = 7


def later() -> datetime.datetime:
    """When an old version may end. Not a constant: a module is read long before its tests run."""
    return datetime.datetime.now(datetime.UTC) + GRACE + datetime.timedelta(minutes=5)


@pytest.fixture
def old(in_acme: Tenant, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> uuid.UUID:
    """Acme keeps rows, objects and a secret under a version that is the primary one no more."""
    monkeypatch.setattr(resealing, "BATCH", 3)
    for n in range(ROWS):
        Page.objects.create(title=str(n), text=f"text {n}", scan=bytes([n]) if n % 2 else None)
        objects.put(f"recordings/{n}", [os.urandom(10), b"content", bytes([n])])
    configured.secret_store().put("token", Secret(b"t"), Stage.CURRENT)
    before = configured.key_service().describe(ACME.id).primary
    tenant_keys.rotate()
    return before


def everything() -> list[object]:
    objects = configured.object_store()
    pages = [
        (p.title, p.text.reveal(), p.scan and p.scan.reveal()) for p in Page.objects.with_sealed().order_by("title")
    ]
    kept = [objects.describe(name).sha256 for name in objects.names()]
    return [pages, kept, configured.secret_store().read("token").reveal()]


def test_everything_moves_and_the_old_version_ends(old: uuid.UUID, service: KeyService) -> None:
    before = everything()
    assert len(list(left_under(old))) == ROWS + 3 + 1 + ROWS
    assert reseal() == Resealed(rows=ROWS + 3 + 1, objects=ROWS, missed=())
    assert list(left_under(old)) == [] and everything() == before
    assert [each.id for each in end_version(old, later()).standing] == [service.describe(ACME.id).primary]
    configured.data_keys().forget(ACME.id)
    assert everything() == before
    assert reseal() == Resealed(0, 0, ())


def test_an_old_version_does_not_end_while_anything_is_under_it(old: uuid.UUID, objects: ObjectStore) -> None:
    with pytest.raises(StillInUse, match=f"{ROWS + 4 + ROWS} are sealed under") as refused:
        end_version(old, later())
    assert "vault.page.text of" in str(refused.value) and "and 13 more" in str(refused.value)
    reseal()
    monkey = Page.objects.create(title="late", text="late")
    with connection.cursor() as cursor:  # as another process would, that knows the old data key
        cursor.execute("SELECT text FROM vault_page WHERE id = %s", [monkey.id])
        data = bytes(cursor.fetchone()[0])
        cursor.execute("UPDATE vault_page SET text = %s WHERE id = %s", [data[:3] + old.bytes + data[19:], monkey.id])
    with pytest.raises(StillInUse, match=f"1 are sealed under this version of the key: vault.page.text of {monkey.id}"):
        end_version(old, later())


def test_nor_within_an_hour_of_the_rotation(old: uuid.UUID) -> None:
    reseal()
    with pytest.raises(StillInUse, match=r"end it in \d+ seconds"):
        end_version(old)
    with pytest.raises(StillInUse):
        end_version(old, later() - datetime.timedelta(minutes=6))
    end_version(old, later())


def test_the_primary_version_and_strangers_do_not_end(old: uuid.UUID, service: KeyService) -> None:
    with pytest.raises(StillInUse, match="primary"):
        end_version(service.describe(ACME.id).primary, later())
    with pytest.raises(KeyMissing):
        end_version(service.describe(GLOBEX.id).primary, later())


def test_what_does_not_open_is_named_and_keeps_its_version(old: uuid.UUID, objects: ObjectStore, folder) -> None:
    broken = Page.objects.order_by("id")[1]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_page SET text = substring(text FOR 60) WHERE id = %s", [broken.id])
    file = folder / "objects" / "tenants" / str(ACME.id) / "recordings" / "3"
    file.write_bytes(file.read_bytes()[:-1])
    done = reseal()
    assert (done.rows, done.objects) == (ROWS + 3, ROWS - 1)
    assert done.missed == (
        Missed(f"vault.page.text of {broken.id}", "vault.does_not_open"),
        Missed("recordings/3", "vault.does_not_open"),
    )
    with pytest.raises(StillInUse, match=f"vault.page.text of {broken.id}, recordings/3"):
        end_version(old, later())
    broken.delete()
    objects.delete("recordings/3")
    end_version(old, later())


def test_an_object_whose_header_is_gone_is_named(old: uuid.UUID, folder) -> None:
    file = folder / "objects" / "tenants" / str(ACME.id) / "recordings" / "3"
    file.write_bytes(b"")
    assert reseal().missed == (Missed("recordings/3", "vault.does_not_open"),)
    assert list(left_under(old)) == ["recordings/3"]


class Killed(BaseException):
    """As SIGKILL would be: nothing catches it."""


@pytest.mark.parametrize("seed", range(12))
def test_cut_off_anywhere_it_loses_nothing_and_another_run_ends_it(
    old: uuid.UUID, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()
    chance = random.Random(seed)
    left = chance.randint(0, 30)

    def sometimes(original):
        def called(*args, **kwargs):
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return original(*args, **kwargs)

        return called

    with monkeypatch.context() as cutting:
        cutting.setattr(resealing, "_reseal_row", sometimes(resealing._reseal_row))
        cutting.setattr(os, "fsync", sometimes(os.fsync))
        cutting.setattr(os, "replace", sometimes(os.replace))
        try:
            with transaction.atomic():
                reseal()
        except Killed:
            pass
        else:
            pytest.fail("It was not cut off.") if left < 0 else None
    assert everything() == before
    reseal()
    assert everything() == before and list(left_under(old)) == []


def test_a_batch_is_a_transaction_of_its_own(old: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a cut-off run has done stays done: it is not one transaction for all."""
    begun: list[bool] = []
    original = transaction.atomic

    def spied(*args, **kwargs):
        begun.append(True)
        return original(*args, **kwargs)

    monkeypatch.setattr(transaction, "atomic", spied)
    reseal()
    assert len(begun) >= ROWS // 3 + 3


def test_a_row_that_was_saved_meanwhile_keeps_what_it_became(old: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page.objects.get(title="0")
    original = seal_for

    def meanwhile(binding, plaintext, keys):
        sealed = original(binding, plaintext, keys)
        if binding.object_id == str(page.id):
            monkeypatch.undo()
            page.text = "newer"
            page.save()
        return sealed

    monkeypatch.setattr(resealing, "seal_for", meanwhile)
    assert reseal().rows == ROWS + 3
    assert Page.objects.get(title="0").text.reveal() == "newer" and list(left_under(old)) == []


def test_a_disabled_key_stops_it(old: uuid.UUID) -> None:
    tenant_keys.disable()
    with pytest.raises(KeyDisabled):
        reseal()
    tenant_keys.enable()
    assert reseal().missed == ()


def test_mallorys_key_moves_nothing_of_alices(old: uuid.UUID, globex: Tenant) -> None:
    with within(globex):
        tenant_keys.rotate()
        assert reseal() == Resealed(0, 0, ())
    assert len(list(left_under(old))) == 2 * ROWS + 4


def test_a_copy_from_before_does_not_open_once_its_version_has_ended(old: uuid.UUID) -> None:
    """A backup that was taken before the rotation."""
    page = Page.objects.with_sealed().get(title="0")
    text = page.text
    assert text.reveal() == "text 0"
    reseal()
    end_version(old, later())
    configured.data_keys().forget(ACME.id)
    with pytest.raises((KeyDestroyed, DoesNotOpen)):
        text.reveal()
