"""How a sink does, in numbers and in words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from apps.audit import placed
from apps.audit.tree import Leaf
from apps.siem.models import Sink
from apps.webhooks.models import Attempt

_ADVICE: Final = {
    301: "it leads to another address: give that one",
    400: "it does not take this form: choose another format",
    401: "it does not know this token",
    403: "this token may not do that",
    404: "there is no such address",
    405: "it takes no POST at this address",
    408: "it was too slow to read",
    410: "it is gone for good",
    413: "that was too much at once: batches are made smaller",
    415: "it does not take this form: choose another format",
    422: "it does not take this form: choose another format",
    429: "it has too much to do",
}


class State(StrEnum):
    UP_TO_DATE = "up-to-date"
    BEHIND = "behind"
    FAILING = "failing"
    OFF = "off"


STATES: Final = tuple((one.value, one.value) for one in State)
"""As choices, for the API."""


@dataclass(frozen=True, slots=True)
class Health:
    """``lag``: signed entries that it has not got. ``waits``: seconds since the first of them was logged. ``size``: how
    many signed entries there are."""

    state: State
    size: int
    lag: int
    waits: int
    said: str
    is_off_by_itself: bool = False

    @property
    def percent(self) -> int:
        """How much of the log it has been sent, or does not want: 0 to 100, and 100 only if it is all."""
        return 100 if self.lag == 0 else min(99, 100 * (self.size - self.lag) // self.size)


def measured(sinks: QuerySet[Sink]) -> QuerySet[Sink]:
    """With what :func:`of` asks for besides, in one statement for all of them."""
    return sinks.annotate(first_logged=Subquery(_first_logged(OuterRef("position"))))


def of(sink: Sink, size: int | None = None) -> Health:
    """As of now. ``size`` spares asking for it again for each of several sinks."""
    size = placed.signed_size() if size is None else size
    lag = max(0, size - sink.position)
    logged: datetime.datetime | None = None
    if lag:
        logged = getattr(sink, "first_logged", None) or _first_logged(sink.position).first()
    waits = 0 if logged is None else max(0, int((timezone.now() - logged) / datetime.timedelta(seconds=1)))
    if sink.disabled is not None:
        state = State.OFF
    elif sink.failing_since is not None:
        state = State.FAILING
    else:
        state = State.BEHIND if lag else State.UP_TO_DATE
    by_itself = sink.disabled is not None and sink.disabled_why != Sink.Disabled.ASKED
    return Health(state, size, lag, waits, words(sink.outcome, sink.status), by_itself)


def _first_logged(position: Any) -> QuerySet[Leaf, datetime.datetime]:
    return Leaf.objects.filter(index=position).values_list("logged", flat=True)


def words(outcome: str, status: int | None) -> str:
    """How a try went, for a person; empty where there was none. Nothing of what the collector wrote stands in it."""
    if not outcome:
        return ""
    if outcome == Attempt.Outcome.OK:
        return f"Taken ({status})" if status else "Taken"
    if outcome != Attempt.Outcome.STATUS or status is None:
        return str(Attempt.Outcome(outcome).label)
    why = _ADVICE[301] if 300 <= status <= 399 else _ADVICE.get(status, "it failed itself" if status >= 500 else "")
    return f"It answered {status}" + (f": {why}" if why else "")
