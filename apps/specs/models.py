"""Specs and their versions. What they say is sealed; states, numbers and digests are not."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.recordings.models import Recording
from apps.vault.fields import SealedBytesField, SealedJSONField, SealedManager, SealedTextField


class Spec(models.Model):
    """What is tested: one path through a site."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = SealedTextField(help_text="Made of the page's own words.")
    created = models.DateTimeField(auto_now_add=True)

    objects = SealedManager["Spec"]()

    class Meta:
        ordering: ClassVar = ["-created", "-id"]

    def __str__(self) -> str:
        return f"Spec {self.id}"


class SpecVersion(models.Model):
    """One text of a spec. It is never changed: an edit is another version."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        APPROVED = "approved", "Approved"
        RETIRED = "retired", "Retired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    spec = models.ForeignKey(Spec, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text: what is approved.")
    text = SealedTextField()
    sheet = SealedBytesField(help_text="What survives the recording: candidates and assertable texts, no page.")
    notes = SealedJSONField(
        help_text="What its reader should know: notes, secrets to supply, fixtures, what it requires."
    )
    recording = models.OneToOneField(
        Recording,
        on_delete=models.PROTECT,
        null=True,
        related_name="version",
        help_text="What it was made of: no recording is made into two. Null for an edit.",
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = SealedManager["SpecVersion"]()

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["spec", "number"], name="version_has_its_number"),
            models.UniqueConstraint(fields=["spec"], condition=Q(state="approved"), name="one_approved_version"),
            models.CheckConstraint(condition=Q(number__gte=1), name="versions_count_from_one"),
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of spec {self.spec_id}"
