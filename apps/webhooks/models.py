"""Where a tenant is told of events, under which keys, what there is to tell, and how telling it went.

Addresses and private keys are sealed. An event holds ids and a code: what they are of is asked for by the API.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.vault.fields import SealedBytesField, SealedManager, SealedTextField


class EventType(models.TextChoices):
    """What is told. The dots are the standard's."""

    SPEC_READY = "spec.ready", "A spec was made and waits for approval"
    SPEC_FAILED = "spec.failed", "No spec could be made of a recording"
    TEST = "webhook.test", "Somebody tries the endpoint"


class Endpoint(models.Model):
    """An address of the tenant's that is told of events. One that is taken away stays as a row without its address."""

    class Disabled(models.TextChoices):
        ASKED = "asked", "Somebody switched it off"
        FAILING = "failing", "It failed for days"
        GONE = "gone", "It answered that it is gone (410)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = SealedTextField(null=True, help_text="All of it: its path may be a secret. Null once it is taken away.")
    origin = models.CharField(max_length=300, help_text="Scheme, host and port, to tell it by.")
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(help_text="The types of events that it is told of.")
    disabled_why = models.CharField(max_length=20, choices=Disabled, blank=True)
    disabled = models.DateTimeField(null=True, help_text="Since when it is switched off.")
    failing_since = models.DateTimeField(null=True, help_text="The first failure after the last success.")
    created = models.DateTimeField(auto_now_add=True)
    removed = models.DateTimeField(null=True)

    objects = SealedManager["Endpoint"]()

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(removed__isnull=True) | Q(url__isnull=True), name="endpoint_removed_without_its_address"
            ),
            models.CheckConstraint(
                condition=Q(disabled__isnull=True) | ~Q(disabled_why=""), name="endpoint_disabled_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.origin


class SigningKey(models.Model):
    """A key pair (Ed25519) of the tenant. One is current; the one before signs beside it for a while."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    private = SealedBytesField(help_text="32 bytes, RFC 8032.")
    public = models.CharField(max_length=100, help_text="``whpk_`` and base64: what receivers verify with.")
    created = models.DateTimeField(auto_now_add=True)
    signs_until = models.DateTimeField(null=True, help_text="Null: it is the current one.")

    objects = SealedManager["SigningKey"]()

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["signs_until"],
                condition=Q(signs_until__isnull=True),
                nulls_distinct=False,
                name="one_current_signing_key",
            )
        ]

    def __str__(self) -> str:
        return self.public


class Event(models.Model):
    """Something to be told: the outbox. Its id is the message's, the same however often it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=40, choices=EventType)
    data = models.JSONField(help_text="Ids, and a stable code.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created", "-id"]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

    @property
    def message_id(self) -> str:
        """As receivers know it: no dot in it, since dots part what is signed."""
        return f"msg_{self.id.hex}"


class Delivery(models.Model):
    """An event on its way to an endpoint."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        ABANDONED = "abandoned", "Given up: the endpoint was switched off"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    next_try = models.DateTimeField(help_text="While somebody is at it: nobody else is before.")
    created = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            models.Index(fields=["next_try"], condition=Q(state="waiting"), name="deliveries_that_wait")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], condition=Q(state="waiting"), name="delivered_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"Delivery {self.id}"


class Attempt(models.Model):
    """One try: how it ended and how long it took. Nothing of what was answered is kept but the status."""

    class Outcome(models.TextChoices):
        OK = "ok", "Answered with 2xx"
        STATUS = "status", "Answered with another status"
        REFUSED_ADDRESS = "refused_address", "Its name leads to an address that nothing is sent to"
        UNREACHABLE = "unreachable", "Nobody answers there"
        TLS = "tls", "No trusted connection"
        TIMEOUT = "timeout", "Too slow"
        MALFORMED = "malformed", "What it answered is no HTTP"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=20, choices=Outcome)
    status = models.PositiveSmallIntegerField(null=True, help_text="The HTTP status, where there was one.")
    milliseconds = models.PositiveIntegerField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_has_its_number")]

    def __str__(self) -> str:
        return f"Attempt {self.number} of delivery {self.delivery_id}"
