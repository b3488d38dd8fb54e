"""When reports are mailed, to whom, and which were: in the tenant's own schema.

A report holds its content once it is composed, and is mailed as it was then, however long that takes.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts.models import Role, User


class Schedule(models.Model):
    """A report that comes again and again. One that is taken away stays, since its reports do."""

    class Every(models.TextChoices):
        WEEK = "week", "Every week"
        MONTH = "month", "Every month"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    every = models.CharField(max_length=10, choices=Every)
    weekday = models.PositiveSmallIntegerField(null=True, help_text="Of a weekly one: 0 is Monday.")
    day = models.PositiveSmallIntegerField(null=True, help_text="Of a monthly one: 1 to 31; the last where it is less.")
    hour = models.PositiveSmallIntegerField(help_text="On the clocks of the zone.")
    zone = models.CharField(max_length=64, help_text="IANA time zone.")
    roles = ArrayField(models.CharField(max_length=30, choices=Role), default=list, help_text="Who gets it by role.")
    with_pdf = models.BooleanField(default=True)
    enabled = models.BooleanField(default=True)
    next_due = models.DateTimeField(help_text="When the next one begins.")
    covered = models.DateTimeField(default=timezone.now, help_text="What was before stands in an earlier report.")
    created = models.DateTimeField(default=timezone.now)
    removed = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(every="week", weekday__isnull=False, weekday__lte=6, day__isnull=True)
                | Q(every="month", day__isnull=False, day__gte=1, day__lte=31, weekday__isnull=True),
                name="report_schedule_has_its_day",
            ),
            models.CheckConstraint(condition=Q(hour__lte=23), name="report_schedule_has_an_hour"),
        ]
        indexes: ClassVar = [models.Index(fields=["next_due"], name="report_schedule_due")]

    def __str__(self) -> str:
        return self.name


class Recipient(models.Model):
    """Somebody who gets the reports of a schedule: a person of the tenant, by their role, or an address besides.

    Nobody of the latter is sent a report before they have confirmed; who has unsubscribed is sent none, whatever their
    role.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="recipients")
    email = models.EmailField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+", help_text="By their role.")
    digest = models.CharField(max_length=64, unique=True, null=True, editable=False, help_text="Of the link's secret.")
    expires = models.DateTimeField(null=True, help_text="The end of that link.")
    confirmed = models.DateTimeField(null=True)
    unsubscribed = models.DateTimeField(null=True)
    created = models.DateTimeField(default=timezone.now)
    removed = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["created", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["schedule", "email"], condition=Q(removed__isnull=True), name="report_recipient_once"
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def state(self) -> str:
        """In a word: ``unsubscribed``, ``confirmed`` or ``asked``."""
        if self.unsubscribed is not None:
            return "unsubscribed"
        return "confirmed" if self.confirmed is not None else "asked"


class Report(models.Model):
    """One report: of which time, what stood in it, and how far it is."""

    class State(models.TextChoices):
        WAITING = "waiting", "To be composed"
        READY = "ready", "Being mailed"
        DONE = "done", "Mailed"
        FAILED = "failed", "Could not be composed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="reports")
    due = models.DateTimeField(help_text="Of which turn of its schedule it is, or when somebody asked for it.")
    since = models.DateTimeField(help_text="The beginning of what it tells of.")
    until = models.DateTimeField(help_text="The end of what it tells of.")
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(default=timezone.now, help_text="Nobody is at it before.")
    error = models.CharField(max_length=100, blank=True, help_text="What kind of failure the last one was.")
    content = models.JSONField(null=True, help_text="What stands in it, once it is composed.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of that, in hexadecimal.")
    pdf = models.BinaryField(null=True)
    composed = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-due", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["schedule", "due"], name="report_once_a_turn"),
            models.CheckConstraint(condition=Q(since__lte=F("until")), name="report_of_a_time"),
            models.CheckConstraint(
                condition=Q(content__isnull=True) | ~Q(digest=""), name="report_content_has_its_digest"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-due", "-id"], name="report_newest"),
            models.Index(fields=["next_try"], condition=Q(state__in=["waiting", "ready"]), name="report_open"),
        ]

    def __str__(self) -> str:
        return f"Report of {self.due:%Y-%m-%d}"


class Mailing(models.Model):
    """A report to one recipient, and how far that is.

    ``handing`` is noted before the mail server is told that the mail is whole. Who finds it set, and no answer noted,
    does not know whether it was taken: then it is not sent again by itself.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        UNKNOWN = "unknown", "Not known whether it arrived"
        FAILED = "failed", "Failed"
        OBSOLETE = "obsolete", "Not wanted any more"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="mailings")
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="mailings")
    to = models.EmailField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(default=timezone.now, help_text="Nobody is at it before.")
    handing = models.DateTimeField(null=True, help_text="When the server was about to be told that it is whole.")
    error = models.CharField(max_length=100, blank=True, help_text="What kind of failure the last one was.")
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["to", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "recipient"], name="report_mailed_once_to_each")
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try"], condition=Q(state="waiting"), name="report_mailing_open"),
        ]

    def __str__(self) -> str:
        return f"To {self.to}"


class UnsubscribeLink(models.Model):
    """A link in a mail by which its recipient gets no more of them. The secret is in the mail alone."""

    digest = models.CharField(max_length=64, primary_key=True, editable=False)
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="+")
    made = models.DateTimeField(default=timezone.now)


class Letterhead(models.Model):
    """The tenant's picture on its reports; one row at most."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    png = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="report_one_letterhead")]

    def __str__(self) -> str:
        return "Letterhead"
