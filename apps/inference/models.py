"""Which model may write a tenant's specs, every call of one, and what a month's calls took.

A row of a call holds what was asked of whom, how much and how it ended: no text of a prompt, and none of an answer.
What a row of a call says stays (``migrations/0002_calls_stay.py``).
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Final

from django.db import models
from django.db.models import Q

from specward.writing.models.client import Failure
from specward.writing.models.writers import Writer

MODEL_ID: Final = r"^[a-z0-9]+([.:-][a-z0-9]+)*$"
"""Ids of models as both APIs write them: ``claude-opus-5-5``, ``anthropic.claude-opus-5-5``."""
LONGEST_MODEL_ID: Final = 100
AWS_REGION: Final = r"^[a-z]{2}(-[a-z]+){1,2}-[1-9]$"
GEOS: Final = ("us", "global")
"""Where Anthropic may compute (``inference_geo``); empty: where its account says."""
MOST_TOKENS_A_MONTH: Final = 10**12


def _choices(values: type[Writer]) -> list[tuple[str, str]]:
    words = {
        Writer.BASELINE: "Baseline: the compiler, no model",
        Writer.REFINED: "Refined: a model groups and gives titles",
        Writer.AUTHORED: "Authored: a model writes the text",
    }
    return [(value.value, words[value]) for value in values]


WRITERS: Final = _choices(Writer)
OK: Final = "ok"
OUTCOMES: Final = (OK, *(failure.value for failure in Failure))
"""How a call can end. Empty: it has not, or nobody knows."""


class Client(models.TextChoices):
    """The way to a model."""

    NONE = "none", "None"
    ANTHROPIC = "anthropic", "Anthropic"
    BEDROCK = "bedrock", "Amazon Bedrock"


class Retention(models.TextChoices):
    """What the operator's contract with the provider says of prompts and answers. Neither of them allows training.

    Standard: the provider deletes them after its own period. Zero: it keeps none once it has answered."""

    STANDARD = "standard", "Standard"
    ZERO = "zero", "Zero data retention"


class ModelSettings(models.Model):
    """Of the whole tenant: one row, made when somebody first changes what is the default."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    writer = models.CharField(max_length=20, choices=WRITERS, default=Writer.BASELINE.value)
    client = models.CharField(max_length=20, choices=Client, default=Client.NONE)
    model = models.CharField(max_length=LONGEST_MODEL_ID, blank=True, help_text="Its id, as the API calls it.")
    region = models.CharField(
        max_length=40, blank=True, help_text="Of Bedrock, the AWS region; of Anthropic, us, global, or empty."
    )
    retention = models.CharField(max_length=20, choices=Retention, default=Retention.STANDARD)
    shapes_only = models.BooleanField(default=False, help_text="No name of a control goes to the model.")
    monthly_tokens = models.BigIntegerField(help_text="The most that the calls of a month may take; 0: none.")
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "model settings"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_model_settings"),
            models.CheckConstraint(condition=Q(writer__in=[w.value for w in Writer]), name="writer_is_known"),
            models.CheckConstraint(condition=Q(client__in=Client.values), name="model_client_is_known"),
            models.CheckConstraint(condition=Q(retention__in=Retention.values), name="model_retention_is_known"),
            models.CheckConstraint(
                condition=Q(writer=Writer.BASELINE.value) | ~Q(client=Client.NONE), name="writer_has_its_client"
            ),
            models.CheckConstraint(
                condition=Q(client=Client.NONE, model="") | (~Q(client=Client.NONE) & Q(model__regex=MODEL_ID)),
                name="client_has_its_model",
            ),
            models.CheckConstraint(
                condition=Q(client=Client.NONE, region="")
                | Q(client=Client.ANTHROPIC, region__in=["", *GEOS])
                | Q(client=Client.BEDROCK, region__regex=AWS_REGION),
                name="client_has_its_region",
            ),
            models.CheckConstraint(
                condition=Q(monthly_tokens__gte=0, monthly_tokens__lte=MOST_TOKENS_A_MONTH),
                name="monthly_tokens_are_some",
            ),
        ]

    def __str__(self) -> str:
        return "Model settings"


