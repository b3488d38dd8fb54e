"""What needs whoever looks at the posture, and what others see to."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from apps.access.permissions import Permission, may
from apps.accounts.models import Role, User
from apps.compliance.access import observations_visible_to
from apps.compliance.catalogue import catalogue
from apps.compliance.controls import Owner
from apps.compliance.models import Message
from apps.compliance.standing import CheckStanding, Posture
from apps.console.posture.marks import OF_STANDING, Mark

P = Permission
SOON: Final = datetime.timedelta(days=14)
"""Before an exception ends, its end is told."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check that is not as it should be. ``who`` mends it, ``mend`` is what to do, ``because`` what was seen."""

    key: str
    title: str
    mark: Mark
    since: datetime.datetime | None
    because: str
    mend: str
    who: str


@dataclass(frozen=True, slots=True)
class Request:
    """An auditor waits for an answer."""

    control_key: str
    auditor_name: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Needs:
    """``mine`` is for whoever looks, by their role; ``others`` is for somebody else."""

    mine: Sequence[Check]
    others: Sequence[Check]
    ending: Sequence[CheckStanding]
    """Accepted for now, and not for long any more."""
    requests: Sequence[Request]
    auditors: Sequence[User]
    """They have no days to look at, and so see nothing."""
    to_accept: bool
    """The promises are not accepted as they are now."""

    @property
    def count(self) -> int:
        return len(self.mine) + len(self.ending) + len(self.requests) + len(self.auditors) + self.to_accept


def needs_of(request: HttpRequest, posture: Posture) -> Needs:
    """Two queries for those who keep the controls, none for the others."""
    keeps = may(request, P.COMPLIANCE_MANAGE)
    role = Role(request.user.role)  # type: ignore[union-attr]  # a stranger never comes here
    mine: list[Check] = []
    others: list[Check] = []
    for one in posture.attention:
        (mine if _is_for(one, role) else others).append(_told(one))
    return Needs(
        mine=mine,
        others=others,
        ending=list(_ending(posture)) if keeps else [],
        requests=_requests() if keeps else [],
        auditors=_without_days(request) if keeps else [],
        to_accept=may(request, P.COMPLIANCE_ACCEPT) and not posture.promises_are_accepted,
    )


def _is_for(one: CheckStanding, role: Role) -> bool:
    return any(control.owner.role == role for control in catalogue().naming(one.check.key))


def _told(one: CheckStanding) -> Check:
    owners = {control.owner for control in catalogue().naming(one.check.key)}
    who = ", ".join(owner.words for owner in Owner if owner in owners)
    because, mend = one.because, one.check.mend
    if one.standing.name == "UNKNOWN":
        because = "Nobody has looked for too long." if one.is_late else "Nobody has looked yet."
        mend = "Run it now. If it stays so, no worker runs: ask your operator."
    return Check(one.check.key, one.check.title, OF_STANDING[one.standing], one.since, because, mend, who)


def _ending(posture: Posture) -> Iterator[CheckStanding]:
    for one in posture.exceptions:
        if one.exempt is not None and one.exempt.expires < posture.at + SOON:
            yield one


def _requests() -> list[Request]:
    """The threads whose last word is a request. One query."""
    newest = Message.objects.order_by("control_key", "auditor_id", "-at", "-id").distinct("control_key", "auditor_id")
    found = [one for one in newest.select_related("auditor") if one.kind == Message.Kind.REQUEST]
    return [Request(one.control_key, one.auditor.name, one.at) for one in sorted(found, key=lambda one: one.at)]


def _without_days(request: HttpRequest) -> list[User]:
    now = timezone.now()
    given = observations_visible_to(request).filter(ended=None).order_by().values("auditor_id")
    auditors = User.objects.filter(role=Role.AUDITOR, is_active=True, window_until__gt=now)
    return list(auditors.exclude(id__in=given).order_by("name"))
