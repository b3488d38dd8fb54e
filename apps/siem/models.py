"""Where a tenant's log is pushed to, in which form, how far that is, and how it goes.

Addresses and secrets are sealed. Of what a receiver answers, its status alone is kept.
"""

from __future__ import annotations

import uuid
from typing import ClassVar, Final

from django.db import models
from django.db.models import Q

from apps.vault.fields import SealedManager, SealedTextField
from apps.webhooks.models import Attempt


class Sink(models.Model):
    """A collector of the tenant's own. One that is taken away stays as a row without address and secret."""

    class Format(models.TextChoices):
        ARRAY = "json", "A JSON array of OCSF events"
        LINES = "jsonl", "OCSF events, one a line"
        SPLUNK = "splunk", "Splunk's HTTP Event Collector"

    class Proof(models.TextChoices):
        """How it is shown to the collector that it is us."""

        NOTHING = "none", "Nothing: the address is enough"
        BEARER = "bearer", "Authorization: Bearer"
        SPLUNK = "splunk", "Authorization: Splunk"
        HEADER = "header", "A header of its own"

    class Disabled(models.TextChoices):
        ASKED = "asked", "Somebody switched it off"
        FAILING = "failing", "It failed for days"
        REFUSED = "refused", "It refused everything for a day"
        GONE = "gone", "It answered that it is gone (410)"

    class Test(models.TextChoices):
        NONE = "none", "Never tried"
        WAITING = "waiting", "On its way"
        RUNNING = "running", "Being sent"
        ENDED = "ended", "Tried"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = SealedTextField(null=True, help_text="All of it: its path may be a secret. Null once it is taken away.")
    origin = models.CharField(max_length=300, help_text="Scheme, host and port, to tell it by.")
    description = models.CharField(max_length=200, blank=True)
    format = models.CharField(max_length=20, choices=Format)
    proof = models.CharField(max_length=20, choices=Proof)
    header = models.CharField(max_length=64, blank=True, help_text="The name of a header of its own.")
    secret = SealedTextField(null=True, help_text="The token, or what stands in the header.")
    batch_size = models.PositiveIntegerField(help_text="Events in one request, at most.")
    disabled_why = models.CharField(max_length=20, choices=Disabled, blank=True)
    disabled = models.DateTimeField(null=True, help_text="Since when it is switched off.")
    created = models.DateTimeField(auto_now_add=True)
    removed = models.DateTimeField(null=True)

    position = models.BigIntegerField(help_text="The first place of the log that was not delivered yet.")
    turn = models.BigIntegerField(default=0, help_text="Of whom a late word counts: the last who began.")
    tries = models.PositiveIntegerField(default=0, help_text="Failures since the last success.")
    next_try = models.DateTimeField(help_text="While somebody is at it: nobody else is before.")
    outcome = models.CharField(max_length=20, choices=Attempt.Outcome, blank=True, help_text="Of the last try.")
    status = models.PositiveSmallIntegerField(null=True, help_text="The HTTP status of the last try.")
    tried = models.DateTimeField(null=True, help_text="When the last try ended.")
    heard = models.DateTimeField(null=True, help_text="When the last batch was taken.")
    failing_since = models.DateTimeField(null=True, help_text="The first failure after the last success.")
    refused_since = models.DateTimeField(null=True, help_text="The first refusal in a row of nothing but refusals.")
    delivered = models.BigIntegerField(default=0, help_text="Events that were taken.")
    batches = models.BigIntegerField(default=0, help_text="Requests that were taken.")
    failed = models.BigIntegerField(default=0, help_text="Requests that were not.")
    pruned = models.BigIntegerField(default=0, help_text="Places whose entries were pruned before they were sent.")
    faulty = models.BigIntegerField(default=0, help_text="Places whose entries are not as they were logged.")

    test_state = models.CharField(max_length=20, choices=Test, default=Test.NONE)
    test_at = models.DateTimeField(null=True, help_text="When that was so first.")
    test_outcome = models.CharField(max_length=20, choices=Attempt.Outcome, blank=True)
    test_status = models.PositiveSmallIntegerField(null=True)
    test_took = models.PositiveIntegerField(null=True, help_text="Milliseconds.")

    objects = SealedManager["Sink"]()

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(removed__isnull=True) | Q(url__isnull=True, secret__isnull=True),
                name="sink_removed_without_its_secrets",
            ),
            models.CheckConstraint(
                condition=Q(disabled__isnull=True) | ~Q(disabled_why=""), name="sink_disabled_for_a_reason"
            ),
            models.CheckConstraint(condition=Q(position__gte=0), name="sink_stands_in_the_log"),
        ]

    def __str__(self) -> str:
        return self.origin


FORMATS: Final = tuple(Sink.Format.choices)
"""As choices, for the API."""
