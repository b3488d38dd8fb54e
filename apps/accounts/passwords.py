"""Rules for passwords beyond Django's own, and changing one."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from apps.accounts.models import PasswordReset, User
from apps.accounts.sessions import end_all

LONGEST: Final = 1000
"""Characters. Hashing is dear, and nobody shall make it dearer."""


class NotTooLong:
    """A password validator (``AUTH_PASSWORD_VALIDATORS``)."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(f"A password has at most {LONGEST} characters.", code="password_too_long")

    def get_help_text(self) -> str:
        return f"Your password has at most {LONGEST} characters."


@sensitive_variables("password")
def change_password(user: User, password: str) -> None:
    """Sets a new password, ends every session of the person, and spends every reset link that is under way.

    Raises ValidationError with what is wrong with the password. Whoever changes their own signs in again, or gets a new
    session by ``signing_in.begin_session``.
    """
    validate_password(password, user)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password", "password_changed"])
        end_all(user)
        PasswordReset.objects.filter(user=user).delete()
