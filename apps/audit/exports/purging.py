"""The end of exports: the files that are past their time, and pieces that no export has."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.db.models.functions import Now

from apps.audit.exports import life, pieces
from apps.audit.exports.models import FOLDER, Export, State
from apps.vault import configured
from apps.vault.errors import NoSuchObject


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did: exports that expired, and folders of pieces that no export has a use for."""

    expired: int = 0
    strays: int = 0


def purge() -> Purged:
    """Ends what is past its time, of the tenant behind whose walls this runs. Safe to run twice, and at once."""
    due = list(Export.objects.filter(state=State.READY, expires__lte=Now()))
    expired = 0
    for export in due:
        if life.expire(export.id):
            pieces.delete(export)
            expired += 1
    return Purged(expired, _delete_strays())


def _delete_strays() -> int:
    """The pieces of what has expired or failed, where deleting was interrupted, and of rows that are not there."""
    folders: dict[uuid.UUID, list[str]] = {}
    for name in configured.object_store().names(FOLDER):
        with suppress(ValueError):  # none of ours
            folders.setdefault(uuid.UUID(name.removeprefix(FOLDER).split("/")[0]), []).append(name)
    if not folders:
        return 0
    used = _used(folders)
    strays = {id: names for id, names in folders.items() if id not in used}
    for names in strays.values():
        for name in names:
            with suppress(NoSuchObject):  # another purge was quicker
                configured.object_store().delete(name)
    return len(strays)


def without_a_row(names: Iterable[str]) -> list[str]:
    """Of objects in the folder of exports the pieces that no export has a use for."""
    by_id: dict[str, uuid.UUID | None] = dict.fromkeys(names)
    for name in by_id:
        with suppress(ValueError):  # none of ours
            by_id[name] = uuid.UUID(name.removeprefix(FOLDER).split("/")[0])
    used = _used([id for id in by_id.values() if id is not None])
    return [name for name, id in by_id.items() if id not in used]


def _used(ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    open_ = Export.objects.filter(id__in=list(ids), state__in=[State.WAITING, State.MAKING, State.READY])
    return set(open_.values_list("id", flat=True))
