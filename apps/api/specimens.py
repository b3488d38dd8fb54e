"""Specimens of what the API shows and no other app has one of."""

from __future__ import annotations

from collections.abc import Mapping

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.audit.models import Entry
from apps.audit.recording import record
from apps.audit.vocabulary import Action


def _entry(_: Mapping[str, str]) -> str:
    record(Action.CHECK, narrative="A specimen")
    return str(Entry.objects.order_by("-id").values_list("id", flat=True)[0])


register(Specimen("entry", _entry, Permission.AUDIT_READ, Entry, missing=lambda: "987654321987654321"))
