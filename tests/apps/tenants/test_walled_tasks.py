"""A task stands behind the walls of whoever called it, or does not start."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from celery import shared_task
from django.db import connection

from apps.tenants.models import Tenant
from apps.tenants.walled_task import SCHEMA, TENANT, TaskRefused, TenantTurnedAway
from apps.tenants.walls import Walls, behind, schema_of, within
from apps.tenants.walls import connection as walled
from tests.apps.audit.conftest import superuser
from tests.cast import ACME, GLOBEX

seen: list[Walls] = []


@shared_task(name="tests.look")
def look() -> None:
    """Notes behind which walls it runs."""
    seen.append(walled().walls)


@pytest.fixture(autouse=True)
def _nothing_seen() -> Iterator[None]:
    seen.clear()
    yield
    seen.clear()


def stamps(schema: str | None, tenant: str | None) -> dict[str, str]:
    return {name: value for name, value in ((SCHEMA, schema), (TENANT, tenant)) if value is not None}


def start(headers: dict[str, str]) -> None:
    """As a worker does, behind whichever walls the task before has left."""
    with behind(Walls()):
        look.apply(headers=headers, throw=True)


def test_a_task_runs_behind_the_walls_that_it_was_called_behind(acme: Tenant) -> None:
    start(stamps(acme.schema_name, str(acme.id)))
    assert seen == [Walls(acme.schema_name, acme.id)] and walled().walls == Walls()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        stamps(schema_of(ACME.id), None),
        stamps(None, str(ACME.id)),
        stamps(schema_of(ACME.id), str(GLOBEX.id)),
        stamps("public", ""),
        stamps("public", str(ACME.id)),
        stamps(schema_of(ACME.id), "nobody"),
    ],
    ids=["nothing", "no tenant", "no schema", "another's credentials", "nobody", "no schema of theirs", "no id"],
)
def test_a_task_whose_stamps_do_not_agree_does_nothing(acme: Tenant, headers: dict[str, str]) -> None:
    with pytest.raises(TaskRefused):
        start(headers)
    assert seen == []


def test_a_task_is_called_behind_both_walls_or_not_at_all(acme: Tenant) -> None:
    for walls in (Walls(), Walls(acme.schema_name), Walls(acme.schema_name, GLOBEX.id)):
        with behind(walls), pytest.raises(TaskRefused):
            look.delay()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["suspended", "closing", "left"])
def test_a_task_of_a_tenant_that_is_turned_away_does_not_start(state: str, acme: Tenant, globex: Tenant) -> None:
    headers = stamps(acme.schema_name, str(acme.id))
    with superuser() as root:
        root.execute("UPDATE tenants_tenant SET state = %s WHERE id = %s", [state, acme.id])
    with pytest.raises(TenantTurnedAway, match=f"its tenant is {state}"):
        start(headers)
    assert seen == []
    start(stamps(globex.schema_name, str(globex.id)))
    assert len(seen) == 1


def test_a_task_of_a_tenant_that_never_was_does_not_start(db: None) -> None:
    nobody = uuid.uuid4()
    with pytest.raises(TenantTurnedAway, match="not there"):
        start(stamps(schema_of(nobody), str(nobody)))


def test_a_task_that_is_called_as_a_function_asks_for_walls_too(acme: Tenant) -> None:
    with behind(Walls()), pytest.raises(TaskRefused):
        look()
    with within(acme):
        look()
    assert seen == [Walls(acme.schema_name, acme.id)] and connection.alias == "default"
