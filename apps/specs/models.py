"""Specs, their versions, and which sessions walked their path. What they say is sealed; states, numbers and digests
are not.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.recordings.models import Recording
from apps.vault.fields import SealedBytesField, SealedJSONField, SealedManager, SealedTextField
from specward.writing.models.client import IN_WORDS, Failure
from specward.writing.models.writers import Writer


class Spec(models.Model):
    """What is tested: one path through a site."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = SealedTextField(help_text="Made of the page's own words, or what an approved edit calls it.")
    path = models.CharField(
        max_length=64, blank=True, help_text="Equal for sessions that walked the same path: an HMAC of its signature."
    )
    created = models.DateTimeField(auto_now_add=True)
    retired = models.DateTimeField(null=True, help_text="Since when it is not used any more.")
    retired_by_id = models.UUIDField(null=True)
    retired_by_name = models.CharField(max_length=200, blank=True)

    objects = SealedManager["Spec"]()

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["path"], condition=Q(retired__isnull=True) & ~Q(path=""), name="one_spec_for_each_path"
            ),
        ]

    def __str__(self) -> str:
        return f"Spec {self.id}"


class Sighting(models.Model):
    """That a session walked the path of a spec. The recording may be long gone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    spec = models.ForeignKey(Spec, on_delete=models.CASCADE, related_name="sightings")
    recording = models.OneToOneField(
        Recording, on_delete=models.PROTECT, related_name="sighting", help_text="A session has one path."
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created", "-id"]

    def __str__(self) -> str:
        return f"Recording {self.recording_id} on the path of spec {self.spec_id}"


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
        help_text="What its reader should know: notes, secrets to supply, fixtures, what it requires, and from which "
        "events of the recording each action was read."
    )
    recording = models.OneToOneField(
        Recording,
        on_delete=models.PROTECT,
        null=True,
        related_name="version",
        help_text="What it was made of: no recording is made into two. Null for an edit.",
    )
    writer = models.CharField(
        max_length=20,
        blank=True,
        choices=[(one.value, one.value.capitalize()) for one in Writer],
        help_text="Who was to write it when it was generated; empty for an edit.",
    )
    fallback = models.CharField(
        max_length=40,
        blank=True,
        help_text="Why the baseline wrote it all the same, as a code; empty where it did not have to.",
    )
    based_on = models.PositiveIntegerField(null=True, help_text="The number of the version that was edited.")
    ungrounded = models.PositiveIntegerField(
        default=0, help_text="What the recording does not bear out, counted: somebody else has to vouch for it."
    )
    written_by_id = models.UUIDField(null=True, help_text="Null: it was generated.")
    written_by_name = models.CharField(max_length=200, blank=True)
    approved = models.DateTimeField(null=True)
    approved_by_id = models.UUIDField(null=True)
    approved_by_name = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = SealedManager["SpecVersion"]()

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["spec", "number"], name="version_has_its_number"),
            models.UniqueConstraint(fields=["spec"], condition=Q(state="approved"), name="one_approved_version"),
            models.CheckConstraint(condition=Q(number__gte=1), name="versions_count_from_one"),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved__isnull=False, approved_by_id__isnull=False),
                name="version_is_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ungrounded=0)
                | Q(approved_by_id__isnull=True)
                | Q(written_by_id__isnull=True)
                | ~Q(approved_by_id=F("written_by_id")),
                name="ungrounded_version_needs_another_person",
            ),
            models.CheckConstraint(
                condition=Q(fallback="") | Q(writer__in=[Writer.REFINED.value, Writer.AUTHORED.value]),
                name="only_a_model_falls_back",
            ),
            models.CheckConstraint(
                condition=Q(recording__isnull=False)
                | Q(written_by_id__isnull=False, based_on__isnull=False)
                | Q(number=1),
                name="edit_has_its_writer",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of spec {self.spec_id}"

    @property
    def by_model(self) -> bool:
        """Did a model write it?"""
        return self.writer not in ("", Writer.BASELINE) and not self.fallback

    @property
    def fell_back_since(self) -> str:
        """Why no model wrote it that was to, as a part of a sentence; empty where that is not so."""
        return IN_WORDS[Failure(self.fallback)] if self.fallback else ""
