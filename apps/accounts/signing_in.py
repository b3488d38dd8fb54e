"""Signing in and out. Whoever may not sign in learns nothing about why, also not from how long it took."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, cast

from django.contrib import auth
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apps.accounts import lockout
from apps.accounts.client_address import client_address
from apps.accounts.credentials import ANONYMOUS, Credential, Kind
from apps.accounts.models import User
from apps.accounts.passwords import LONGEST
from apps.accounts.session_store import SessionStore
from apps.audit.acting import ANONYMOUS as ANONYMOUS_ACTOR
from apps.audit.acting import Acting, become, current
from apps.audit.recording import insist, record
from apps.audit.requests import actor_of
from apps.audit.vocabulary import Action
from apps.tenants.routing import Route
from apps.tenants.walls import behind, connection

_FAILED: Final = "_failed_sign_ins"


@contextmanager
def as_claimed(request: HttpRequest) -> Iterator[None]:
    """Behind the walls of the host's own tenant, for somebody who has yet to prove who they are.

    Only for what a stranger may cause: a password compared, a failure counted, a link spent.
    """
    route = cast(Route, request.route)  # type: ignore[attr-defined]
    with behind(connection().walls.with_credentials(route.tenant_id)):
        yield


@sensitive_variables("password")
def sign_in(request: HttpRequest, email: str, password: str) -> User | None:
    """Signs somebody in at this host, with a new session under a new key; None where they may not, whyever.

    A refusal is best answered with 200 and the form: then the failure is counted in the same transaction. A response of
    400 and above takes it back, and it is counted again after that.
    """
    user = auth.authenticate(request, username=email, password=password)
    if user is None:
        return None
    begin_session(request, user)
    return user


def begin_session(request: HttpRequest, user: User) -> None:
    """Signs in a person who has just proven who they are, at the host of their tenant. Any session before is ended."""
    store = cast(SessionStore, request.session)
    store.flush()
    route = cast(Route, request.route)  # type: ignore[attr-defined]
    connection().set_credentials(route.tenant_id)
    request.user = user
    # From here on it is they who act: what follows is theirs in the log, and not a stranger's.
    become(replace(current() or Acting(ANONYMOUS_ACTOR), actor=actor_of(request)))
    address = client_address(request)
    store.address = None if address is None else str(address)
    store.browser = request.META.get("HTTP_USER_AGENT", "")
    auth.login(request, user, backend="apps.accounts.signing_in.PasswordBackend")
    store.save()
    record(Action.SIGN_IN, user)
    request.credential = Credential(Kind.SESSION, session=store.row)  # type: ignore[attr-defined]


def sign_out(request: HttpRequest) -> None:
    """Ends the session of this browser; whoever has kept its cookie has nothing."""
    if isinstance(request.user, User):
        record(Action.SIGN_OUT, request.user)
    auth.user_logged_out.send(sender=User, request=request, user=request.user)
    request.session.flush()
    rotate_token(request)
    request.user = AnonymousUser()
    request.credential = ANONYMOUS  # type: ignore[attr-defined]
    connection().set_credentials(None)


class PasswordBackend:
    """Django's way to a password, so that every form of Django's meets the lockout too."""

    @sensitive_variables("password")
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if request is None or username is None or password is None or not hasattr(request, "route"):
            return None
        one = lockout.attempt(username, client_address(request))
        with as_claimed(request):
            lockout.wait_for_turn(one)
            if lockout.is_locked(one):
                return None
            user, is_proven = _proven(username, password)
            if user is None or not is_proven:
                lockout.failed(one)
                request.__dict__.setdefault(_FAILED, []).append(one)
                # Of whom is not said where nobody has the address: what was typed may be a password.
                insist(request, Action.SIGN_IN_FAILED, user)
                return None
            lockout.succeeded(one)
            return user

    def get_user(self, user_id: uuid.UUID | str) -> User | None:
        """The user of a session, for Django's own code; ``CredentialWall`` has asked before."""
        return User.objects.filter(id=user_id).first()


@sensitive_variables("password")
def _proven(email: str, password: str) -> tuple[User | None, bool]:
    """Who has the address, and whether they may sign in with this password."""
    given = password if len(password) <= LONGEST else ""
    try:
        user = User.objects.get_by_natural_key(email.replace("\0", ""))
    except User.DoesNotExist:
        User().set_password(given)  # as long as comparing takes
        return None, False
    return user, user.check_password(given) and user.may_enter(timezone.now())


def count_again(request: HttpRequest, **_: Any) -> None:
    """A refusal took back what was counted: here it is counted again, in the transaction after it."""
    failed = getattr(request, _FAILED, [])
    if failed:
        with as_claimed(request):
            for one in failed:
                lockout.failed(one)
