"""How things stand: each check, each control, each promise, as of now. Reads the states, never the runs."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from apps.compliance.accepting import newest
from apps.compliance.catalogue import Catalogue, catalogue
from apps.compliance.checking import Check, Outcome
from apps.compliance.controls import Control
from apps.compliance.exempting import open_exceptions
from apps.compliance.models import Acceptance, Change, CheckState, Exempt
from apps.compliance.promises import Promise, Threat, digest
from apps.compliance.running import AHEAD

LATE: Final = datetime.timedelta(hours=1)
"""How long a check may be overdue on top of its own time: a worker may be busy."""
WEEK: Final = datetime.timedelta(days=7)
MOST_CHANGES: Final = 100


class Standing(models.TextChoices):
    """How something stands. ``UNKNOWN`` is not good: it never ran, or nobody has looked for too long."""

    BROKEN = "broken", "Broken"
    UNKNOWN = "unknown", "Not known"
    ACCEPTED = "accepted", "Accepted for now"
    KEPT = "kept", "Kept"
    NOT_APPLICABLE = "n/a", "Does not apply"


_WORST_FIRST: Final = tuple(Standing)


def worst(standings: Iterable[Standing]) -> Standing:
    """The standing of a whole; of nothing at all nothing is known."""
    return min(standings, key=_WORST_FIRST.index, default=Standing.UNKNOWN)


@dataclass(frozen=True, slots=True)
class CheckStanding:
    """A check, how it stands, and since when."""

    check: Check
    standing: Standing
    since: datetime.datetime | None
    outcome: Outcome | None
    because: str
    last_at: datetime.datetime | None
    due: datetime.datetime | None
    exempt: Exempt | None

    @property
    def is_late(self) -> bool:
        """Whether it ran, and not lately enough to say anything."""
        return self.standing is Standing.UNKNOWN and self.last_at is not None


@dataclass(frozen=True, slots=True)
class ControlStanding:
    """A control, and its checks."""

    control: Control
    checks: tuple[CheckStanding, ...]

    @property
    def standing(self) -> Standing:
        return worst(one.standing for one in self.checks)

    @property
    def since(self) -> datetime.datetime | None:
        return _since(self.standing, self.checks)


@dataclass(frozen=True, slots=True)
class PromiseStanding:
    """A promise or a threat, and the controls that serve it."""

    promise: Promise | Threat
    controls: tuple[ControlStanding, ...]

    @property
    def checks(self) -> tuple[CheckStanding, ...]:
        """Each once, whatever number of controls it is of."""
        found = {one.check.key: one for control in self.controls for one in control.checks}
        return tuple(found.values())

    @property
    def standing(self) -> Standing:
        if self.promise.not_yet and not self.controls:
            return Standing.NOT_APPLICABLE
        return worst(one.standing for one in self.checks)

    @property
    def since(self) -> datetime.datetime | None:
        return _since(self.standing, self.checks)

    @property
    def last_at(self) -> datetime.datetime | None:
        """When anything of it was looked at last."""
        return max((one.last_at for one in self.checks if one.last_at), default=None)

    def count(self, standing: Standing) -> int:
        return sum(one.standing is standing for one in self.checks)


@dataclass(frozen=True, slots=True)
class Posture:
    """All of it, as of a moment."""

    at: datetime.datetime
    promises: tuple[PromiseStanding, ...]
    threats: tuple[PromiseStanding, ...]
    controls: tuple[ControlStanding, ...]
    checks: tuple[CheckStanding, ...]
    changes: tuple[Change, ...]
    """Of the last seven days, the newest first, at most :data:`MOST_CHANGES`. That something was looked at for the
    first time, and holds, is no news."""
    accepted: Acceptance | None

    @property
    def standing(self) -> Standing:
        return worst(one.standing for one in self.checks)

    @property
    def attention(self) -> tuple[CheckStanding, ...]:
        """What somebody has to see to: what is broken, then what is not known."""
        wanted = [one for one in self.checks if one.standing in (Standing.BROKEN, Standing.UNKNOWN)]
        return tuple(sorted(wanted, key=lambda one: (_WORST_FIRST.index(one.standing), one.check.key)))

    @property
    def exceptions(self) -> tuple[CheckStanding, ...]:
        """What is accepted for now, the soonest to end first."""
        held = [(one.exempt.expires, one) for one in self.checks if one.exempt is not None]
        return tuple(one for _, one in sorted(held, key=lambda pair: pair[0]))

    @property
    def promises_are_accepted(self) -> bool:
        """Whether they are accepted as they are now."""
        return self.accepted is not None and self.accepted.digest == digest()

    def control(self, key: str) -> ControlStanding | None:
        return next((one for one in self.controls if one.control.key == key), None)

    def check(self, key: str) -> CheckStanding | None:
        return next((one for one in self.checks if one.check.key == key), None)

    def promise(self, key: str) -> PromiseStanding | None:
        return next((one for one in (*self.promises, *self.threats) if one.promise.key == key), None)


def posture() -> Posture:
    """How all stands in the tenant behind whose walls this runs. Four queries, whatever number of controls."""
    now = timezone.now()
    ours = catalogue()
    checks = _checks(ours, now)
    controls = {
        key: ControlStanding(control, tuple(checks[each] for each in control.checks))
        for key, control in ours.controls.items()
    }

    def serving(one: Promise | Threat) -> PromiseStanding:
        return PromiseStanding(one, tuple(controls[control.key] for control in ours.serving(one.key)))

    return Posture(
        at=now,
        promises=tuple(map(serving, ours.promises)),
        threats=tuple(map(serving, ours.threats)),
        controls=tuple(controls.values()),
        checks=tuple(checks.values()),
        changes=tuple(_news().filter(at__gt=now - WEEK)[:MOST_CHANGES]),
        accepted=newest(),
    )


def _news() -> QuerySet[Change]:
    return Change.objects.exclude(before="", after__in=(Outcome.PASS, Outcome.NOT_APPLICABLE))


def check_standings() -> list[CheckStanding]:
    """How each check stands in the tenant behind whose walls this runs. Two queries."""
    return list(_checks(catalogue(), timezone.now()).values())


def _checks(ours: Catalogue, now: datetime.datetime) -> Mapping[str, CheckStanding]:
    states = {state.check_key: state for state in CheckState.objects.all()}
    exceptions = open_exceptions()
    return {key: _standing_of(check, states.get(key), exceptions.get(key), now) for key, check in ours.checks.items()}


def _standing_of(
    check: Check, state: CheckState | None, exempt: Exempt | None, now: datetime.datetime
) -> CheckStanding:
    if state is None or not state.outcome or state.last_at is None:
        due = state.due if state is not None else None
        return CheckStanding(check, Standing.UNKNOWN, None, None, "", None, due, None)
    outcome = Outcome(state.outcome)
    since = state.since
    # Twice its own time: one run may be missed, and the next one tells.
    every = state.due - state.last_at
    if now > state.due + every + LATE:
        standing, since = Standing.UNKNOWN, state.due
    elif state.last_at > now + AHEAD:
        standing, since = Standing.UNKNOWN, now  # a clock was wrong: it is run again
    elif outcome is Outcome.NOT_APPLICABLE:
        standing = Standing.NOT_APPLICABLE
    elif outcome is Outcome.PASS:
        standing = Standing.KEPT
    elif exempt is not None:
        standing, since = Standing.ACCEPTED, exempt.made
    else:
        standing = Standing.BROKEN
    held = exempt if standing is Standing.ACCEPTED else None
    return CheckStanding(check, standing, since, outcome, state.because, state.last_at, state.due, held)


def _since(standing: Standing, checks: Iterable[CheckStanding]) -> datetime.datetime | None:
    """A whole stands badly since the first of its parts does, and well since the last of them does."""
    of_it = [one.since for one in checks if one.standing is standing and one.since is not None]
    if not of_it:
        return None
    return min(of_it) if standing in (Standing.BROKEN, Standing.UNKNOWN) else max(of_it)
