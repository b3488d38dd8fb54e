"""A client that is counted: each call is reserved in the month's budget, made with no transaction open, and settled."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from django.db import connection

from apps.inference import budget
from apps.inference.errors import TransactionOpen
from apps.inference.models import ModelCall, ModelSettings
from specward.writing.models.client import Answer, Failure, ModelClient, ModelFailed, Prompt


@dataclass(frozen=True)
class Metered:
    """Asks ``plain`` for the tenant behind whose walls this runs, by the settings that were ``chosen``.

    ``purpose`` is that of a first question; one that holds objections is a repair.
    """

    plain: ModelClient
    chosen: ModelSettings
    purpose: ModelCall.Purpose
    recording_id: uuid.UUID | None

    @property
    def model(self) -> str:
        """The model's id, as the API calls it."""
        return self.plain.model

    def ask(self, prompt: Prompt, *, seconds: float, call_id: uuid.UUID | None = None) -> Answer:
        """See :class:`~specward.writing.models.client.ModelClient`. Raises :class:`TransactionOpen` within one.

        ``call_id`` is the id that its row is to have; None: any.
        """
        if connection.in_atomic_block:
            raise TransactionOpen
        purpose = ModelCall.Purpose.REPAIR if prompt.turns else self.purpose
        reserved = budget.reserve(
            self.chosen, purpose, prompt, recording_id=self.recording_id, seconds=seconds, call_id=call_id
        )
        if isinstance(reserved, Failure):
            raise ModelFailed(reserved)
        began = time.monotonic()
        answer: Answer | None = None
        failed: ModelFailed | None = None
        try:
            answer = self.plain.ask(prompt, seconds=seconds)
        except ModelFailed as refused:
            failed = refused
        except BaseException:
            # The task was told to stop, or it is a defect: what the model has done by now nobody knows.
            budget.give_up(reserved)
            raise
        outcome = failed.failure if failed is not None else None
        tokens = answer.tokens if answer is not None else failed.tokens if failed is not None else None
        milliseconds = round((time.monotonic() - began) * 1000)
        stands = budget.settle(reserved, outcome, tokens, milliseconds=milliseconds)
        if answer is not None and stands is None:
            return answer
        raise ModelFailed(stands or Failure.MALFORMED, tokens=tokens) from None
