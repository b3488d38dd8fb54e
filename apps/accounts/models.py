"""The people of a tenant and what proves who they are, in its own schema: one person in two tenants has two users."""

from __future__ import annotations

import datetime
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone


class Role(models.TextChoices):
    """What a person is in their tenant; what each may do is the permission table of apps/access."""

    OWNER = "owner", "Owner"
    ENGINEER = "engineer", "Engineer"
    COMPLIANCE_OFFICER = "compliance_officer", "Compliance officer"
    AUDITOR = "auditor", "Auditor"


def normal_email(email: str) -> str:
    """The one spelling of an address under which it is stored, looked up and counted."""
    return email.strip().lower()


class UserManager(models.Manager["User"]):
    """Users, found by any spelling of their address."""

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=normal_email(email or ""))


class User(AbstractBaseUser):
    """A person who signs in. There is no global flag: what they may do follows from their role.

    An auditor has a window, and outside of it neither they nor their tokens are anybody.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Stored in small letters (constraint below): text equality is leakproof and keeps its index behind the wall.
    email = models.EmailField(unique=True, error_messages={"unique": "Somebody here has this address already."})
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=30, choices=Role)
    is_active = models.BooleanField(default=True)
    window_from = models.DateTimeField(null=True, blank=True, help_text="Auditors only: first moment of access.")
    window_until = models.DateTimeField(null=True, blank=True, help_text="Auditors only: end of access.")
    created = models.DateTimeField(auto_now_add=True)
    password_changed = models.DateTimeField(null=True, blank=True, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    objects = UserManager()

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="user_email_in_small_letters"),
            models.CheckConstraint(
                # A comparison with NULL is neither true nor false, and would pass.
                condition=~Q(role=Role.AUDITOR)
                | Q(window_from__isnull=False, window_until__isnull=False, window_from__lt=F("window_until")),
                name="auditor_has_a_window",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.email = normal_email(self.email)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normal_email(self.email)
        super().save(*args, **kwargs)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password)
        self.password_changed = timezone.now()

    def may_enter(self, now: datetime.datetime) -> bool:
        """Whether they are anybody at this moment: active, and inside their window where they have one."""
        if not self.is_active:
            return False
        if self.role != Role.AUDITOR:
            return True
        if self.window_from is None or self.window_until is None:
            return False
        return self.window_from <= now < self.window_until


class Session(models.Model):
    """A browser that is signed in. The cookie's key is stored as its SHA-256 only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    data = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)
    address = models.GenericIPAddressField(null=True, blank=True)
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-last_seen"]

    def __str__(self) -> str:
        return f"Session of {self.user_id} since {self.created:%Y-%m-%d %H:%M}"


class Token(models.Model):
    """A credential for programs. Stored is an HMAC of it under a pepper; the secret is shown once, when it is made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=60, editable=False, help_text="What may be shown of it.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    pepper = models.CharField(max_length=20, editable=False, help_text="Under which pepper the digest is.")
    scopes = ArrayField(models.CharField(max_length=60))
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    last_address = models.GenericIPAddressField(null=True, blank=True, editable=False)
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    made_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="makes")

    class Meta:
        ordering: ClassVar = ["-created", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_good(self, now: datetime.datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked is None and now < self.expires


class Invitation(models.Model):
    """Somebody who was asked to join. The link's secret is stored as its SHA-256 only, once its mail was sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField()
    role = models.CharField(max_length=30, choices=Role)
    window_from = models.DateTimeField(null=True, blank=True)
    window_until = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="invitations")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    accepted = models.DateTimeField(null=True, blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created", "id"]

    def __str__(self) -> str:
        return f"{self.email} as {self.get_role_display()}"


class PasswordReset(models.Model):
    """A link to choose a new password; deleted when it is used. Its secret is stored as SHA-256 only, once its mail
    was sent."""

    digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="resets")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()


class Mail(models.Model):
    """A mail that is to be sent, and how far that is. Holds neither its text nor a link (apps/accounts/posting.py)."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        OBSOLETE = "obsolete", "Not needed any more"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40, help_text="Which letter it is.")
    about = models.CharField(max_length=64, help_text="The id of what it is about.")
    to = models.EmailField()
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(default=timezone.now, help_text="Nobody sends it before.")
    error = models.CharField(max_length=100, blank=True, help_text="What kind of failure the last one was.")
    created = models.DateTimeField(auto_now_add=True)
    sent = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created", "id"]
        indexes: ClassVar = [
            models.Index(fields=["state", "next_try"], name="mail_by_next_try"),
            models.Index(fields=["kind", "about"], name="mail_by_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}: {self.get_state_display()}"


class SignInFailures(models.Model):
    """How often signing in failed, by what was tried: an address, whether or not anybody has it, or a network."""

    class Subject(models.TextChoices):
        ADDRESS = "address", "E-mail address"
        NETWORK = "network", "Network"

    subject = models.CharField(max_length=10, choices=Subject)
    digest = models.CharField(max_length=64, help_text="Of the address or network: what is typed may be a password.")
    count = models.PositiveIntegerField(default=0)
    last = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "digest"], name="sign_in_failures_by_subject")
        ]
