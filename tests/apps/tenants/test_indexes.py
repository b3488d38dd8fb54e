"""Behind row-level security the planner takes an index, of its own choice: in tables that have grown.

It allows only leakproof operators as conditions of an index. There are 100,000 people, 33,333 sessions, tokens,
invitations and mails, 20,000 tenants and hosts, and statistics of them; nothing is switched off.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from apps.accounts import posting
from apps.accounts.models import Invitation, Mail, Session, Token, User
from apps.tenants.models import Domain, Tenant
from apps.tenants.postgresql.base import DatabaseWrapper
from apps.tenants.walls import behind
from config.embedded.place import default_place
from tests.apps import databases
from tests.apps.tenants.connecting import OF_ACME, as_admin, through, wrapper
from tests.cast import ACME, ALICE

ROWS = 100_000
# A new row's entry in the log is not what is asked about here, and would take most of the time.
GROWN = """
    SET search_path = {schema}, public; SET session_replication_role = replica;
    ALTER TABLE accounts_user DISABLE TRIGGER USER; ALTER TABLE accounts_session DISABLE TRIGGER USER;
    ALTER TABLE accounts_token DISABLE TRIGGER USER; ALTER TABLE accounts_invitation DISABLE TRIGGER USER;
    ALTER TABLE accounts_mail DISABLE TRIGGER USER;
    INSERT INTO accounts_user (id, email, name, role, is_active, password, created)
        SELECT gen_random_uuid(), n || '@grown.example', 'Person ' || n, 'engineer', true, '', now()
        FROM generate_series(1, {rows}) n;
    INSERT INTO accounts_session (id, digest, user_id, data, created, last_seen, browser)
        SELECT gen_random_uuid(), md5(id::text), id, '{{}}', now(), now(), '' FROM accounts_user LIMIT {rows} / 3;
    INSERT INTO accounts_token (id, user_id, name, prefix, digest, pepper, scopes, networks, created, expires)
        SELECT gen_random_uuid(), id, 'CI', '', md5(id::text), '1', '{{}}', '{{}}', now(), now()
        FROM accounts_user LIMIT {rows} / 3;
    INSERT INTO accounts_invitation (id, email, role, digest, created, expires)
        SELECT gen_random_uuid(), email, 'engineer', md5(id::text), now(), now() FROM accounts_user LIMIT {rows} / 3;
    INSERT INTO accounts_mail (id, kind, about, "to", state, tries, next_try, error, created)
        SELECT gen_random_uuid(), 'invitation', id::text, email,
            CASE WHEN mod(hashtext(email), 10000) = 0 THEN 'waiting' ELSE 'sent' END, 1, now(), '', now()
        FROM accounts_invitation;
    INSERT INTO tenants_tenant (id, schema_name, name, plan_id, state, created, changed)
        SELECT id, 't_' || replace(id::text, '-', ''), 'Grown', 'team', 'active', now(), now()
        FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, {rows} / 5)) t;
    INSERT INTO tenants_domain (domain, is_primary, tenant_id)
        SELECT id || '.example', true, id FROM tenants_tenant WHERE name = 'Grown';
    ANALYZE
