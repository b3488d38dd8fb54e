"""Specimens of what the API shows and no other app has one of."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from hashlib import sha256

from django.utils import timezone

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.audit import holds
from apps.audit.acting import Actor
from apps.audit.exports.models import Export, Format, State
from apps.audit.models import Entry, Hold
from apps.audit.recording import record
from apps.audit.vocabulary import Action


def _entry(_: Mapping[str, str]) -> str:
    record(Action.CHECK, narrative="A specimen")
    return str(Entry.objects.order_by("-id").values_list("id", flat=True)[0])


def _export(_: Mapping[str, str]) -> str:
    now = timezone.now()
    export = Export.objects.create(
        format=Format.JSONL, size=0, state=State.READY, digest=sha256().hexdigest(), by_kind="nobody",
        next_look=now, ended=now, expires=now + datetime.timedelta(days=1),
    )  # fmt: skip
    return str(export.id)


register(Specimen("export", _export, Permission.AUDIT_EXPORT, Export))


def _log_hold(_: Mapping[str, str]) -> str:
    return str(holds.place(Actor.system("specimens"), "A specimen").id)


register(Specimen("entry", _entry, Permission.AUDIT_READ, Entry, missing=lambda: "987654321987654321"))
register(Specimen("log_hold", _log_hold, Permission.AUDIT_READ, Hold))
