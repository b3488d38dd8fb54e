"""The permission table, walked: every role and every permission, with it and without."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.access import permissions
from apps.access.permissions import NEVER_A_SCOPE, PLATFORM_TABLE, TABLE, Permission, of_role
from apps.accounts import people, tokens
from apps.accounts.models import Role, User
from apps.tenants.models import Tenant
from apps.tenants.walls import behind, within
from tests.apps.signing_in import cookie_of, signed_in, user, walls_of
from tests.cast import ADA, ALICE, BOB, CORA, MALLORY, SAM, Person

pytestmark = pytest.mark.urls("tests.apps.access.everything")
A_DAY = datetime.timedelta(days=1)
PEOPLE: Mapping[Role, Person] = {
    Role.OWNER: ALICE,
    Role.ENGINEER: BOB,
    Role.COMPLIANCE_OFFICER: CORA,
    Role.AUDITOR: ADA,
}


def may_by_view(client: Client, permission: Permission, way: str = "plain", **extra: Any) -> bool:
    status = client.get(f"/{way}/{permission.value}", **extra).status_code
    assert status in (200, 403)
    return status == 200


@pytest.mark.parametrize("way", ["plain", "rest"])
@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_stands_in_the_table_and_nothing_else(acme: Tenant, role: Role, way: str) -> None:
    client = signed_in(PEOPLE[role])
    allowed = {permission for permission in Permission if may_by_view(client, permission, way)}
    assert allowed == TABLE[role]


@pytest.mark.parametrize("role", Role)
def test_a_permission_that_is_taken_from_the_table_is_gone_at_once(
    acme: Tenant, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(PEOPLE[role])
    for permission in Permission:
        if permission.is_platforms:
            continue
        for table, expected in ((frozenset({permission}), True), (frozenset(Permission) - {permission}, False)):
            monkeypatch.setattr(permissions, "TABLE", {**TABLE, role: table})
            assert may_by_view(client, permission) is expected


def test_staff_may_on_the_platform_what_no_customer_can(platform: Tenant, acme: Tenant) -> None:
    sam, alice = signed_in(SAM), signed_in(ALICE)
    for permission in Permission:
        if permission.is_platforms:
            assert may_by_view(sam, permission) and not may_by_view(alice, permission)
    sam_at_acme = Client(SERVER_NAME=ALICE.tenant.host)
    sam_at_acme.cookies[settings.SESSION_COOKIE_NAME] = cookie_of(SAM)
    assert sam_at_acme.get("/plain/users.read").status_code == 404


def test_a_platform_permission_in_a_customers_table_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "TABLE", {**TABLE, Role.OWNER: frozenset(Permission)})
    assert not any(permission.is_platforms for permission in of_role(Role.OWNER))
    assert any(permission.is_platforms for permission in of_role(Role.OWNER, on_platform=True))


def test_the_tables_name_every_role_and_every_permission() -> None:
    assert set(TABLE) == set(PLATFORM_TABLE) == set(Role)
    assert set().union(*TABLE.values(), *PLATFORM_TABLE.values()) == set(Permission)


def test_a_stranger_gets_404_from_a_view_and_401_from_the_api(at_acme: Client, acme: Tenant, mallory: User) -> None:
    at_acme.cookies[settings.SESSION_COOKIE_NAME] = cookie_of(MALLORY)
    assert at_acme.get("/plain/users.read").status_code == 404
    response = at_acme.get("/rest/users.read")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="specward"')


# ---- tokens --------------------------------------------------------------------------------------------------------


@pytest.fixture
def bobs_token(acme: Tenant) -> Iterator[tokens.Made]:
    """With every scope there is, whatever Bob's role."""
    everything = frozenset(permission.value for permission in Permission)
    with behind(walls_of(BOB)):
        yield tokens.make(user(BOB), "All", everything, timezone.now() + A_DAY, grantable=everything)


def allowed_by(token: tokens.Made) -> set[Permission]:
    client = Client(SERVER_NAME=BOB.tenant.host, headers={"Authorization": f"Bearer {token.secret}"})
    return {permission for permission in Permission if may_by_view(client, permission, "rest")}


def test_a_token_never_exceeds_the_role_of_its_owner_as_it_is_now(bobs_token: tokens.Made, acme: Tenant) -> None:
    assert allowed_by(bobs_token) == TABLE[Role.ENGINEER] - NEVER_A_SCOPE
    with within(acme):
        people.change_role(user(BOB), Role.COMPLIANCE_OFFICER)
    assert allowed_by(bobs_token) == TABLE[Role.COMPLIANCE_OFFICER] - NEVER_A_SCOPE


def test_a_token_may_what_its_scopes_say(acme: Tenant) -> None:
    with behind(walls_of(ALICE)):
        for permission in TABLE[Role.OWNER] - NEVER_A_SCOPE:
            scope = permission.value
            made = tokens.make(user(ALICE), "One", [scope], timezone.now() + A_DAY, grantable=frozenset({scope}))
            assert allowed_by(made) == {permission}
