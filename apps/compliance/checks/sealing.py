"""Whether what is kept is sealed: with AES-256, under this tenant's own key, and opened by nobody else."""

from __future__ import annotations

import random
import secrets
import uuid
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from apps.compliance.checking import Check, Result, check, failed, not_applicable, passed, some
from apps.compliance.checks.seen_from_here import tenant
from apps.tenants.walls import PLATFORM_ID, Walls, behind, schema_of
from apps.vault import configured
from apps.vault.binding import Binding
from apps.vault.ciphers import is_aes_256_gcm, opened
from apps.vault.data_keys import PURPOSE
from apps.vault.errors import NoSuchObject, VaultError
from apps.vault.fields import SealedField
from apps.vault.key_services import KeyState
from apps.vault.models import TenantKey
from apps.vault.resealing import sealed_columns
from apps.vault.sealed import VERSION_AT, VERSION_BYTES, Header, Sealed
from apps.vault.sealing import open_sealed, seal

KIND: Final = "compliance.probe"
ROWS: Final = 5_000
"""Of each sealed column in one run, from a random place on."""
OBJECTS: Final = 200
"""In one run, drawn at random from so many names:"""
_NAMES: Final = 50_000


def _standing() -> list[uuid.UUID]:
    return [version.id for version in configured.key_service().describe(tenant()).standing]


@check
class OwnKey(Check):
    """What we know of the key, and what the key service says."""

    key = "encryption.key"
    title = "This account has a key of its own, and it is in use"
    words = "Compares what the service was told about the account's key with what the key service says of it."
    mend = "Let an operator look at `manage.py tenant_key <account> describe`: enable it, or rotate it."

    def look(self) -> Result:
        row = TenantKey.objects.filter(id=tenant()).first()
        described = configured.key_service().describe(tenant())
        primary = described.version(described.primary)
        evidence = {
            "state": described.state.value,
            "versions": len(described.versions),
            "standing": len(described.standing),
            "primary_since": primary.created.isoformat() if primary is not None else None,
        }
        if row is None or primary is None or primary.destroyed:
            return failed("There is no usable key, or the service does not know it.", **evidence)
        if described.state is not KeyState.ACTIVE or row.state != TenantKey.State.ACTIVE:
            return failed(f"The key is {described.state.value}: nothing is sealed or opened.", **evidence)
        if row.version != described.primary:
            return failed("The key service seals under another version than it was told to.", **evidence)
        return passed(**evidence)


@check
class KeyNotShared(Check):
    """A key of the tenant's own is nobody else's."""

    key = "encryption.key_apart"
    title = "The account's key is not the platform's"
    words = "Compares the versions of the account's key with those of the key under which the platform seals its own."
    mend = "Rotate the account's key and reseal: `manage.py tenant_key <account> rotate`, then `reseal`."

    def look(self) -> Result:
        if tenant() == PLATFORM_ID:
            return not_applicable("This is the platform's own account: the key is its own.")
        service = configured.key_service()
        own = {version.id for version in service.describe(tenant()).versions}
        shared = own & {version.id for version in service.describe(PLATFORM_ID).versions}
        if shared:
            return failed("A version of the account's key is the platform's too.", shared=some(sorted(shared)))
        return passed(versions=len(own), shared=0)


@check
class Strength(Check):
    """The key that seals, looked at."""

    key = "encryption.aes_256"
    title = "What is sealed is sealed with AES-256-GCM"
    words = "Seals a few bytes as everything is sealed, and looks at the kind and the length of the key that did it."
    mend = "Let apps/vault/ciphers.py make AES256_GCM keys again, then rotate and reseal every account."

    def look(self) -> Result:
        sealed = seal(secrets.token_bytes(32), tenant=tenant(), kind=KIND, object_id=uuid.uuid4())
        key = configured.key_service().unwrap(tenant(), sealed.header.key, PURPOSE)
        if sealed.header.key.version not in _standing():
            return failed("It was sealed under a key that is not this account's.")
        if not is_aes_256_gcm(key):
            return failed("The key that seals is not one of AES-GCM with 256 bits.")
        return passed(cipher="AES-GCM", bits=256, under=str(sealed.header.key.version))


@check
class NotForOthers(Check):
    """What was sealed here, tried elsewhere: by the name, by the binding, by the key."""

    key = "encryption.opened_by_another"
    title = "What is sealed for this account does not open for another"
    words = (
        "Seals a few bytes and tries to open them as another tenant, with the header made out to that tenant, and with "
        "the platform's key."
    )
    mend = "Treat it as an incident: what is bound to an account in apps/vault/binding.py was changed."

    def look(self) -> Result:
        here, other, object_id, probe = tenant(), uuid.uuid4(), uuid.uuid4(), secrets.token_bytes(32)
        sealed = seal(probe, tenant=here, kind=KIND, object_id=object_id)
        if open_sealed(sealed, tenant=here, kind=KIND, object_id=object_id).reveal() != probe:
            return failed("The account cannot open what it sealed.")
        by_name: dict[str, Any] = {"kind": KIND, "object_id": object_id}
        with behind(Walls(schema_of(other), other)):
            through = [
                f"as another tenant, naming {name}"
                for name, of in (("this account", here), ("itself", other))
                if _opens(sealed, tenant=of, **by_name)
            ]
        if _opens_rebound(sealed, Binding(other, KIND, str(object_id))):
            through.append("with the header made out to another tenant")
        if _unwraps(other if here == PLATFORM_ID else PLATFORM_ID, sealed):
            through.append("by another tenant's key")
        if through:
            return failed("It opened for somebody else.", through=some(through))
        return passed(attempts=4, opened=0)


