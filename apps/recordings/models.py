"""Recordings and the certificates of their discard. A row never holds content: that is in the object store alone.

``life`` moves a recording from state to state, and the database refuses every other way (``migrations/0002_life.py``).
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.vault.fields import SealedManager, SealedTextField


class State(models.TextChoices):
    """A session's life. It ends in *discarded*."""

    ARRIVING = "arriving", "Arriving"
    RECEIVED = "received", "Received"
    GENERATING = "generating", "Generating"
    SPECIFIED = "specified", "Specified"
    FAILED = "failed", "Failed"
    DISCARDING = "discarding", "Being discarded"
    DISCARDED = "discarded", "Discarded"


class Step(models.TextChoices):
    """How far the generation is."""

    NONE = "", "-"
    TRACING = "tracing", "Reading what was done"
    WRITING = "writing", "Writing the spec"
    ASKING = "asking", "Asking the model"
    SAVING = "saving", "Saving the spec"


class Why(models.TextChoices):
    """Why a recording is discarded."""

    SPECIFIED = "specified", "Its spec was made"
    RETENTION = "retention", "Its retention ended"
    ASKED = "asked", "Somebody asked for it"
    END_USER = "end_user", "The recorded person is to be forgotten"


class Recording(models.Model):
    """One uploaded session."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = SealedTextField(
        null=True, help_text="What the uploader called it: never part of a path, and gone with the content."
    )
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the bytes as they came.")
    size = models.BigIntegerField(default=0, help_text="Bytes as they came.")
    state = models.CharField(max_length=20, choices=State, default=State.ARRIVING)
    reason = models.CharField(max_length=60, blank=True, help_text="The stable code of why it failed.")
    step = models.CharField(max_length=20, choices=Step, blank=True, default=Step.NONE)
    fence = models.PositiveIntegerField(default=0, help_text="Counts the workers that took it; the last one counts.")
    turns_before = models.PositiveIntegerField(default=0, help_text="The fence when this try was asked for.")
    next_look = models.DateTimeField(help_text="While somebody has it: nobody else takes it before.")
    keep_days = models.PositiveIntegerField(help_text="The plan's when it came; 0: until its spec.")
    discard_after = models.DateTimeField()
    discard_why = models.CharField(max_length=20, choices=Why, blank=True)
    end_user = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="The recorded person's id, as an HMAC under a sealed key."
    )
    uploaded_by_kind = models.CharField(max_length=20)
    uploaded_by_id = models.UUIDField(null=True)
    uploaded_by_name = models.CharField(max_length=200, blank=True)
    held = models.DateTimeField(null=True, help_text="Since when it is under a legal hold.")
    held_by_id = models.UUIDField(null=True)
    held_by_name = models.CharField(max_length=200, blank=True)
    held_why = models.CharField(max_length=500, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    specified = models.DateTimeField(null=True)
    discarded = models.DateTimeField(null=True)

    objects = SealedManager["Recording"]()

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["digest"],
                condition=~Q(digest="") & (Q(discarded__isnull=True) | Q(specified__isnull=False)),
                name="recording_uploaded_once",
            ),
            models.CheckConstraint(
                condition=Q(held__isnull=True) | ~Q(state__in=[State.DISCARDING, State.DISCARDED]),
                name="recording_hold_wins",
            ),
            models.CheckConstraint(
                condition=Q(held__isnull=True) | ~Q(held_why=""), name="recording_hold_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(state=State.ARRIVING) | Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="recording_has_its_digest",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.FAILED) | ~Q(reason=""), name="recording_failed_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Recording {self.id}"

    @property
    def object_name(self) -> str:
        """Its name in the object store: made of the id and of nothing that came with it."""
        return f"recordings/{self.id}"


class Certificate(models.Model):
    """That a recording was discarded: which bytes, how many, why, and when. Only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="certificate")
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    reason = models.CharField(max_length=20, choices=Why)
    discarded = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["-discarded", "-id"]

    def __str__(self) -> str:
        return f"Certificate of recording {self.recording_id}"


class Upload(models.Model):
    """A recording that comes in parts. The parts are objects of the store, sealed; the row says which of them count."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = SealedTextField(help_text="What the uploader calls it: never part of a path.")
    size = models.BigIntegerField(help_text="Bytes that were announced.")
    offset = models.BigIntegerField(default=0, help_text="Bytes that are here. It only rises.")
    parts: models.JSONField[list[str], list[str]] = models.JSONField(
        default=list, help_text="The names of their objects, in order."
    )
    sha256 = models.CharField(max_length=64, blank=True, help_text="What the bytes should have.")
    end_user = models.CharField(max_length=64, blank=True, help_text="As that of a recording.")
    by_id = models.UUIDField(help_text="Who began it, and alone may go on.")
    expires = models.DateTimeField(help_text="When it is cleared away.")
    completing = models.DateTimeField(null=True, help_text="Since when its parts are read as one recording.")
    recording = models.ForeignKey(
        Recording, on_delete=models.CASCADE, null=True, related_name="+", help_text="What it has become."
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = SealedManager["Upload"]()

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(size__gte=1, offset__gte=0, offset__lte=models.F("size")), name="upload_is_within_its_size"
            ),
        ]

    def __str__(self) -> str:
        return f"Upload {self.id}"
