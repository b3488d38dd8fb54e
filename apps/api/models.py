"""What the API keeps of its own, in each tenant's schema."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class IdempotentAnswer(models.Model):
    """The answer to a POST with an ``Idempotency-Key``, to be given again. It never holds a secret."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64, help_text="HMAC-SHA-256 of what the client chose.")
    request = models.CharField(max_length=64, help_text="HMAC-SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField()
    body: models.JSONField[Any, Any] = models.JSONField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_for_a_key")]
        indexes: ClassVar = [models.Index(fields=["created"], name="idempotent_by_age")]

    def __str__(self) -> str:
        return f"Answer {self.status} of {self.created:%Y-%m-%d %H:%M}"
