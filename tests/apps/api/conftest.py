"""Programs of the cast: clients with a token."""

from __future__ import annotations

import datetime
import uuid

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from apps.access.permissions import NEVER_A_SCOPE, of_role
from apps.accounts import tokens
from apps.accounts.models import Role, User
from apps.tenants.walls import behind
from tests.apps.recordings.conftest import asked, store  # noqa: F401
from tests.apps.signing_in import user, walls_of
from tests.cast import ADA, ALICE, BOB, MALLORY, Person

ROOT = "/api/v1"


@pytest.fixture(autouse=True)
def _nothing_counted_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Valkey is everybody's: clearing it would take away what another worker has counted."""
    monkeypatch.setattr(caches["default"], "key_prefix", uuid.uuid4().hex)


def token_of(person: Person, *scopes: str, name: str = "CI") -> tokens.Made:
    """A token with these scopes, or with all that the role may give."""
    with behind(walls_of(person)):
        account: User = user(person)
        every = {permission.value for permission in of_role(Role(account.role)) - NEVER_A_SCOPE}
        expires = timezone.now() + datetime.timedelta(days=30)
        return tokens.make(account, name, scopes or every, expires, grantable=frozenset(every))


class Program(Client):
    """Speaks JSON to the API at the host of its person, by a token."""

    def __init__(self, person: Person, *scopes: str, host: str | None = None) -> None:
        self.person = person
        self.token = token_of(person, *scopes)
        headers = {"Authorization": f"Bearer {self.token.secret}"}
        super().__init__(raise_request_exception=False, SERVER_NAME=host or person.tenant.host, headers=headers)

    def send(self, method: str, path: str, body: object = None, **headers: str):
        """A body of bytes is a part of an upload."""
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        given = {"content_type": kind, "data": body if body is not None else ""} if method != "get" else {}
        return getattr(super(), method)(
            ROOT + path, **given, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )


@pytest.fixture
def alices(alice: User) -> Program:
    return Program(ALICE)


@pytest.fixture
def bobs(bob: User) -> Program:
    return Program(BOB)


@pytest.fixture
def adas(ada: User) -> Program:
    return Program(ADA)


@pytest.fixture
def mallorys(mallory: User) -> Program:
    return Program(MALLORY)


def in_days(days: float) -> str:
    return (timezone.now() + datetime.timedelta(days=days)).isoformat()


NEW = {"name": "Nightly", "scopes": ["users.read"]}
"""Of a token, without its end."""
