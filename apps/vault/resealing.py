"""Moving everything of a tenant's under the primary version of its key, so that an older one can end.

What is under an old version is told by its header, so that there is no list to keep: a run that was cut off is taken
up by another, which finds what is left. Each object and each row is old or new at any moment, never neither; one that
was changed meanwhile is left as it became. What does not open is named, and keeps its version from being ended.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from apps.vault import configured
from apps.vault.binding import Binding, tenant_here
from apps.vault.errors import KeyMissing, NoSuchObject, ObjectExists, StillInUse, VaultError
from apps.vault.fields import SealedField, sealed_fields
from apps.vault.key_services import KeyDescription
from apps.vault.sealed import VERSION_AT, VERSION_BYTES, Sealed
from apps.vault.sealing import open_for, seal_for

GRACE: Final = datetime.timedelta(hours=1)
"""How long after a rotation an older version stands at least: others seal with data keys under it for a minute more,
and what they seal in a long transaction or upload is seen by nobody before it ends."""
BATCH: Final = 100
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Missed:
    """Something that stayed under an old version: what it is, and the code of why."""

    what: str
    code: str


@dataclass(frozen=True, slots=True)
class Resealed:
    """What a run did."""

    rows: int
    objects: int
    missed: tuple[Missed, ...]


def reseal() -> Resealed:
    """Seals all rows and objects of the tenant whose walls stand again, where they are under an older version.

    Each batch of 100 rows is one transaction, each object is replaced at once. Raises what the key service raises.
    """
    configured.data_keys().forget(tenant_here())
    configured.data_keys().to_seal(tenant_here())
    missed: list[Missed] = []
    rows = sum(_reseal_column(field, missed) for field in sealed_columns())
    objects = sum(_reseal_object(name, missed) for name in configured.object_store().names())
    return Resealed(rows, objects, tuple(missed))


def left_under(version: uuid.UUID) -> Iterator[str]:
    """What is still sealed under a version, by name, opening nothing."""
    for field in sealed_columns():
        for key, _ in _rows(field, "=", version, None):
            yield f"{field.kind} of {key}"
    store = configured.object_store()
    for name in store.names():
        try:
            if store.header(name).key.version == version:
                yield name
        except NoSuchObject:
            continue  # it was deleted meanwhile
        except VaultError:
            yield name  # it cannot be told what it is under


def end_version(version: uuid.UUID, now: datetime.datetime | None = None) -> KeyDescription:
    """Destroys an older version of the key, once nothing is left under it.

    Raises :class:`StillInUse` for the primary one, for what is left (named), and within an hour of the rotation.
    """
    tenant = tenant_here()
    service = configured.key_service()
    described = service.describe(tenant)
    primary = described.version(described.primary)
    if primary is None or described.version(version) is None:
        raise KeyMissing
    rotated = (now or datetime.datetime.now(datetime.UTC)) - primary.created
    if version != described.primary and rotated < GRACE:
        raise StillInUse(
            "This version of the key was the primary one less than an hour ago: something may be sealed under it that "
            "is not saved yet.",
            f"Reseal once more and end it in {int((GRACE - rotated).total_seconds()) + 1} seconds.",
        )
    if version != described.primary and (left := list(left_under(version))):
        more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
        raise StillInUse(
            f"{len(left)} are sealed under this version of the key: {', '.join(left[:_NAMED])}{more}.",
            "Reseal; delete what does not open.",
        )
    return service.destroy_version(tenant, version)


# ---- rows -----------------------------------------------------------------------------------------------------------


def sealed_columns() -> Iterator[SealedField[Any]]:
    """Every sealed column that there is."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy:
            yield from (field for field in sealed_fields(model) if field.model is model)


def _rows(
    field: SealedField[Any], compared: str, version: uuid.UUID, after: uuid.UUID | None, limit: int | None = None
) -> list[tuple[uuid.UUID, bytes]]:
    """The rows whose ciphertext is (``=``) or is not (``<>``) under a version, in the order of their keys."""
    table, key, column = _named(field)
    # The offset counts from one in SQL.
    asked = sql.SQL(
        "SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL AND ({after} IS NULL OR {key} > {after}) "
        "AND substring({column} FROM {at} FOR {size}) {compared} {version} ORDER BY {key} LIMIT {limit}"
    ).format(
        key=key,
        column=column,
        table=table,
        after=sql.SQL("{}::uuid").format(sql.Literal(after)),
        at=sql.Literal(VERSION_AT + 1),
        size=sql.Literal(VERSION_BYTES),
        compared=sql.SQL(compared),
        version=sql.Literal(version.bytes),
        limit=sql.Literal(limit),
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [(found, bytes(data)) for found, data in cursor.fetchall()]


def _named(field: SealedField[Any]) -> tuple[sql.Identifier, sql.Identifier, sql.Identifier]:
    meta: Any = field.model._meta
    return sql.Identifier(meta.db_table), sql.Identifier(meta.pk.column), sql.Identifier(str(field.column))


def _reseal_column(field: SealedField[Any], missed: list[Missed]) -> int:
    done = 0
    after: uuid.UUID | None = None
    while True:
        with transaction.atomic():
            primary = configured.data_keys().to_seal(tenant_here()).wrapped.version
            batch = _rows(field, "<>", primary, after, BATCH)
            for key, data in batch:
                done += _reseal_row(field, key, data, missed)
        if not batch:
            return done
        after = batch[-1][0]


def _reseal_row(field: SealedField[Any], key: uuid.UUID, data: bytes, missed: list[Missed]) -> int:
    binding = Binding(tenant_here(), field.kind, str(key))
    keys = configured.data_keys()
    try:
        again = seal_for(binding, open_for(binding, Sealed(data), keys), keys)
    except VaultError as error:
        missed.append(Missed(f"{field.kind} of {key}", error.code))
        return 0
    table, pk, column = _named(field)
    changed = sql.SQL("UPDATE {table} SET {column} = {new} WHERE {pk} = {key} AND {column} = {old}").format(
        table=table,
        column=column,
        pk=pk,
        new=sql.Literal(again.to_bytes()),
        key=sql.Literal(key),
        old=sql.Literal(data),
    )
    with connection.cursor() as cursor:
        cursor.execute(changed)
        return cursor.rowcount


# ---- objects --------------------------------------------------------------------------------------------------------


def _reseal_object(name: str, missed: list[Missed]) -> int:
    store = configured.object_store()
    primary = configured.data_keys().to_seal(tenant_here()).wrapped.version
    try:
        if store.header(name).key.version == primary:
            return 0
        store.seal_again(name)
        return 1
    except (NoSuchObject, ObjectExists):
        return 0  # it was deleted or replaced meanwhile: then it is gone, or under a younger version
    except VaultError as error:
        missed.append(Missed(name, error.code))
        return 0
