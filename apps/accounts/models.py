"""The people of a tenant, in its own schema: one person in two tenants has two accounts."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class Role(models.TextChoices):
    """What a person is in their tenant; what each may do is the permission table of apps/access."""

    OWNER = "owner", "Owner"
    ENGINEER = "engineer", "Engineer"
    COMPLIANCE_OFFICER = "compliance_officer", "Compliance officer"
    AUDITOR = "auditor", "Auditor"


class User(AbstractBaseUser):
    """A person who signs in. There is no global flag: what they may do follows from their role."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=30, choices=Role)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
