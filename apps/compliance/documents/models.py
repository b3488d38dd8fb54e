"""The document room of the platform: what lies in it, who asked for it, and each copy that was handed out."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts.models import User


class Document(models.Model):
    """A paper of the operator's. Its file lies sealed in the object store under ``stored``, and nowhere else."""

    class Kind(models.TextChoices):
        SOC2 = "soc2", "SOC 2 report"
        PENTEST = "pentest", "Summary of a penetration test"
        OTHER = "other", "Other document"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    about = models.CharField(max_length=300, blank=True, help_text="By whom it is and of which time.")
    made = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    stored = models.CharField(max_length=100, blank=True, help_text="Its name in the object store; empty: no file yet.")
    uploaded = models.DateTimeField(null=True)
    size = models.PositiveIntegerField(default=0, help_text="Bytes.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the file as it was uploaded.")
    pages = models.PositiveIntegerField(default=0)
    withdrawn = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-made", "-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_offered(self) -> bool:
        """Whether strangers are told of it."""
        return bool(self.stored) and self.withdrawn is None


class DocumentRequest(models.Model):
    """A visitor who wants a document, and how far that is. Secrets of links are kept as digests."""

    class State(models.TextChoices):
        ASKED = "asked", "Address not confirmed"
        CONFIRMED = "confirmed", "To be decided"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        REVOKED = "revoked", "Revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="requests")
    name = models.CharField(max_length=100)
    company = models.CharField(max_length=100)
    email = models.EmailField()
    network = models.CharField(max_length=64, help_text="From where it was asked, as a keyed digest.")
    asked = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    confirm_digest = models.CharField(max_length=64, unique=True, null=True)
    confirm_until = models.DateTimeField()
    confirmed = models.DateTimeField(null=True)
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was refused or revoked.")
    link_digest = models.CharField(max_length=64, unique=True, null=True)
    expires = models.DateTimeField(null=True, help_text="End of the link.")
    used = models.PositiveSmallIntegerField(default=0, help_text="Copies that were handed out.")
    most = models.PositiveSmallIntegerField(default=0, help_text="Copies that may be.")

    class Meta:
        ordering: ClassVar = ["-asked", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(used__lte=F("most")), name="document_copies_are_limited"),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(expires__isnull=False, decided_by__isnull=False),
                name="document_approval_ends",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["refused", "revoked"]) | ~Q(reason=""), name="document_refusal_has_a_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "asked"], name="document_request_by_state"),
            models.Index(fields=["network", "asked"], name="document_request_by_network"),
        ]

    def __str__(self) -> str:
        return f"Request of {self.asked:%Y-%m-%d %H:%M}"


class DocumentCopy(models.Model):
    """A copy that was handed out. Nothing of it is ever changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(DocumentRequest, on_delete=models.PROTECT, related_name="copies")
    serial = models.CharField(max_length=20, unique=True, help_text="Stands on each of its pages.")
    at = models.DateTimeField(default=timezone.now)
    address = models.GenericIPAddressField(null=True, help_text="To where it went.")

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return self.serial
