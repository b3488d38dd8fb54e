"""A call of a model, for the IDOR harness."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.utils import timezone

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.inference.budget import month_of
from apps.inference.models import Client, ModelCall, MonthlyUse, Retention


def _call(made: Mapping[str, str]) -> str:
    now = timezone.now()
    month, _made = MonthlyUse.objects.get_or_create(month=month_of(now))
    call = ModelCall.objects.create(
        month=month,
        purpose=ModelCall.Purpose.REFINE,
        recording_id=made.get("recording"),
        client=Client.ANTHROPIC,
        model="claude-specimen",
        retention=Retention.STANDARD,
        shapes_only=False,
        prompt_digest=uuid.uuid4().hex * 2,
        request_bytes=1,
        reserved=1,
        lost_after=now,
        state=ModelCall.State.REFUSED,
        outcome="model.budget_spent",
    )
    return str(call.id)


register(Specimen("call", _call, Permission.INFERENCE_READ, ModelCall))
