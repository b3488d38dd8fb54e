"""The local secret store: a sealed row for each version, in the tenant's schema."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction

from apps.vault.binding import tenant_here
from apps.vault.errors import NoSuchObject, SecretPending
from apps.vault.models import StoredSecret
from apps.vault.secret import Secret
from apps.vault.secret_stores import SecretVersion, Stage, checked_secret_name


class SealedRows:
    """Each change is one transaction: at any moment a secret that has a current version has exactly one."""

    def put(self, name: str, value: Secret[bytes], stage: Stage = Stage.CURRENT) -> SecretVersion:
        tenant_here()
        checked_secret_name(name)
        if stage is Stage.PREVIOUS:
            raise ValueError("A version becomes the previous one when the next is promoted.")
        pending = False
        try:
            with transaction.atomic():
                if stage is Stage.CURRENT:
                    self._make_way(name)
                return _told(StoredSecret.objects.create(name=name, stage=stage.value, value=value))
        except IntegrityError:
            pending = stage is Stage.PENDING
        raise SecretPending(
            f"{name} has a version that waits already." if pending else f"{name} was changed at the same moment.",
            "" if pending else "Do it again.",
        )

    def read(self, name: str, stage: Stage = Stage.CURRENT) -> Secret[bytes]:
        row = self._rows(name).with_sealed().filter(stage=stage.value).first()
        if row is None:
            raise NoSuchObject(f"The secret {name} has no version that is {stage}.")
        return row.value

    def versions(self, name: str) -> list[SecretVersion]:
        found = [_told(row) for row in self._rows(name)]
        if not found:
            raise NoSuchObject(f"There is no secret {name}.")
        return found

    def promote(self, name: str, version: uuid.UUID) -> None:
        with transaction.atomic():
            waits = self._rows(name).select_for_update().filter(id=version, stage=Stage.PENDING.value)
            if not waits:
                raise NoSuchObject(f"The secret {name} has no such version that is {Stage.PENDING}.")
            self._make_way(name)
            self._rows(name).filter(id=version).update(stage=Stage.CURRENT.value)

    def abandon(self, name: str) -> None:
        if not self._rows(name).filter(stage=Stage.PENDING.value).delete()[0]:
            raise NoSuchObject(f"The secret {name} has no version that is {Stage.PENDING}.")

    def delete(self, name: str) -> None:
        if not self._rows(name).delete()[0]:
            raise NoSuchObject(f"There is no secret {name}.")

    def _rows(self, name: str):  # type: ignore[no-untyped-def]  # a queryset of the manager's own
        tenant_here()
        return StoredSecret.objects.filter(name=checked_secret_name(name))

    def _make_way(self, name: str) -> None:
        rows = self._rows(name)
        if rows.select_for_update().filter(stage=Stage.CURRENT.value):
            rows.filter(stage=Stage.PREVIOUS.value).delete()
            rows.filter(stage=Stage.CURRENT.value).update(stage=Stage.PREVIOUS.value)


def _told(row: StoredSecret) -> SecretVersion:
    return SecretVersion(row.id, Stage(row.stage), row.created)
