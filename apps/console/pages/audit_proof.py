"""The audit log's proof: how far it is signed and by whom, and what anybody needs to verify it themselves."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from apps.access.permissions import Permission, may
from apps.access.specimen import Fixed, carries
from apps.audit.log_keys import ask_for_another, reigns
from apps.audit.merge_delay import delay
from apps.audit.models import Checkpoint, Entry
from apps.audit.proving import prove
from apps.console.sites import ConsoleSite

_SHOWN: Final = 6
_HOURS: Final = 24
_HIGH: Final = 60


@dataclass(frozen=True, slots=True)
class Hour:
    """What was signed within an hour: entries, and the longest that one of them waited (milliseconds)."""

    begins: datetime.datetime
    entries: int
    waited: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours, as bars: ``median`` and ``most`` are merge delays in milliseconds."""

    hours: tuple[Hour, ...]
    top: int
    median: int
    most: int

    @property
    def rows(self) -> list[Hour]:
        return [hour for hour in self.hours if hour.entries]


def proof(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    keys = reigns()
    newest = list(Checkpoint.objects.all()[:_SHOWN])
    return site.render(
        request, "console/audit_proof.html", "Proof of the log", keys=keys, newest=newest[0] if newest else None,
        checkpoints=newest, delay=delay(), day=_day(),
        may_rotate=may(request, Permission.AUDIT_MANAGE), may_export=may(request, Permission.AUDIT_EXPORT),
    )  # fmt: skip


def _day() -> Day:
    last = timezone.now().replace(minute=0, second=0, microsecond=0)
    first = last - datetime.timedelta(hours=_HOURS - 1)
    found = list(Checkpoint.objects.filter(signed__gte=first).values_list("signed", "entries", "waited"))
    entries, waited = [0] * _HOURS, [0] * _HOURS
    for signed, count, wait in found:
        at = min(_HOURS - 1, int((signed - first).total_seconds() // 3600))
        entries[at] += count
        waited[at] = max(waited[at], wait)
    top = max(1, *entries)
    waits = sorted(wait for _, _, wait in found)
    return Day(
        tuple(
            Hour(first + datetime.timedelta(hours=at), entries[at], waited[at], at * 10, _HIGH - high, high)
            for at in range(_HOURS)
            for high in (-(-entries[at] * _HIGH // top),)
        ),
        top,
        waits[len(waits) // 2] if waits else 0,
        waits[-1] if waits else 0,
    )


@carries(path={"size": Fixed("1")})
def checkpoint(request: HttpRequest, site: ConsoleSite, size: int) -> HttpResponseBase:
    """The note of a checkpoint, as a file."""
    found = Checkpoint.objects.filter(size=size).first() if size < 2**63 else None
    if found is None:
        raise Http404
    return _file(found.note.encode(), f"specward-checkpoint-{found.size}.txt")


def entry_proof(request: HttpRequest, site: ConsoleSite, entry: int) -> HttpResponseBase:
    """The proof of an entry as c2sp.org/tlog-proof, as a file."""
    there = entry < 2**63 and Entry.objects.filter(id=entry).order_by().exists()
    proven = prove(entry) if there else None
    if not there:
        raise Http404
    if proven is None:
        messages.warning(request, "The entry waits for its signature. Ask again in a second.")
        return redirect(site.address("audit_entry", entry))
    return _file(bytes(proven.proof), f"specward-entry-{proven.placed.index}.tlog-proof")


def _file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def rotate(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    ask_for_another()
    messages.success(
        request,
        "A new key takes over within a second or so. Both sign the next checkpoint; the old one then signs no more.",
    )
    return redirect(site.address("audit_proof"))
