"""Specimens of accounts."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping

from django.utils import timezone

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.accounts import links, tokens
from apps.accounts.models import Invitation, PasswordReset, Role, Session, Token, User

_A_DAY = datetime.timedelta(days=1)


def _user(_: Mapping[str, str]) -> str:
    email = f"specimen-{uuid.uuid4().hex}@specimen.invalid"
    return str(User.objects.create(email=email, name="Specimen", role=Role.ENGINEER).id)


def _token(made: Mapping[str, str]) -> str:
    user = User.objects.get(id=made["user"])
    scope = Permission.USERS_READ.value
    return str(tokens.make(user, "Specimen", [scope], timezone.now() + _A_DAY, grantable=frozenset({scope})).token.id)


def _session(made: Mapping[str, str]) -> str:
    return str(Session.objects.create(user_id=made["user"], digest=uuid.uuid4().hex * 2).id)


def _invitation(_: Mapping[str, str]) -> str:
    return str(_new_invitation(links.new_secret()).id)


def _invitation_link(_: Mapping[str, str]) -> str:
    secret = links.new_secret()
    _new_invitation(secret)
    return secret


def _new_invitation(secret: str) -> Invitation:
    return Invitation.objects.create(
        email=f"specimen-{uuid.uuid4().hex}@specimen.invalid",
        role=Role.ENGINEER,
        digest=links.digest(secret),
        expires=timezone.now() + _A_DAY,
    )


def _reset_link(made: Mapping[str, str]) -> str:
    secret = links.new_secret()
    PasswordReset.objects.create(user_id=made["user"], digest=links.digest(secret), expires=timezone.now() + _A_DAY)
    return secret


register(Specimen("user", _user, Permission.USERS_READ, User))
register(Specimen("token", _token, Permission.TOKENS_READ, Token))
register(Specimen("session", _session, Permission.USERS_MANAGE, Session))
register(Specimen("invitation", _invitation, Permission.USERS_READ, Invitation))
register(Specimen("invitation_link", _invitation_link, None, missing=links.new_secret, is_secret=True))
register(Specimen("reset_link", _reset_link, None, missing=links.new_secret, is_secret=True))