class MonthlyUse(models.Model):
    """What the calls of a calendar month (UTC) took, and what is reserved for those that are under way."""

    month = models.DateField(primary_key=True, help_text="Its first day.")
    used = models.BigIntegerField(default=0, help_text="Tokens of calls that ended. It only rises.")
    reserved = models.BigIntegerField(default=0, help_text="Tokens that calls under way may take at most.")

    class Meta:
        ordering: ClassVar = ["-month"]
        verbose_name_plural = "monthly use"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(used__gte=0, reserved__gte=0), name="use_is_not_negative"),
            models.CheckConstraint(condition=Q(month__day=1), name="use_is_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"Use of {self.month:%Y-%m}"


class ModelCall(models.Model):
    """One call of a model, from its reservation to its end."""

    class Purpose(models.TextChoices):
        """What for: group and give titles; write a spec; mend one that was objected to; try the settings, with no data
        of the tenant's."""

        REFINE = "refine", "Refine"
        AUTHOR = "author", "Author"
        REPAIR = "repair", "Repair"
        CHECK = "check", "Check"

    class State(models.TextChoices):
        RESERVED = "reserved", "Under way"
        SETTLED = "settled", "Ended"
        LOST = "lost", "Lost with its worker"
        REFUSED = "refused", "Not made: the budget or the settings did not allow it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    month = models.ForeignKey(MonthlyUse, on_delete=models.PROTECT, related_name="calls", db_column="month")
    purpose = models.CharField(max_length=20, choices=Purpose)
    recording_id = models.UUIDField(null=True, help_text="For whose spec it was; null for a check.")
    client = models.CharField(max_length=20, choices=Client)
    model = models.CharField(max_length=LONGEST_MODEL_ID)
    region = models.CharField(max_length=40, blank=True)
    retention = models.CharField(max_length=20, choices=Retention)
    shapes_only = models.BooleanField()
    prompt_digest = models.CharField(max_length=64, help_text="SHA-256 of the request's body as JSON, keys sorted.")
    request_bytes = models.PositiveIntegerField(help_text="Of the request's body, as JSON.")
    reserved = models.BigIntegerField(help_text="Tokens that it could take at most.")
    lost_after = models.DateTimeField(help_text="While it is under way: from then on its worker is taken for dead.")
    state = models.CharField(max_length=20, choices=State, default=State.RESERVED)
    outcome = models.CharField(max_length=40, blank=True, help_text="ok, or the code of a failure; empty: not known.")
    input_tokens = models.BigIntegerField(null=True, help_text="As the API counted; null where it did not say.")
    output_tokens = models.BigIntegerField(null=True)
    cache_read_tokens = models.BigIntegerField(null=True)
    cache_written_tokens = models.BigIntegerField(null=True)
    counted = models.BigIntegerField(default=0, help_text="Tokens that the month's budget was charged.")
    cost = models.DecimalField(
        max_digits=16, decimal_places=8, null=True, help_text="US dollars, estimated; null where no price is known."
    )
    milliseconds = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["created", "id"], name="calls_by_time"),
            models.Index(fields=["recording_id"], name="calls_by_recording"),
            models.Index(fields=["lost_after"], condition=Q(state="reserved"), name="calls_under_way"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(prompt_digest__regex=r"^[0-9a-f]{64}$"), name="call_has_its_digest"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, counted__gte=0), name="call_takes_no_less_than_nothing"
            ),
            models.CheckConstraint(
                condition=Q(counted__lte=models.F("reserved")), name="call_takes_no_more_than_reserved"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["settled", "refused"]) | ~Q(outcome=""), name="call_ended_somehow"
            ),
            models.CheckConstraint(condition=Q(outcome__in=["", *OUTCOMES]), name="call_outcome_is_known"),
        ]

    def __str__(self) -> str:
        return f"Call {self.id}"

    @property
    def tokens(self) -> dict[str, Any]:
        """As the API counted."""
        return {
            "input": self.input_tokens,
            "output": self.output_tokens,
            "cache_read": self.cache_read_tokens,
            "cache_written": self.cache_written_tokens,
        }
