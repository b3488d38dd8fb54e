"""A run of a check: what it saw, and the entry of the log that holds its digest; and having one run now."""

from __future__ import annotations

import datetime
import hmac
import uuid
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from apps.access.permissions import Permission, may
from apps.access.specimen import Fixed, carries
from apps.audit.models import Entry
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.compliance import running
from apps.compliance.access import require_now, run_for
from apps.compliance.catalogue import catalogue
from apps.compliance.models import CheckState, Run
from apps.compliance.running import digest_of
from apps.compliance.standing import CheckStanding
from apps.console.posture.evidence import readable
from apps.console.sites import ConsoleSite

P = Permission
PATIENCE: Final = datetime.timedelta(minutes=10)
"""After this long without a run, it is said that no worker comes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that somebody has asked for: whether it has come since, and whether one may still wait for it."""

    at: datetime.datetime
    is_done: bool
    is_lost: bool

    @property
    def state(self) -> str:
        return "done" if self.is_done else "failed" if self.is_lost else "waiting"


def run(request: HttpRequest, site: ConsoleSite, run: uuid.UUID) -> HttpResponseBase:
    found = run_for(request, run, P.COMPLIANCE_READ)
    check = catalogue().checks.get(found.check_key)
    record(Action.ACCESS, found, narrative="Read on the console")
    return site.render(
        request, "console/posture/run.html", check.title if check else found.check_key, run=found, check=check,
        evidence=readable(found.evidence), is_whole=hmac.compare_digest(digest_of(found), found.digest),
        is_logged=_is_logged(found), may_read_log=may(request, P.AUDIT_READ),
    )  # fmt: skip


def _is_logged(found: Run) -> bool | None:
    """Whether the log says the same digest; None where its entry is past its retention, or was never made."""
    entry = Entry.objects.filter(id=found.entry_id).order_by().only("additional_data", "object_pk").first()
    if entry is None:
        return None
    said = entry.additional_data if isinstance(entry.additional_data, dict) else {}
    return said.get("digest") == found.digest and said.get("run") == str(found.id)


@carries(path={"check": Fixed("log.only_grows")})
def run_now(request: HttpRequest, site: ConsoleSite, check: str) -> HttpResponseBase:
    """Has it run by a worker, once the transaction is committed; the page of the check waits for it."""
    if check not in catalogue().checks:
        raise Http404
    now = timezone.now()
    running.ask(check)
    messages.success(request, "It is being run. The page shows what was seen as soon as it has.")
    return redirect(f"{site.address('posture_check', check)}?asked={now.timestamp():.0f}#now")


@carries(path={"check": Fixed("log.only_grows")})
def state(request: HttpRequest, site: ConsoleSite, check: str) -> HttpResponseBase:
    """Whether the run that was asked for has come, for the page that waits for it."""
    if check not in catalogue().checks:
        raise Http404
    require_now(request)
    asked = _asked_at(request)
    last = CheckState.objects.filter(check_key=check).values_list("last_at", flat=True).first()
    is_done = asked is not None and last is not None and last >= asked
    found = Asked(asked or timezone.now(), is_done, asked is None or timezone.now() > asked + PATIENCE)
    words = {"done": "It has run", "failed": "It has not run yet", "waiting": "Waits for a worker"}[found.state]
    return JsonResponse({"state": found.state, "words": words, "steps": {}})


def asked_for(request: HttpRequest, one: CheckStanding) -> Asked | None:
    """The run that the address of the page speaks of; None where it speaks of none."""
    at = _asked_at(request)
    if at is None:
        return None
    return Asked(at, one.last_at is not None and one.last_at >= at, timezone.now() > at + PATIENCE)


def _asked_at(request: HttpRequest) -> datetime.datetime | None:
    """A number of seconds, as ``run_now`` wrote it; of today, or nothing."""
    typed = request.GET.get("asked", "")
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 10):
        return None
    return datetime.datetime.fromtimestamp(int(typed), datetime.UTC)
