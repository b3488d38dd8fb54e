"""Row-level security leaves the indexes in use: it allows only leakproof operators as conditions of an index."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import User
from apps.tenants.models import Domain, Tenant
from apps.tenants.postgresql.base import DatabaseWrapper
from apps.tenants.walls import behind
from tests.apps.tenants.connecting import OF_ACME, as_admin
from tests.cast import ACME, ALICE

LOOKUPS: dict[str, tuple[Callable[[], Any], str]] = {
    "a user by email": (lambda: User.objects.filter(email=ALICE.email), "email"),
    "users by email": (lambda: User.objects.filter(email__in=[ALICE.email, "b@acme.example"]), "email"),
    "a user by id": (lambda: User.objects.filter(id=uuid.uuid4()), "id"),
    "users after an id": (lambda: User.objects.filter(id__gt=uuid.uuid4()).order_by("id")[:10], "id"),
    "a domain by host": (lambda: Domain.objects.filter(domain=ACME.host), "domain"),
    "domains of a tenant": (lambda: Domain.objects.filter(tenant_id=ACME.id), "tenant_id"),
    "a tenant by id": (lambda: Tenant.objects.filter(id=ACME.id), "id"),
}


@pytest.mark.parametrize(("lookup", "column"), LOOKUPS.values(), ids=LOOKUPS.keys())
def test_an_index_serves(connected: DatabaseWrapper, lookup: Callable[[], Any], column: str) -> None:
    with behind(OF_ACME), transaction.atomic(), connected.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # a handful of rows would be read whole
        plan = lookup().explain()
    assert "Seq Scan" not in plan, plan
    assert any(line.strip().startswith("Index Cond:") and f"{column}" in line for line in plan.splitlines()), plan


def test_no_index_serves_what_is_not_leakproof(connected: DatabaseWrapper) -> None:
    # So that the test above can fail: LIKE is asked after the policy, row by row.
    with behind(OF_ACME), transaction.atomic(), connected.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "~~" not in "".join(
            line for line in User.objects.filter(email__startswith="al").explain().splitlines() if "Index Cond" in line
        )


def test_the_policy_is_asked_once_for_a_statement(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), transaction.atomic():
        plan = User.objects.all().explain()
    # A sub-plan would be run for each row; the result of an initial plan is a constant to all of them.
    assert "InitPlan 1" in plan and "SubPlan" not in plan, plan


def test_an_index_serves_the_question_who_is_at_a_host(populated: str) -> None:
    with as_admin(populated) as admin:
        (body,) = admin.execute("SELECT prosrc FROM pg_proc WHERE proname = 'route_to'").fetchone() or ("",)
        admin.execute("SET ROLE specward_owner; SET enable_seqscan = off")
        explained = admin.execute(f"EXPLAIN (GENERIC_PLAN) {body.replace('asked', '$1::text')}".encode()).fetchall()
        plan = "\n".join(line for (line,) in explained)
    assert "Seq Scan" not in plan and "Index Cond: ((domain)::text" in plan, plan
