"""Who the customers are, at which hosts, under which plan. Shared tables, in ``public``."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
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
        LEFT = "left", "Left"

    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="tenants")
    state = models.CharField(max_length=20, choices=State, default=State.PREPARING)
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
