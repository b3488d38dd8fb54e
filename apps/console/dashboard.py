"""What the home page of a tenant says of its recordings and specs: a few queries, each for those who may."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, Count, Q, Value, When
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.utils import timezone

from apps.access.permissions import Permission, may
from apps.console.filters import keeping
from apps.console.sites import ConsoleSite
from apps.console.specs import WAITING, with_states
from apps.recordings.access import recordings_visible_to
from apps.recordings.models import Certificate, State
from apps.recordings.naming import label_of
from apps.recordings.reasons import Reason, reason_of
from apps.specs.access import specs_visible_to, versions_visible_to
from apps.specs.models import SpecVersion
from apps.vault.errors import VaultError

P = Permission
DAYS: Final = 30
SHOWN: Final = 3
"""Of a kind of thing that needs somebody; the rest is behind a link."""
_AT_WORK: Final = (State.ARRIVING, State.RECEIVED, State.GENERATING)


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that got no spec."""

    id: object
    name: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Made:
    """A version of a spec. ``address`` is the page of the spec."""

    title: str
    version: SpecVersion
    address: str


@dataclass(frozen=True, slots=True)
class Became:
    """What became of recordings, as a part of a bar. ``tone`` is its colour."""

    key: str
    title: str
    tone: str
    total: int


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of the chart, in its own units."""

    tone: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Day:
    """A bar, and the row of the table that says the same. ``counts`` are in the order of the chart's kinds."""

    day: datetime.date
    x: int
    counts: Sequence[int]
    parts: Sequence[Part]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of the last days, the oldest first."""

    kinds: Sequence[Became]
    days: Sequence[Day]
    top: int
    height: int = 1000
    width: int = DAYS * 10

    @property
    def total(self) -> int:
        return sum(kind.total for kind in self.kinds)

    @property
    def rows(self) -> list[Day]:
        """The days on which there was something, the newest first: the others would be rows of noughts."""
        return [day for day in reversed(self.days) if day.total]


@dataclass(frozen=True, slots=True)
class RecordingsNow:
    """How the recordings stand. ``certified`` discards are those of the last days."""

    working: int
    failed: int
    held: int
    overdue: int
    certified: int
    failures: Sequence[Failure]
    chart: Chart

    @property
    def more_failures(self) -> int:
        return self.failed - len(self.failures)


@dataclass(frozen=True, slots=True)
class SpecsNow:
    """How the specs stand. ``drafts`` wait for whoever approves; ``address`` of the list."""

    drafts: int
    newest: Sequence[Made]
    may_approve: bool
    address: str


def recordings_now(request: HttpRequest, site: ConsoleSite) -> RecordingsNow | None:
    """Four queries; None for who may not read recordings, and where the site has none."""
    if not may(request, P.RECORDINGS_READ) or not site.has_page("recordings_recording_change"):
        return None
    visible = recordings_visible_to(request)
    counts = visible.aggregate(
        at_work=Count("pk", Q(state__in=_AT_WORK)),
        are_failed=Count("pk", Q(state=State.FAILED)),
        are_held=Count("pk", keeping("held")),
        are_overdue=Count("pk", keeping("overdue")),
    )
    failed = visible.filter(state=State.FAILED).order_by("-created", "-id").defer(None)[:SHOWN]
    certified = Certificate.objects.filter(discarded__gte=timezone.now() - datetime.timedelta(days=DAYS)).count()
    return RecordingsNow(
        working=counts["at_work"],
        failed=counts["are_failed"],
        held=counts["are_held"],
        overdue=counts["are_overdue"],
        certified=certified,
        failures=[Failure(one.pk, label_of(one), reason_of(one.reason)) for one in failed],
        chart=chart(request),
    )


_KINDS: Final = (
    ("made", "Spec made", "good", Q(specified__isnull=False)),
    ("working", "Under way", "info", Q(state__in=_AT_WORK)),
    ("failed", "Failed", "bad", Q(state=State.FAILED)),
)
_GONE: Final = ("gone", "Discarded without a spec", "quiet")


def chart(request: HttpRequest) -> Chart:
    """The recordings that came on each of the last days, by what became of them. One query."""
    today = timezone.now().date()
    first = today - datetime.timedelta(days=DAYS - 1)
    kind = Case(*(When(which, then=Value(key)) for key, _, _, which in _KINDS), default=Value(_GONE[0]))
    since = datetime.datetime.combine(first, datetime.time(), datetime.UTC)
    grouped = (
        recordings_visible_to(request).filter(created__gte=since).order_by()
        .values(day=TruncDate("created", tzinfo=datetime.UTC), kind=kind).annotate(number=Count("pk"))
    )  # fmt: skip
    found = {(row["day"], row["kind"]): row["number"] for row in grouped}
    kinds = [(key, title, tone) for key, title, tone, _ in _KINDS] + [_GONE]
    days = [first + datetime.timedelta(days=n) for n in range(DAYS)]
    counts = {day: [found.get((day, key), 0) for key, _, _ in kinds] for day in days}
    top = max([1, *(sum(of) for of in counts.values())])
    return Chart(
        [Became(k, title, tone, sum(counts[day][i] for day in days)) for i, (k, title, tone) in enumerate(kinds)],
        [Day(day, n * 10, counts[day], _parts(counts[day], kinds, top)) for n, day in enumerate(days)],
        top,
    )


def _parts(counts: Sequence[int], kinds: Sequence[tuple[str, str, str]], top: int) -> list[Part]:
    """From the ground up."""
    found, below = [], 0
    for number, (_, _, tone) in zip(counts, kinds, strict=True):
        low, high = below * 1000 // top, (below + number) * 1000 // top
        below += number
        if number:
            found.append(Part(tone, 1000 - high, high - low))
    return found


def specs_now(request: HttpRequest, site: ConsoleSite) -> SpecsNow | None:
    """Two queries; None for who may not read specs, and where the site is not a customer's."""
    if not may(request, P.SPECS_READ) or not site.has_page("specs_spec_change"):
        return None
    visible = versions_visible_to(request)
    newest = visible.select_related("spec").order_by("-created", "-id")[:5]
    return SpecsNow(
        drafts=with_states(specs_visible_to(request)).filter(WAITING).count(),
        newest=[Made(_title(one), one, site.address("specs_spec_change", one.spec_id)) for one in newest],
        may_approve=may(request, P.SPECS_APPROVE),
        address=site.address("specs_spec_changelist"),
    )


def _title(version: SpecVersion) -> str:
    try:
        return str(version.spec.title.reveal())
    except VaultError:
        return f"Spec {str(version.spec_id)[:8]}"


def is_new_here(request: HttpRequest, recordings: RecordingsNow | None) -> bool:
    """Whether nothing was ever uploaded: the home page then says how to begin. One query, where nothing is new."""
    if recordings is None or recordings.chart.total or recordings.certified or recordings.held or recordings.failed:
        return False
    return not recordings_visible_to(request).exists()
