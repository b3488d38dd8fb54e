"""One way to an object: 404 for what may not be known, 403 for what may not be done."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.access import objects
from apps.access.permissions import Permission
from apps.accounts import invitations, tokens
from apps.accounts.credentials import Credential, Kind
from apps.accounts.models import Role, Session, User
from apps.tenants.models import Tenant
from apps.tenants.routing import Route
from apps.tenants.walls import within
from tests.apps.signing_in import cookie_of, user
from tests.cast import ADA, ALICE, BOB, CORA, MALLORY, Person

P = Permission
Helper = Callable[[HttpRequest, str, P], object]


def asked_by(person: Person) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user(person)
    request.credential = Credential(Kind.SESSION)  # type: ignore[attr-defined]
    request.route = Route(person.tenant.id, Tenant.State.ACTIVE)  # type: ignore[attr-defined]
    return request


def answer(helper: Helper, person: Person, id: object, permission: P) -> str:
    request = asked_by(person)
    try:
        helper(request, str(id), permission)
    except Http404:
        return "404"
    except PermissionDenied:
        return "403"
    return "found"


@pytest.fixture
def ids(acme: Tenant, alice: User) -> dict[str, uuid.UUID]:
    with within(acme):
        cookie_of(ALICE)
        made = tokens.make(
            alice,
            "CI",
            ["users.read"],
            timezone.now() + datetime.timedelta(days=1),
            grantable=frozenset({"users.read"}),
        )
        return {
            "user": alice.id,
            "token": made.token.id,
            "session": Session.objects.get(user=alice).id,
            "invitation": invitations.invite(alice, "dora@acme.example", Role.ENGINEER).id,
        }


def test_who_finds_what(acme: Tenant, ids: dict[str, uuid.UUID]) -> None:
    cases: list[tuple[Helper, str, P, str]] = [
        #                                               Alice  Bob   Cora  Ada
        (objects.user_for, "user", P.USERS_READ, "found found found found"),
        (objects.user_for, "user", P.USERS_MANAGE, "found 403 403 403"),
        (objects.token_for, "token", P.TOKENS_READ, "found 404 found found"),
        (objects.token_for, "token", P.TOKENS_MANAGE, "found 404 found 403"),
        (objects.token_for, "token", P.TOKENS_OWN, "found 404 403 403"),
        (objects.session_for, "session", P.ACCOUNT_OWN, "found 404 404 404"),
        (objects.session_for, "session", P.USERS_MANAGE, "found 404 404 404"),
        (objects.invitation_for, "invitation", P.USERS_MANAGE, "found 403 403 403"),
    ]
    with within(acme):
        for helper, kind, permission, expected in cases:
            found = [answer(helper, person, ids[kind], permission) for person in (ALICE, BOB, CORA, ADA)]
            assert " ".join(found) == expected, (helper.__name__, permission)


@pytest.mark.parametrize("kind", ["user", "token", "session", "invitation"])
def test_what_is_foreign_is_missing_and_costs_the_same(
    acme: Tenant, globex: Tenant, mallory: User, ids: dict[str, uuid.UUID], kind: str
) -> None:
    helper: Helper = getattr(objects, f"{kind}_for")
    request = asked_by(MALLORY)
    seen = []
    with within(globex):
        for id in (str(ids[kind]), str(uuid.uuid4()), "no id at all"):
            with CaptureQueriesContext(connection) as asked, pytest.raises(Http404):
                helper(request, id, P.USERS_MANAGE)
            seen.append([query["sql"].split("WHERE")[0] for query in asked])
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 1
