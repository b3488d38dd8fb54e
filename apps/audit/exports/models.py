"""Exports of a log: what each is of, how far it is, and where its bytes are: in the object store, and nowhere else."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Final

from django.db import models
from django.db.models import Q

PIECE: Final = 4 * 1024 * 1024
"""Bytes of a piece; the last one has what is left."""


class Format(models.TextChoices):
    """What an export is written as."""

    JSONL = "jsonl", "JSON lines"
    CSV = "csv", "CSV"
    OCSF = "ocsf", "OCSF events"
    BUNDLE = "bundle", "Proof bundle"

    @property
    def content_type(self) -> str:
        return {
            Format.JSONL: "application/jsonl; charset=utf-8",
            Format.CSV: "text/csv; charset=utf-8",
            Format.OCSF: "application/jsonl; charset=utf-8",
            Format.BUNDLE: "application/zip",
        }[self]

    @property
    def ending(self) -> str:
        """Of a file's name, dot included."""
        return {Format.OCSF: ".ocsf.jsonl", Format.BUNDLE: ".zip"}.get(self, f".{self.value}")


class State(models.TextChoices):
    """An export's life: waiting -> making -> ready -> expired. It fails from *making*, and expires from there too."""

    WAITING = "waiting", "Waits for a worker"
    MAKING = "making", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    EXPIRED = "expired", "Expired"


class Export(models.Model):
    """An export of the log as it was when somebody asked: of the entries below ``size``, so never of its own entry.

    Its bytes follow from the row and the log. ``life`` moves it; the database holds what each state needs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    format = models.CharField(max_length=10, choices=Format)
    wanted: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict, help_text="The filters, by name (selecting.kept)."
    )
    only = models.BigIntegerField(null=True, help_text="The position of the one entry that it is of, where it is.")
    size = models.BigIntegerField(help_text="Entries of the log when it was asked for: the newest checkpoint's.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=60, blank=True, help_text="The stable code of why it failed.")
    fence = models.PositiveIntegerField(default=0, help_text="Counts the workers that took it; the last one counts.")
    next_look = models.DateTimeField(help_text="While somebody has it: nobody else takes it before.")
    looked = models.BigIntegerField(default=0, help_text="Positions of the log that were looked at.")
    entries = models.BigIntegerField(default=0, help_text="Entries that are in it.")
    piece = models.PositiveIntegerField(default=PIECE, help_text="Bytes of each piece but the last.")
    pieces: models.JSONField[list[str], list[str]] = models.JSONField(
        default=list, help_text="The names of their objects, in order."
    )
    bytes = models.BigIntegerField(default=0, help_text="Of all pieces.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of all bytes.")
    by_kind = models.CharField(max_length=20)
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True, help_text="When it was ready, or had failed.")
    expires = models.DateTimeField(null=True, help_text="When its pieces are deleted.")

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="export_has_a_state"),
            models.CheckConstraint(condition=Q(format__in=Format.values), name="export_has_a_format"),
            models.CheckConstraint(
                condition=~Q(state=State.READY) | Q(digest__regex=r"^[0-9a-f]{64}$", expires__isnull=False),
                name="export_ready_has_its_digest",
            ),
            models.CheckConstraint(condition=~Q(state=State.FAILED) | ~Q(reason=""), name="export_failed_for_a_reason"),
            models.CheckConstraint(
                condition=Q(size__gte=0, looked__gte=0, looked__lte=models.F("size")), name="export_is_within_its_log"
            ),
            models.CheckConstraint(
                condition=Q(only__isnull=True) | Q(only__gte=0, only__lt=models.F("size")),
                name="export_entry_is_within_its_log",
            ),
        ]

    def __str__(self) -> str:
        return f"Export {self.id}"

    @property
    def etag(self) -> str:
        """The entity tag of its file: strong, as its bytes never change."""
        return f'"{self.digest}"'

    @property
    def file_name(self) -> str:
        """Made of its time and its id, and of nothing that anybody typed."""
        kind = Format(self.format)
        named = "proof" if kind is Format.BUNDLE else "entries"
        return f"specward-audit-log-{named}-{self.created:%Y-%m-%d}-{str(self.id)[:8]}{kind.ending}"

    @property
    def folder(self) -> str:
        """Of its pieces, in the object store."""
        return f"{FOLDER}{self.id}/"


FOLDER: Final = "audit-exports/"
