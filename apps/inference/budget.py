"""The month's budget of tokens: what a call may take is reserved before it, and what it took is settled after it.

Reserving is one conditional UPDATE of the month's row, which holds that row: of twenty who try at once each is held
against what the others have reserved, so that what was used and what is reserved never exceed the budget. A worker that
dies in between leaves its row *reserved*; the schedule settles it as lost, at its full reservation.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q, QuerySet, Subquery
from django.utils import timezone

from apps.audit.acting import narrating
from apps.inference import prices
from apps.inference.models import OK, Client, ModelCall, ModelSettings, MonthlyUse
from specward.writing.models.client import Failure, Prompt, Tokens

GRACE: Final = datetime.timedelta(seconds=60)
"""After its limit: a worker that has said nothing until then is dead."""
_HELD: Final = ("writer", "client", "model", "region", "retention", "shapes_only")
"""What must still be as it was when the call was chosen, or nothing is sent."""
_TAKES_NOTHING: Final = frozenset({Failure.RATE_LIMITED, Failure.REJECTED, Failure.NOT_CONFIGURED})
"""Failures of which the provider said that no model has worked. Of any other without a count, all that was reserved
may have been taken."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A call that may be made: its row, and what it may take."""

    id: uuid.UUID
    month: datetime.date
    tokens: int


def month_of(when: datetime.datetime) -> datetime.date:
    """The first day of the calendar month in UTC."""
    return when.astimezone(datetime.UTC).date().replace(day=1)


def reserve(
    chosen: ModelSettings,
    purpose: ModelCall.Purpose,
    prompt: Prompt,
    *,
    recording_id: uuid.UUID | None,
    seconds: float,
    call_id: uuid.UUID | None = None,
    now: datetime.datetime | None = None,
) -> Reserved | Failure:
    """Reserves what the call may take at most, under the settings that it was chosen by.

    A failure where it is more than is left of the month (``BUDGET_SPENT``), or where the settings are other ones by now
    (``NOT_CONFIGURED``): then there is a row that says so, and nothing may be sent.
    """
    now = now or timezone.now()
    month = month_of(now)
    geo = chosen.region if chosen.client == Client.ANTHROPIC else ""
    size = prompt.size(chosen.model, geo)
    wanted = size + prompt.most_tokens
    call = ModelCall(
        id=call_id or uuid.uuid4(),
        month_id=month,
        purpose=purpose,
        recording_id=recording_id,
        prompt_digest=prompt.digest(chosen.model, geo),
        request_bytes=size,
        reserved=wanted,
        lost_after=now + datetime.timedelta(seconds=seconds) + GRACE,
        **{name: getattr(chosen, name) for name in _HELD if name != "writer"},
    )
    with transaction.atomic(), narrating("A call of a model"):
        MonthlyUse.objects.bulk_create([MonthlyUse(month=month)], ignore_conflicts=True)
        budget = Subquery(_still(chosen).values("monthly_tokens"))
        free = MonthlyUse.objects.filter(month=month, used__lte=budget - F("reserved") - wanted)
        refused = None
        if not free.update(reserved=F("reserved") + wanted):
            refused = Failure.BUDGET_SPENT if _still(chosen).exists() else Failure.NOT_CONFIGURED
            call.state, call.outcome = ModelCall.State.REFUSED, refused.value
        call.save(force_insert=True)
    return refused or Reserved(call.id, month, wanted)


def _still(chosen: ModelSettings) -> QuerySet[ModelSettings]:
    return ModelSettings.objects.filter(id=1, **{name: getattr(chosen, name) for name in _HELD})


def settle(reserved: Reserved, outcome: Failure | None, tokens: Tokens | None, *, milliseconds: int) -> Failure | None:
    """Says how the call ended (None: well) and what it took. Returns the outcome that stands: of a call that the
    schedule has taken for lost it is ``TIMED_OUT``, whatever came after that.

    A count that cannot be (missing, negative, more than was reserved) counts as all that was reserved, and a call that
    went well is malformed.
    """
    known = tokens if tokens is not None and _can_be(tokens, reserved.tokens) else None
    if known is None and (outcome is None or tokens is not None):
        outcome = Failure.MALFORMED
    counted = known.total if known is not None else _unknown(outcome, reserved.tokens)
    with transaction.atomic(), narrating("A call of a model ended"):
        call = ModelCall.objects.filter(id=reserved.id).values("client", "model").get()
        ended = _end(
            Q(id=reserved.id),
            ModelCall.State.SETTLED,
            counted,
            outcome=outcome.value if outcome is not None else OK,
            milliseconds=milliseconds,
            **_columns(call["client"], call["model"], known, counted),
        )
    return outcome if ended else Failure.TIMED_OUT


def _can_be(tokens: Tokens, most: int) -> bool:
    counts = (tokens.input, tokens.output, tokens.read, tokens.written)
    return all(type(count) is int and count >= 0 for count in counts) and tokens.total <= most


def _unknown(outcome: Failure | None, reserved: int) -> int:
    return 0 if outcome in _TAKES_NOTHING else reserved


def _columns(client: str, model: str, known: Tokens | None, counted: int) -> dict[str, Any]:
    if known is None:
        nothing = Tokens(0, 0)
        return {"cost": prices.estimate(client, model, nothing) if counted == 0 else None}
    return {
        "input_tokens": known.input,
        "output_tokens": known.output,
        "cache_read_tokens": known.read,
        "cache_written_tokens": known.written,
        "cost": prices.estimate(client, model, known),
    }


def _end(which: Q, state: ModelCall.State, counted: int, **columns: Any) -> bool:
    """Ends one call that is under way, and gives back what it did not take. False where it has ended already."""
    under_way = ModelCall.objects.filter(which, state=ModelCall.State.RESERVED)
    row = under_way.select_for_update(no_key=True).values("id", "month_id", "reserved").first()
    if row is None:
        return False
    ModelCall.objects.filter(id=row["id"]).update(state=state, counted=counted, **columns)
    MonthlyUse.objects.filter(month=row["month_id"]).update(
        used=F("used") + counted, reserved=F("reserved") - row["reserved"]
    )
    return True


def give_up(reserved: Reserved) -> None:
    """Says that nothing is known of a call whose worker gave up in the middle: it counts with all that was reserved."""
    with transaction.atomic(), narrating("A call of a model was given up"):
        _end(Q(id=reserved.id), ModelCall.State.LOST, reserved.tokens)


def settle_lost(now: datetime.datetime | None = None) -> int:
    """Settles, at their full reservation, the calls whose worker has died, of the tenant behind whose walls this runs.
    Says how many."""
    late = Q(state=ModelCall.State.RESERVED, lost_after__lte=now or timezone.now())
    lost = 0
    for id, reserved in list(ModelCall.objects.filter(late).order_by().values_list("id", "reserved")[:1000]):
        with transaction.atomic(), narrating("A call of a model was lost with its worker"):
            lost += _end(late & Q(id=id), ModelCall.State.LOST, reserved)
    return lost