"""

NOW = timezone.now()
LOOKUPS: dict[str, tuple[Callable[[], Any], str]] = {
    "a user by email": (lambda: User.objects.filter(email=ALICE.email), "email"),
    "users by email": (lambda: User.objects.filter(email__in=[ALICE.email, "b@acme.example"]), "email"),
    "a user by id": (lambda: User.objects.filter(id=uuid.uuid4()), "id"),
    "users after an id": (lambda: User.objects.filter(id__gt=uuid.uuid4()).order_by("id")[:10], "id"),
    "a session by its digest": (
        lambda: Session.objects.select_related("user").filter(digest="0" * 64).order_by(),
        "digest",
    ),
    "the sessions of a person": (lambda: Session.objects.filter(user_id=uuid.uuid4()), "user_id"),
    "a token by its digests": (
        lambda: Token.objects.select_related("user").filter(digest__in=["0" * 64, "1" * 64]).order_by(),
        "digest",
    ),
    "what a token made": (lambda: Token.objects.filter(made_by__in=[uuid.uuid4()], revoked=None), "made_by_id"),
    "an invitation by its digest": (lambda: Invitation.objects.filter(digest="0" * 64), "digest"),
    "the mail that waits": (
        lambda: Mail.objects.filter(state=Mail.State.WAITING, next_try__lte=NOW).values_list("id"),
        "state",
    ),
    "the mail about something": (
        lambda: Mail.objects.filter(kind="invitation", about=str(uuid.uuid4())).order_by("-created")[:1],
        "about",
    ),
    "a domain by host": (lambda: Domain.objects.filter(domain=ACME.host), "domain"),
    "domains of a tenant": (lambda: Domain.objects.filter(tenant_id=ACME.id), "tenant_id"),
    "a tenant by id": (lambda: Tenant.objects.filter(id=ACME.id), "id"),
}


@pytest.fixture(scope="module")
def grown(worker_id: str, django_db_setup: None) -> Iterator[str]:
    """A database of this module's own, with many rows of Acme's and of the platform's."""
    place = default_place()
    name = f"grown_{worker_id}"
    databases.copy(place, name)
    with as_admin(name) as admin:
        admin.execute(GROWN.format(schema=OF_ACME.schema, rows=ROWS).encode())
    yield name
    with psycopg.connect(databases.admin_url(place), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def at_grown(grown: str, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    with django_db_blocker.unblock(), through(wrapper(grown)) as ours:
        yield ours


def conditions(plan: str) -> str:
    return "\n".join(line for line in plan.splitlines() if line.strip().startswith("Index Cond:"))


@pytest.mark.parametrize(("lookup", "column"), LOOKUPS.values(), ids=LOOKUPS.keys())
@pytest.mark.usefixtures("at_grown")
def test_an_index_is_chosen(lookup: Callable[[], Any], column: str) -> None:
    with behind(OF_ACME), transaction.atomic():
        plan = lookup().explain()
    assert "Seq Scan" not in plan, plan
    assert column in conditions(plan), plan


@pytest.mark.usefixtures("at_grown")
def test_no_index_is_chosen_for_what_is_not_leakproof() -> None:
    # So that the test above can fail: LIKE is asked after the policy, row by row.
    with behind(OF_ACME), transaction.atomic():
        plan = User.objects.filter(email__startswith="al").explain()
    assert "Seq Scan on accounts_user" in plan and "~~" not in conditions(plan), plan


@pytest.mark.usefixtures("at_grown")
def test_the_policy_is_asked_once_for_a_statement() -> None:
    with behind(OF_ACME), transaction.atomic():
        plan = User.objects.all().explain()
    # A sub-plan would be run for each row; the result of an initial plan is a constant to all of them.
    assert "InitPlan 1" in plan and "SubPlan" not in plan, plan


def test_an_index_is_chosen_for_the_question_who_is_at_a_host(grown: str) -> None:
    with as_admin(grown) as admin:
        (body,) = admin.execute("SELECT prosrc FROM pg_proc WHERE proname = 'route_to'").fetchone() or ("",)
        admin.execute("SET ROLE specward_owner")
        explained = admin.execute(f"EXPLAIN (GENERIC_PLAN) {body.replace('asked', '$1::text')}".encode()).fetchall()
        plan = "\n".join(line for (line,) in explained)
    assert "Seq Scan" not in plan and "Index Cond: ((domain)::text" in plan, plan


@pytest.mark.usefixtures("at_grown")
def test_what_waits_is_found_among_what_was_sent() -> None:
    with behind(OF_ACME):
        assert 0 < len(posting.waiting()) < ROWS // 1000
