"""Whatever a model's server does, a call ends within its time, as a row, with nothing left reserved."""

from __future__ import annotations

import time
from typing import Any

import pytest

from apps.inference.models import OUTCOMES, ModelCall, MonthlyUse
from apps.tenants.models import Tenant
from specward.doubles import Chaos, Chaotic, serving
from specward.writing.models.client import ModelFailed
from tests.apps.inference.conftest import KEY, PROMPT, WANTED, client_of_acme, refined

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
SECONDS = 0.5
LATE = 3.0
"""Beside the limit: the client's own second, and a machine under load."""


def test_each_failure_is_settled_within_its_time_and_never_above_what_was_reserved(
    in_acme: Tenant, settings: Any
) -> None:
    settings.MODEL_ANTHROPIC_KEY = KEY
    refined(monthly_tokens=10 * len(Chaos) * WANTED)
    took: dict[str, float] = {}
    # The first is not timed: the provider's package is loaded with it.
    for chaos in (Chaos.REFUSAL, *Chaos):
        with serving(Chaotic(chaos)) as address:
            settings.MODEL_URL = address
            began = time.monotonic()
            try:
                client_of_acme().ask(PROMPT, seconds=SECONDS)
                said = "ok"
            except ModelFailed as failed:
                said = failed.failure.value
            took[chaos.value] = time.monotonic() - began
        call = ModelCall.objects.order_by("-created")[0]
        assert (call.state, call.outcome) == ("settled", said), chaos
        assert 0 <= call.counted <= call.reserved == WANTED, chaos
    assert ModelCall.objects.count() == len(Chaos) + 1
    assert {call.outcome for call in ModelCall.objects.all()} <= set(OUTCOMES)
    assert {name: seconds for name, seconds in took.items() if seconds > SECONDS + LATE} == {}
    month = MonthlyUse.objects.get()
    assert month.reserved == 0
    assert month.used == sum(ModelCall.objects.values_list("counted", flat=True))
