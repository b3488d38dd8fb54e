"""Who asks, for the IDOR harness: every role, strangers, and credentials that are good no more, or not here."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from django.utils import timezone

from apps.access.permissions import NEVER_A_SCOPE, Permission, of_role
from apps.access.specimen import registered
from apps.accounts import tokens
from apps.accounts.models import Role, Session, Token, User
from apps.accounts.session_store import SessionStore
from apps.tenants.routing import Route
from apps.tenants.walls import PLATFORM_ID, Walls, behind

_A_DAY: Final = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant at its host, with one object of each kind, and a person of each role."""

    host: str
    tenant_id: uuid.UUID
    schema: str
    ids: dict[str, str]
    people: Mapping[Role, User]

    @property
    def walls(self) -> Walls:
        return Walls(self.schema, self.tenant_id)

    def permissions(self, role: Role) -> frozenset[Permission]:
        """What a role may do here."""
        return of_role(role, on_platform=self.tenant_id == PLATFORM_ID)


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody who asks at a host. ``permissions`` is all that they may do there; a stranger may nothing."""

    name: str
    host: str
    permissions: frozenset[Permission]
    is_stranger: bool
    cookie: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    def client(self) -> Client:
        """A fresh client that is them."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        client = Client(raise_request_exception=False, SERVER_NAME=self.host, headers=headers)
        if self.cookie is not None:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookie
        return client


def settle(host: str, route: Route) -> Place:
    """Puts people and specimens into a tenant; whoever calls takes them back."""
    with behind(Walls(route.schema, route.tenant_id)):
        ids: dict[str, str] = {}
        for kind, specimen in registered().items():
            ids[kind] = specimen.make(ids)
        return Place(host, route.tenant_id, route.schema, ids, {role: _person(role) for role in Role})


def _person(role: Role) -> User:
    now = timezone.now()
    window = (now - _A_DAY, now + _A_DAY) if role is Role.AUDITOR else (None, None)
    return User.objects.create(
        email=f"harness-{uuid.uuid4().hex}@harness.invalid",
        name=f"Harness {role.label}",
        role=role,
        window_from=window[0],
        window_until=window[1],
    )


def insiders(place: Place) -> list[Persona]:
    """A session for each role."""
    return [
        Persona(f"session of {role.value}", place.host, place.permissions(role), False, cookie=_cookie(place, role))
        for role in Role
    ]


def without(place: Place, permission: Permission) -> Persona:
    """An owner's token with every scope but one."""
    scopes = place.permissions(Role.OWNER) - NEVER_A_SCOPE - {permission}
    made = _token(place, scopes)
    return Persona(f"token without {permission.value}", place.host, scopes, False, token=made.secret)


def strangers(here: Place, elsewhere: Place) -> list[Persona]:
    """Nobody, credentials of this place that are good no more, and good ones of another place: all at this host."""
    nothing: frozenset[Permission] = frozenset()
    everything = here.permissions(Role.OWNER) - NEVER_A_SCOPE
    revoked, expired = _token(here, everything), _token(here, everything)
    with behind(here.walls):
        tokens.revoke(revoked.token)
        Token.objects.filter(id=expired.token.id).update(expires=timezone.now() - _A_DAY)
    foreign = _token(elsewhere, elsewhere.permissions(Role.OWNER) - NEVER_A_SCOPE)
    return [
        Persona("anonymous", here.host, nothing, True),
        Persona("revoked token", here.host, nothing, True, token=revoked.secret),
        Persona("expired token", here.host, nothing, True, token=expired.secret),
        Persona("foreign session", here.host, nothing, True, cookie=_cookie(elsewhere, Role.OWNER)),
        Persona("foreign token", here.host, nothing, True, token=foreign.secret),
    ]


def neighbours(elsewhere: Place) -> list[Persona]:
    """The owner of another tenant, at their own host, by session and by token."""
    may = elsewhere.permissions(Role.OWNER)
    token = _token(elsewhere, may - NEVER_A_SCOPE)
    return [
        Persona("other tenant's session", elsewhere.host, may, True, cookie=_cookie(elsewhere, Role.OWNER)),
        Persona("other tenant's token", elsewhere.host, may - NEVER_A_SCOPE, True, token=token.secret),
    ]


def _cookie(place: Place, role: Role) -> str:
    person = place.people[role]
    with behind(place.walls):
        store = SessionStore()
        store.create()
        store[SESSION_KEY] = str(person.id)
        store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        store[HASH_SESSION_KEY] = person.get_session_auth_hash()
        store.save()
        # Seen in the time to come: otherwise one of two answers that are compared would note that it was seen.
        Session.objects.filter(user=person).update(last_seen=timezone.now() + _A_DAY)
    return str(store.session_key)


def _token(place: Place, scopes: frozenset[Permission]) -> tokens.Made:
    texts = frozenset(scope.value for scope in scopes)
    with behind(place.walls):
        owner = place.people[Role.OWNER]
        made = tokens.make(owner, "Harness", texts, timezone.now() + _A_DAY, grantable=texts)
        Token.objects.filter(id=made.token.id).update(last_used=timezone.now() + _A_DAY, last_address="127.0.0.1")
    return made