def _opens(sealed: Sealed, **of: Any) -> bool:
    try:
        open_sealed(sealed, **of)
    except (VaultError, DatabaseError):  # the other tenant has no schema, in which its key would be looked up
        return False
    return True


def _opens_rebound(sealed: Sealed, binding: Binding) -> bool:
    """Whether its key opens it as bound to something else, header and all."""
    header = Header(sealed.header.format, sealed.header.key, binding.digest)
    by = configured.data_keys().to_open(tenant(), sealed.header.key)
    aads = (header.associated_data(binding), sealed.header.associated_data(binding))
    return any(opened(by, sealed.payload, each) is not None for each in aads)


def _unwraps(other: uuid.UUID, sealed: Sealed) -> bool:
    try:
        configured.key_service().unwrap(other, sealed.header.key, PURPOSE)
    except VaultError:
        return False
    return True


@check
class SealedRows(Check):
    """The columns as they lie in the database."""

    key = "encryption.rows"
    title = "Every sealed column holds ciphertext under this account's key, and nothing else"
    words = f"Reads the first bytes of up to {ROWS:,} values of each sealed column, from a random place on."
    mend = "Take the row away or seal it again; find out what wrote it past the application."

    def look(self) -> Result:
        versions, columns, seen, wrong = _standing(), 0, 0, []
        for field in sealed_columns():
            columns += 1
            looked_at, plain, foreign = _looked_at(field, versions)
            seen += looked_at
            if plain:
                wrong.append(f"{field.kind}: {plain} are not sealed")
            if foreign:
                wrong.append(f"{field.kind}: {foreign} are under a key that is not this account's, or has ended")
        if wrong:
            return failed(
                "Columns hold what is not sealed under the account's key.", columns=columns, wrong=some(wrong)
            )
        return passed(columns=columns, values=seen)


_LOOKED_AT: Final = """
    SELECT count(*), count(*) FILTER (WHERE substring(v FOR 3) <> {begins}),
        count(*) FILTER (WHERE substring(v FOR 3) = {begins}
                           AND NOT substring(v FROM {at} FOR {size}) = ANY ({versions}))
    FROM ((SELECT {column} AS v FROM {table}
            WHERE {column} IS NOT NULL AND {key} >= {start} ORDER BY {key} LIMIT {rows})
        UNION ALL
          (SELECT {column} FROM {table}
            WHERE {column} IS NOT NULL AND {key} < {start} ORDER BY {key} LIMIT {rows})) found
"""


def _looked_at(field: SealedField[Any], versions: list[uuid.UUID]) -> tuple[int, int, int]:
    """How many values were looked at, how many are no ciphertext of ours, how many are under no standing version."""
    meta: Any = field.model._meta
    asked = sql.SQL(_LOOKED_AT).format(
        column=sql.Identifier(str(field.column)),
        table=sql.Identifier(meta.db_table),
        key=sql.Identifier(meta.pk.column),
        begins=sql.Literal(b"\xb5S\x01"),
        at=sql.Literal(VERSION_AT + 1),
        size=sql.Literal(VERSION_BYTES),
        versions=sql.SQL("ARRAY[{}]::bytea[]").format(sql.SQL(", ").join(sql.Literal(v.bytes) for v in versions)),
        start=sql.Literal(uuid.uuid4()),
        rows=sql.Literal(ROWS // 2),
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(asked)
        looked_at, plain, foreign = cursor.fetchone()
    return looked_at, plain, foreign


@check
class SealedObjects(Check):
    """The objects as they lie in the store."""

    key = "encryption.objects"
    title = "Every object is ciphertext under this account's key, and nothing else"
    words = f"Reads the header of {OBJECTS} objects of the account, drawn at random."
    mend = "Take the object away or seal it again; find out what wrote it past the application."

    def look(self) -> Result:
        names = list(islice(configured.object_store().names(), _NAMES))
        drawn = random.sample(names, min(OBJECTS, len(names)))
        wrong = list(_not_sealed(drawn, frozenset(_standing())))
        if wrong:
            because = f"{len(wrong)} objects are not sealed under the account's key."
            return failed(because, looked_at=len(drawn), wrong=some(wrong))
        return passed(objects=len(names), looked_at=len(drawn))


def _not_sealed(names: list[str], versions: frozenset[uuid.UUID]) -> Iterator[str]:
    for name in names:
        try:
            if configured.object_store().header(name).key.version not in versions:
                yield f"{name}: under a key that is not this account's, or has ended"
        except NoSuchObject:
            continue  # it was deleted meanwhile
        except VaultError as error:
            yield f"{name}: {error.code}"
