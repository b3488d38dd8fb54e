"""A tenant's key as we know it, and its secrets: tables in the tenant's schema."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from apps.vault.fields import SealedBytesField, SealedManager
from apps.vault.key_services import KeyState
from apps.vault.secret_stores import Stage


class TenantKey(models.Model):
    """What is told of the tenant's key: one row, whose id is the tenant's. The key itself is the key service's.

    ``state`` is what we were told to do with it. It is asked before the service is, so that a key is not used after
    the service was given back an older state of itself.
    """

    class State(models.TextChoices):
        ACTIVE = KeyState.ACTIVE.value, "Active"
        DISABLED = KeyState.DISABLED.value, "Disabled"
        DESTROYED = KeyState.DESTROYED.value, "Destroyed"

    id = models.UUIDField(primary_key=True, editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.ACTIVE)
    version = models.UUIDField(help_text="The version that seals.", editable=False)
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Key ({self.get_state_display().lower()})"


class StoredSecret(models.Model):
    """One version of a secret."""

    class Stages(models.TextChoices):
        PENDING = Stage.PENDING.value, "Waits"
        CURRENT = Stage.CURRENT.value, "Current"
        PREVIOUS = Stage.PREVIOUS.value, "The one before"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    stage = models.CharField(max_length=20, choices=Stages)
    value = SealedBytesField()
    created = models.DateTimeField(auto_now_add=True)

    objects = SealedManager["StoredSecret"]()

    class Meta:
        ordering: ClassVar = ["-created", "-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "stage"], name="one_version_for_each_stage")]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_stage_display().lower()})"
