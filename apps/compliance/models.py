"""What was seen, what is accepted, who watches: all of a tenant's compliance, in its own schema."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts.models import User
from apps.compliance.backups.models import Rehearsal
from apps.compliance.checking import Outcome
from apps.compliance.documents.models import Document, DocumentCopy, DocumentRequest
from apps.compliance.reports.models import Letterhead, Mailing, Recipient, Report, Schedule, UnsubscribeLink

__all__ = [
    "Acceptance", "Change", "CheckState", "Day", "Document", "DocumentCopy",
    "DocumentRequest", "Exempt", "Letterhead", "MailedCheckpoint", "Mailing", "Message",
    "Observation", "Recipient", "Rehearsal", "Report", "Run", "Schedule", "UnsubscribeLink",
]  # fmt: skip
"""Those of further modules are found here."""


class Run(models.Model):
    """A check that ran, and what it saw: the evidence. Nothing of it is ever changed.

    ``digest`` is over all of it (``running.digest_of``), and stands in the entry of the log that ``entry_id`` names.
    """

    class By(models.TextChoices):
        SCHEDULE = "schedule", "By the schedule"
        PERSON = "person", "Asked for by somebody"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    check_key = models.CharField(max_length=60)
    at = models.DateTimeField(help_text="When it began.")
    took_ms = models.PositiveIntegerField(help_text="Milliseconds.")
    outcome = models.CharField(max_length=10, choices=Outcome)
    because = models.TextField(blank=True)
    evidence = models.JSONField(default=dict)
    by = models.CharField(max_length=10, choices=By)
    code_version = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, help_text="SHA-256 in hexadecimal.")
    entry_id = models.BigIntegerField(help_text="The entry of the log that says so.")

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["check_key", "-at", "-id"], name="compliance_run_of_check"),
            models.Index(fields=["-at", "-id"], name="compliance_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.check_key} at {self.at:%Y-%m-%d %H:%M}"


class CheckState(models.Model):
    """How a check stands now, and when it runs next."""

    check_key = models.CharField(max_length=60, primary_key=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, help_text="Empty: it never ran.")
    since = models.DateTimeField(null=True, help_text="When it became so.")
    because = models.TextField(blank=True, help_text="What the last run says.")
    last_run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    last_at = models.DateTimeField(null=True)
    due = models.DateTimeField(default=timezone.now, help_text="It is not run by the schedule before.")
    claimed_until = models.DateTimeField(null=True, help_text="Somebody runs it; nobody else does before this.")

    class Meta:
        ordering: ClassVar = ["check_key"]

    def __str__(self) -> str:
        return self.check_key


class Change(models.Model):
    """An outcome that is another one than before."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    check_key = models.CharField(max_length=60)
    at = models.DateTimeField()
    before = models.CharField(max_length=10, choices=Outcome, blank=True)
    after = models.CharField(max_length=10, choices=Outcome)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="compliance_change_newest"),
            models.Index(fields=["check_key", "-at"], name="compliance_change_of_check"),
        ]


class Day(models.Model):
    """The runs of a check on one day of UTC, for pictures of long times."""

    id = models.BigAutoField(primary_key=True)
    check_key = models.CharField(max_length=60)
    day = models.DateField()
    worst = models.CharField(max_length=10, choices=Outcome)
    runs = models.PositiveIntegerField()
    bad = models.PositiveIntegerField(help_text="Of them failed, or could not look.")

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["check_key", "day"], name="compliance_day_once"),
            models.CheckConstraint(condition=Q(bad__lte=F("runs")), name="compliance_day_adds_up"),
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="compliance_day_by_day")]


class Exempt(models.Model):
    """A failing check that is accepted for a while: it stays visible as accepted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    check_key = models.CharField(max_length=60)
    reason = models.TextField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="Who sees to it.")
    expires = models.DateTimeField()
    made = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-made", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["check_key"], condition=Q(ended__isnull=True), name="compliance_one_exception_a_check"
            ),
            models.CheckConstraint(condition=Q(expires__gt=F("made")), name="compliance_exception_ends_later"),
            models.CheckConstraint(condition=~Q(reason=""), name="compliance_exception_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.check_key} until {self.expires:%Y-%m-%d}"


class Acceptance(models.Model):
    """Somebody accepted the promises as they were then."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="Over all that was promised: promises.digest().")
    promised = models.JSONField(default=list, help_text="All that was promised then, word by word: promises.as_data().")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=100)
    by_email = models.EmailField()

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"Version {self.version}"


class Observation(models.Model):
    """The days that an auditor looks at: of everything else they see nothing. Both days are meant, in UTC."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first = models.DateField()
    last = models.DateField()
    made = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-made", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="compliance_window_has_days"),
            models.UniqueConstraint(
                fields=["auditor"], condition=Q(ended__isnull=True), name="compliance_one_window_an_auditor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


class Message(models.Model):
    """What an auditor asks of a control, and what is answered. Nothing of it is ever changed."""

    class Kind(models.TextChoices):
        REQUEST = "request", "Request"
        ANSWER = "answer", "Answer"
        CLOSED = "closed", "Closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    control_key = models.CharField(max_length=60)
    auditor = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", help_text="Whose thread it is: one for each control."
    )
    kind = models.CharField(max_length=10, choices=Kind)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [models.Index(fields=["control_key", "auditor", "at"], name="compliance_thread")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} about {self.control_key}"


class MailedCheckpoint(models.Model):
    """A signed head of the log that left the house by mail. Nothing of it is ever changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64, help_text="In hexadecimal.")
    note = models.TextField(help_text="The signed note, as it was mailed.")
    mailed = models.DateTimeField(default=timezone.now)
    recipients = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["-mailed", "-id"]

    def __str__(self) -> str:
        return f"{self.size} entries"
