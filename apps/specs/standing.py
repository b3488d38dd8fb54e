"""How versions of specs stand with the gate, their approvals and their exports: for whoever looks; nothing is changed
here."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet

from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.specs.approving import writers_of
from apps.specs.errors import NotWhatWasKept
from apps.specs.models import Spec, SpecVersion
from apps.specs.opening import opened
from apps.vault.errors import DoesNotOpen
from specward.recording.sheet import SHEET_BYTES

_AT_ONCE: Final = 50
"""Versions that are opened together: each is 64 KiB of text and as much of a sheet, at most."""
_LARGEST: Final = SHEET_BYTES + 4 * 1024
"""Bytes of a sealed sheet: with what says how it is sealed."""
_EXPORTED: Final = SpecVersion._meta.label_lower


def in_use() -> QuerySet[SpecVersion]:
    """The approved version and the newest one of each spec that is in use, those that are exported first."""
    newer = SpecVersion.objects.filter(spec=OuterRef("spec"), number__gt=OuterRef("number"))
    wanted = Q(state=SpecVersion.State.APPROVED) | ~Exists(newer)
    used = SpecVersion.objects.filter(wanted, spec__retired__isnull=True)
    return used.order_by(F("approved").desc(nulls_last=True), "-created", "-id")


@dataclass(slots=True)
class Judged:
    """What the gate of today said. ``refused``: versions that do not pass it. ``altered``: that are not what was kept.
    ``looked``: how many were opened, of ``count``."""

    count: int
    looked: int = 0
    refused: list[uuid.UUID] = field(default_factory=list)
    altered: list[uuid.UUID] = field(default_factory=list)


def judged(most: int, seconds: float) -> Judged:
    """Holds the versions in use against today's gate and their sheets: as many as there are, ``most`` at most, and as
    long as ``seconds`` allow. No transaction is open: each slice is read in a statement of its own. Raises what the
    vault raises."""
    ids = list(in_use().values_list("id", flat=True)[:most])
    found = Judged(in_use().count())
    until = time.monotonic() + seconds
    for version in _opened_in_slices(ids):
        found.looked += 1
        try:
            if opened(version).checked.spec is None:
                found.refused.append(version.id)
        except (NotWhatWasKept, DoesNotOpen):
            found.altered.append(version.id)
        if time.monotonic() > until:
            break
    return found


def _opened_in_slices(ids: list[uuid.UUID]) -> Iterator[SpecVersion]:
    for start in range(0, len(ids), _AT_ONCE):
        some = SpecVersion.objects.with_sealed().in_bulk(ids[start : start + _AT_ONCE])
        yield from (some[id] for id in ids[start : start + _AT_ONCE] if id in some)


def vouched_for_by_a_writer(most: int) -> list[uuid.UUID]:
    """Approved versions that say more than their recording, and whose approver wrote some of that themselves."""
    beyond = SpecVersion.objects.filter(ungrounded__gt=0, approved__isnull=False).order_by("-approved")[:most]
    return [version.id for version in beyond if version.approved_by_id in writers_of(version)]


@dataclass(frozen=True, slots=True)
class Exports:
    """``entries``: exports of versions that the log tells of, and that were looked at. ``unapproved``: those of a text
    that was not approved then, by the id of the entry."""

    entries: int
    unapproved: list[int]


def exports(most: int) -> Exports:
    """The newest exports of versions, as the log tells of them, held against the approvals."""
    told = Entry.objects.filter(action=Action.EXPORT, object_type=_EXPORTED).order_by("-timestamp", "-id")[:most]
    rows = list(told.values_list("id", "timestamp", "object_pk", "additional_data"))
    approvals: dict[str, tuple[object, str]] = {}
    pks = sorted({pk for _, _, pk, _ in rows})
    for start in range(0, len(pks), 1_000):
        some = SpecVersion.objects.filter(id__in=pks[start : start + 1_000]).values_list("id", "approved", "digest")
        approvals |= {str(id): (approved, digest) for id, approved, digest in some}
    unapproved = []
    for id, at, pk, details in rows:
        approved, digest = approvals.get(pk, (None, ""))
        if approved is None or approved > at or (details or {}).get("digest") != digest:
            unapproved.append(id)
    return Exports(len(rows), unapproved)


def without_a_spec() -> QuerySet[SpecVersion]:
    """Versions, and so grounding sheets, whose spec is not there any more."""
    return SpecVersion.objects.filter(~Exists(Spec.objects.filter(id=OuterRef("spec_id")))).order_by("created")


def with_a_larger_sheet() -> QuerySet[SpecVersion]:
    """Versions with more than a grounding sheet can be: a page, perhaps."""
    sealed = Func(F("sheet"), function="octet_length", output_field=IntegerField())
    return SpecVersion.objects.annotate(sealed_bytes=sealed).filter(sealed_bytes__gt=_LARGEST).order_by("created")
