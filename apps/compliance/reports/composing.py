"""Composing a report: how all stands now, and what happened since the last one. Reads, and writes nothing."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from typing import Final

from django.db.models import Sum
from django.utils import timezone

from apps.accounts.links import address
from apps.accounts.models import Role, Token, User
from apps.audit.tree import Checkpoint
from apps.compliance.catalogue import catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import Change
from apps.compliance.reports.content import (
    Accepted,
    Changed,
    Content,
    Expiry,
    Figure,
    Head,
    Promised,
    Wanting,
    plain,
)
from apps.compliance.reports.models import Report, Schedule
from apps.compliance.standing import Posture, PromiseStanding, news, posture
from apps.inference.models import ModelCall
from apps.recordings.models import Recording
from apps.specs.models import SpecVersion
from apps.tenants.models import Tenant
from apps.tenants.walls import connection as walled

MOST: Final = 50
"""Changes, expiries and what somebody has to see to: so many are told, and the rest is counted."""
SOON: Final = datetime.timedelta(days=45)
"""What ends within it is told."""


def compose(report: Report) -> Content:
    """What stands in a report, of the tenant behind whose walls this runs."""
    schedule, now = report.schedule, timezone.now()
    tenant = Tenant.objects.get(id=walled().walls.proven)
    stands = posture()
    changes = news().filter(at__gte=report.since, at__lt=report.until).select_related("run")
    expiries = sorted(_expiries(stands, now), key=lambda one: one.when)
    return Content(
        tenant=plain(tenant.name),
        host=address("/").split("/")[2],
        schedule=plain(schedule.name),
        every=Schedule.Every(schedule.every).value,
        zone=schedule.zone,
        at=_iso(now),
        since=_iso(report.since),
        until=_iso(report.until),
        standing=stands.standing.value,
        promises=tuple(map(_promised, stands.promises)),
        threats=tuple(map(_promised, stands.threats)),
        changes=tuple(map(_changed, changes[:MOST])),
        changes_in_all=changes.count(),
        wanting=tuple(
            Wanting(one.check.title, one.standing.value, plain(one.because), one.check.mend)
            for one in stands.attention[:MOST]
        ),
        wanting_in_all=len(stands.attention),
        accepted=tuple(
            Accepted(one.check.title, plain(held.reason), plain(held.owner.name), _iso(held.expires))
            for one in stands.exceptions
            if (held := one.exempt) is not None
        ),
        head=_head(),
        figures=tuple(_figures(report.since, report.until)),
        expiries=tuple(expiries[:MOST]),
        expiries_in_all=len(expiries),
    )


def _promised(one: PromiseStanding) -> Promised:
    counted = Counter(check.standing.value for check in one.checks)
    since = _iso(one.since) if one.since is not None else ""
    return Promised(one.promise.key, one.promise.title, one.standing.value, since, dict(sorted(counted.items())))


def _changed(change: Change) -> Changed:
    check = catalogue().checks.get(change.check_key)
    before = Outcome(change.before).label if change.before else "Never ran"
    return Changed(
        _iso(change.at),
        check.title if check is not None else change.check_key,
        before,
        Outcome(change.after).label,
        plain(change.run.because),
    )


def _head() -> Head | None:
    newest = Checkpoint.objects.first()
    if newest is None:
        return None
    return Head(newest.size, bytes(newest.root).hex(), _iso(newest.signed), newest.note)


def _figures(since: datetime.datetime, until: datetime.datetime) -> Iterator[Figure]:
    """Of this time, and of as long a time before it."""
    before = since - (until - since)
    for label, found in (
        ("Recordings received", Recording.objects.order_by()),
        ("Versions of specs written", SpecVersion.objects.order_by()),
        ("Calls of models", ModelCall.objects.order_by()),
    ):
        yield Figure(
            label,
            found.filter(created__gte=since, created__lt=until).count(),
            found.filter(created__gte=before, created__lt=since).count(),
        )
    calls = ModelCall.objects.order_by()
    taken, taken_before = (
        calls.filter(created__gte=begin, created__lt=end).aggregate(taken=Sum("counted"))["taken"] or 0
        for begin, end in ((since, until), (before, since))
    )
    yield Figure("Tokens of models", taken, taken_before)


def _expiries(stands: Posture, now: datetime.datetime) -> Iterator[Expiry]:
    soon = now + SOON
    for token in Token.objects.filter(
        revoked=None, expires__gt=now, expires__lte=soon, user__is_active=True
    ).select_related("user"):
        yield Expiry("Token", plain(f"{token.name}, of {token.user.name}"), _iso(token.expires))
    for person in User.objects.filter(
        role=Role.AUDITOR, is_active=True, window_until__gt=now, window_until__lte=soon
    ).order_by("id"):
        yield Expiry("Auditor's access", plain(person.name), _iso(person.window_until))
    for one in stands.exceptions:
        if one.exempt is not None and one.exempt.expires <= soon:
            yield Expiry("Exception", one.check.title, _iso(one.exempt.expires))


def _iso(moment: datetime.datetime | None) -> str:
    return "" if moment is None else moment.astimezone(datetime.UTC).isoformat(timespec="seconds")
