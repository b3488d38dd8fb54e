"""What people keep in the console for themselves."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from apps.accounts.models import User
from apps.vault.fields import SealedManager, SealedTextField


class SavedFilter(models.Model):
    """A list as somebody likes to look at it. Private to its maker, and sealed: a search may hold a person's name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_filters")
    listing = models.CharField(max_length=60, help_text="The end of the address's name, such as audit.")
    name = SealedTextField()
    query = SealedTextField(help_text="As it stands in the address.")
    created = models.DateTimeField(auto_now_add=True)

    objects = SealedManager["SavedFilter"]()

    class Meta:
        ordering: ClassVar = ["created", "id"]
        indexes: ClassVar = [models.Index(fields=["user", "listing"], name="saved_of_person_and_list")]

    def __str__(self) -> str:
        return f"Saved filter {self.id}"
