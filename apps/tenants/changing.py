"""Suspending, resuming, closing and dropping a tenant: as migrator, each in one transaction, safe to do again.

Closing begins a time of grace: the tenant is turned away at its host, nothing is deleted, and it can be called off.
Then its schema is dropped, and what is left is a certificate.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from apps.tenants.errors import ChangeRefused
from apps.tenants.models import Domain, DropCertificate, Provisioning, StateChange, Tenant
from apps.tenants.signals import tenant_changed
from apps.tenants.walls import Walls, behind, within

Kind = StateChange.Kind
State = Tenant.State
_WAITED_FOR: Final = "60s"


class Step(StrEnum):
    """What is being done: a change of the state in one step, a drop in another."""

    STATE = "state"
    DROP = "drop"

    @property
    def words(self) -> str:
        """For a person who waits."""
        return "Its schema is counted and dropped" if self is Step.DROP else "Its state is changed"

    @staticmethod
    def of(kind: StateChange.Kind) -> Step:
        return Step.DROP if kind is Kind.DROP else Step.STATE


_FROM: Final[Mapping[StateChange.Kind, frozenset[Tenant.State]]] = {
    Kind.SUSPEND: frozenset({State.ACTIVE}),
    Kind.RESUME: frozenset({State.SUSPENDED}),
    Kind.CLOSE: frozenset({State.ACTIVE, State.SUSPENDED}),
    Kind.CALL_OFF: frozenset({State.CLOSING}),
    Kind.DROP: frozenset({State.CLOSING}),
}
_DONE: Final[Mapping[StateChange.Kind, frozenset[Tenant.State]]] = {
    Kind.SUSPEND: frozenset({State.SUSPENDED}),
    Kind.RESUME: frozenset({State.ACTIVE}),
    Kind.CLOSE: frozenset({State.CLOSING}),
    Kind.CALL_OFF: frozenset({State.ACTIVE, State.SUSPENDED}),
    Kind.DROP: frozenset({State.LEFT}),
}


def refuse_unfit(tenant: Tenant, kind: StateChange.Kind) -> None:
    """Raises :class:`ChangeRefused` for what does not go with the tenant's state, and for the platform itself."""
    if tenant.is_platform:
        raise ChangeRefused("The platform's own tenant is neither suspended nor closed: nobody could undo it.")
    if tenant.state not in _FROM[kind]:
        fit = " or ".join(sorted(State(state).label.lower() for state in _FROM[kind]))
        raise ChangeRefused(
            f"{tenant.name} is {State(tenant.state).label.lower()}; to {kind.label.lower()} is for one that is {fit}."
        )


def carry_out(change: StateChange) -> None:
    """Does what was asked for; nothing where it is done already. Raises :class:`ChangeRefused`, and what the database
    raises: then nothing was done."""
    kind = Kind(change.kind)
    with behind(Walls()), transaction.atomic():
        tenant = Tenant.objects.select_for_update(of=("self",)).get(id=change.tenant_id)
        if tenant.state in _DONE[kind]:
            return
        refuse_unfit(tenant, kind)
        StateChange.objects.filter(id=change.id).update(before=tenant.state)
        _DOING[kind](tenant, change)
        tenant_changed.send(Tenant, tenant=tenant, change=change)


def _suspend(tenant: Tenant, change: StateChange) -> None:
    _become(tenant, State.SUSPENDED)


def _resume(tenant: Tenant, change: StateChange) -> None:
    _become(tenant, State.ACTIVE)


def _close(tenant: Tenant, change: StateChange) -> None:
    if change.closes is None:
        raise ChangeRefused(f"It was not said when {tenant.name} closes.")
    StateChange.objects.create(
        tenant_id=tenant.id,
        tenant_name=tenant.name,
        kind=Kind.DROP,
        why=change.why,
        asked_by_id=change.asked_by_id,
        asked_by_name=change.asked_by_name,
        asked_by_email=change.asked_by_email,
        due=change.closes,
    )
    tenant.closes = change.closes
    _become(tenant, State.CLOSING)


def _call_off(tenant: Tenant, change: StateChange) -> None:
    drops = StateChange.objects.filter(tenant_id=tenant.id, kind=Kind.DROP)
    waiting = drops.filter(state__in=[StateChange.State.WAITING, StateChange.State.FAILED])
    if not waiting.update(state=StateChange.State.CALLED_OFF, ended=timezone.now()):
        raise ChangeRefused(f"{tenant.name} is being dropped now: that cannot be called off.")
    closing = StateChange.objects.filter(
        tenant_id=tenant.id, kind=Kind.CLOSE, before__in=[State.ACTIVE, State.SUSPENDED]
    ).latest("asked")
    tenant.closes = None
    _become(tenant, State(closing.before))


def _drop(tenant: Tenant, change: StateChange) -> None:
    now = timezone.now()
    if tenant.closes is None or now < tenant.closes:
        raise ChangeRefused(f"{tenant.name} is not dropped before its time is up.")
    domains = Domain.objects.filter(tenant=tenant).order_by("domain")
    rows, size = _counted(tenant)
    DropCertificate.objects.create(
        tenant_id=tenant.id,
        tenant_name=tenant.name,
        schema=tenant.schema_name,
        hosts=list(domains.values_list("domain", flat=True)),
        rows=rows,
        bytes=size,
        why=change.why,
        asked_by_name=change.asked_by_name,
        asked_by_email=change.asked_by_email,
        asked=change.asked,
        dropped=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(tenant.schema_name)))
    domains.delete()
    Provisioning.objects.filter(tenant_id=tenant.id).delete()  # it holds the first owner's name and address
    tenant.closes = None
    _become(tenant, State.LEFT)


def _counted(tenant: Tenant) -> tuple[dict[str, int], int]:
    """The rows of each table, and the bytes of all; the tables are locked, so that nothing is added any more."""
    with within(tenant), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_WAITED_FOR}'")
        cursor.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
            "WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p') ORDER BY relname",
            [tenant.schema_name],
        )
        sizes: dict[str, int] = dict(cursor.fetchall())
        rows: dict[str, int] = {}
        for name in sizes:
            table = sql.Identifier(tenant.schema_name, name)
            cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(table))
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(table))
            rows[name] = cursor.fetchone()[0]
        return rows, sum(sizes.values())


def _become(tenant: Tenant, state: Tenant.State) -> None:
    tenant.state = state
    tenant.save(update_fields=["state", "closes", "changed"])


_DOING: Final = {
    Kind.SUSPEND: _suspend,
    Kind.RESUME: _resume,
    Kind.CLOSE: _close,
    Kind.CALL_OFF: _call_off,
    Kind.DROP: _drop,
}
