"""Who the customers are, at which hosts, under which plan. Shared tables, in ``public``."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django_tenants.models import DomainMixin, TenantMixin

from apps.tenants.walls import PLATFORM_ID, schema_of


class Plan(models.Model):
    """What a customer has bought: limits that other apps read."""

    class Code(models.TextChoices):
        TEAM = "team", "Team"
        BUSINESS = "business", "Business"
        ENTERPRISE = "enterprise", "Enterprise"

    code = models.CharField(max_length=20, primary_key=True, choices=Code)
    seats = models.PositiveIntegerField(help_text="Users at most.")
    recording_days = models.PositiveIntegerField(help_text="Days that a recording is kept at most; 0: until its spec.")
    audit_days = models.PositiveIntegerField(help_text="Days that an audit entry is kept.")
    customer_keys = models.BooleanField(default=False, help_text="Sealed under a key of the customer's own.")
    customer_cloud = models.BooleanField(default=False, help_text="Specs may run in the customer's own cloud.")

    def __str__(self) -> str:
        return self.get_code_display()


class Tenant(TenantMixin, models.Model):
    """A customer, or the platform itself. Its schema follows from its id, and is made by provisioning."""

    class State(models.TextChoices):
        PREPARING = "preparing", "Preparing"
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        CLOSING = "closing", "Closing"
        LEFT = "left", "Left"

    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="tenants")
    state = models.CharField(max_length=20, choices=State, default=State.PREPARING)
    closes = models.DateTimeField(null=True, editable=False, help_text="From when on a closing tenant is dropped.")
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.schema_name = schema_of(self.id)
        super().save(*args, **kwargs)

    @property
    def is_platform(self) -> bool:
        return self.id == PLATFORM_ID


class Domain(DomainMixin, models.Model):
    """A host at which a tenant is reached."""


class Provisioning(models.Model):
    """A tenant that is to be made, and how far that is. Asked for by staff, done by a worker that is a migrator."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    host = models.CharField(max_length=253, unique=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    owner_email = models.EmailField()
    owner_name = models.CharField(max_length=100)
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    step = models.CharField(max_length=20, blank=True)
    error = models.TextField(blank=True)
    asked = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, editable=False)
    ended = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-asked"]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_state_display()}"


class StateChange(models.Model):
    """A tenant that is to be suspended, resumed, closed: who asked, why, and how far that is.

    Asked for by staff, done by a worker that is a migrator. Closing a tenant leaves a second row, which drops it once
    it is ``due``, and which calling it off takes back.
    """

    class Kind(models.TextChoices):
        SUSPEND = "suspend", "Suspend"
        RESUME = "resume", "Resume"
        CLOSE = "close", "Close"
        CALL_OFF = "call-off", "Call off the closing"
        DROP = "drop", "Drop"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CALLED_OFF = "called-off", "Called off"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant_id = models.UUIDField(db_index=True, editable=False)
    tenant_name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind)
    why = models.CharField(max_length=500)
    asked_by_id = models.UUIDField(null=True, editable=False)
    asked_by_name = models.CharField(max_length=100)
    asked_by_email = models.EmailField(blank=True)
    due = models.DateTimeField(default=timezone.now, help_text="Not done before.")
    closes = models.DateTimeField(null=True, help_text="Of a closing: from when on the tenant is dropped.")
    before = models.CharField(max_length=20, blank=True, help_text="The tenant's state before it was done.")
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    step = models.CharField(max_length=20, blank=True)
    error = models.TextField(blank=True)
    asked = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, editable=False)
    ended = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-asked"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.tenant_name}: {self.get_state_display()}"


class DropCertificate(models.Model):
    """That a tenant was dropped: what, how much of it, when, and at whose request. Written with the drop, in one
    transaction; no runtime role changes it."""

    tenant_id = models.UUIDField(primary_key=True, editable=False)
    tenant_name = models.CharField(max_length=100)
    schema = models.CharField(max_length=63)
    hosts: models.JSONField[Any, Any] = models.JSONField(help_text="The hosts at which it was reached.")
    rows: models.JSONField[Any, Any] = models.JSONField(help_text="How many rows each of its tables had.")
    bytes = models.BigIntegerField(help_text="What its tables and their indexes took on disk.")
    why = models.CharField(max_length=500)
    asked_by_name = models.CharField(max_length=100)
    asked_by_email = models.EmailField(blank=True)
    asked = models.DateTimeField(help_text="When its closing was asked for.")
    dropped = models.DateTimeField(help_text="When its schema was dropped.")

    class Meta:
        ordering: ClassVar = ["-dropped"]

    def __str__(self) -> str:
        return f"{self.tenant_name}, dropped on {self.dropped:%Y-%m-%d}"
