"""Legal holds of a log: while one stands, nothing of the log is pruned, whatever the plan says.

The database holds to it by itself (apps/audit/retention_functions.py). A hold is placed, and lifted once; its row stays
as a record.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.audit.acting import Actor, narrating
from apps.audit.errors import HoldLifted


class Hold(models.Model):
    """Who placed it and why, and who lifted it and why. The moments are given by the database."""

    objects: ClassVar[models.Manager[Hold]] = models.Manager()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    why = models.CharField(max_length=500)
    placed = models.DateTimeField(editable=False, default=None)
    placed_by_id = models.UUIDField(null=True, editable=False)
    placed_by_name = models.CharField(max_length=200, blank=True, editable=False)
    lifted = models.DateTimeField(null=True, editable=False, help_text="When it was lifted; null while it stands.")
    lifted_by_id = models.UUIDField(null=True, editable=False)
    lifted_by_name = models.CharField(max_length=200, blank=True, editable=False)
    lifted_why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-placed", "id"]
        verbose_name = "legal hold of the log"
        verbose_name_plural = "legal holds of the log"
        indexes: ClassVar = [models.Index(fields=["-placed", "id"], name="audit_hold_by_time")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(lifted__isnull=True) | ~Q(lifted_why=""), name="audit_hold_lifted_for")
        ]

    def __str__(self) -> str:
        return self.why[:200]


def standing() -> models.QuerySet[Hold]:
    """The holds under which the log of the tenant is, whose walls stand."""
    return Hold.objects.filter(lifted__isnull=True)


def place(by: Actor, why: str) -> Hold:
    """Keeps the whole log from now on. Waits for a batch that is being pruned at this moment, at most some seconds."""
    with narrating("A legal hold of the log was placed"):
        return Hold.objects.create(
            why=why.strip()[:500], placed=Now(), placed_by_id=by.id, placed_by_name=by.name[:200]
        )


def lift(id: uuid.UUID, by: Actor, why: str) -> None:
    """Ends a hold. What is past its retention goes with the next pruning, unless another hold stands.

    Raises :class:`HoldLifted` where somebody has lifted it already.
    """
    with narrating("A legal hold of the log was lifted"):
        lifted = (
            standing()
            .filter(id=id)
            .update(lifted=Now(), lifted_by_id=by.id, lifted_by_name=by.name[:200], lifted_why=why.strip()[:500])
        )
    if not lifted:
        raise HoldLifted(id)
