"""Calls of models that stand in a list, as if a model had been asked."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.db.models import F
from django.utils import timezone

from apps.inference import budget
from apps.inference.models import ModelCall, MonthlyUse
from specward.writing.models.client import Failure, Tokens

TOOK = Tokens(1_900, 410, 2_200, 0)


def a_call(
    outcome: str = "ok", *, took: Tokens | None = TOOK, model: str = "claude-sonnet-5-5", **given: Any
) -> ModelCall:
    """One that ended so; behind the walls that stand. Without an outcome it is under way."""
    now = timezone.now()
    is_refused = outcome in ("model.budget_spent", "model.not_configured")
    month, _ = MonthlyUse.objects.get_or_create(month=budget.month_of(now))
    columns: dict[str, Any] = {
        "purpose": "refine", "recording_id": uuid.uuid4(), "client": "anthropic", "model": model,
        "retention": "standard", "shapes_only": False, "prompt_digest": uuid.uuid4().hex * 2, "request_bytes": 6_180,
        "reserved": 10_000, "lost_after": now + datetime.timedelta(minutes=3), **given,
    }  # fmt: skip
    if is_refused:
        return ModelCall.objects.create(month=month, state="refused", outcome=outcome, **columns)
    MonthlyUse.objects.filter(month=month.month).update(reserved=F("reserved") + columns["reserved"])
    call = ModelCall.objects.create(month=month, **columns)
    if outcome:
        reserved = budget.Reserved(call.id, month.month, columns["reserved"])
        budget.settle(reserved, None if outcome == "ok" else Failure(outcome), took, milliseconds=2_417)
    call.refresh_from_db()
    return call
