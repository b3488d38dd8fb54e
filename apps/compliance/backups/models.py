"""What a rehearsal of restoring left: for each tenant a row of its own, which says nothing of the others."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class Rehearsal(models.Model):
    """Everything was dumped, restored beside, and this tenant's part compared. Written by the owner of the database."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(help_text="The moment that was restored.")
    took_ms = models.PositiveBigIntegerField(help_text="Milliseconds, from the dump to the comparison of all.")
    same = models.BooleanField(help_text="All that was restored is as it was.")
    because = models.TextField(blank=True, help_text="Why it is not.")
    tables = models.PositiveIntegerField(help_text="Of this tenant, compared row by row.")
    rows = models.PositiveBigIntegerField(help_text="In them.")
    differing = models.JSONField(default=list, help_text="Tables and other parts that are not as they were.")
    log_size = models.BigIntegerField(null=True, help_text="Entries under the newest signed head of the restored log.")
    log_root = models.CharField(max_length=64, blank=True, help_text="Its root, in hexadecimal.")

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [models.Index(fields=["-at", "-id"], name="compliance_rehearsal_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {'the same' if self.same else 'not the same'}"
