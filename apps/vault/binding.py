"""What a ciphertext is bound to: the associated data, of which no part can be taken for another."""

from __future__ import annotations

import functools
import hashlib
import uuid
from dataclasses import dataclass
from typing import Final

from apps.tenants.walls import Walls, connection, schema_of
from apps.vault.errors import AnotherTenant, NameRefused

VERSION: Final = b"specward associated data 1"
LONGEST: Final = 500
"""Bytes of a kind or an object's id."""


def joined(*parts: bytes) -> bytes:
    """The parts, each behind its length as four bytes (big endian): two lists of parts never give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


@dataclass(frozen=True)
class Binding:
    """Whose it is, what it is (``app.model.field``, ``object``), and which one.

    Raises :class:`apps.vault.errors.NameRefused` for a kind or an id that is empty or longer than 500 bytes.
    """

    tenant: uuid.UUID
    kind: str
    object_id: str

    def __post_init__(self) -> None:
        for what, value in (("kind", self.kind), ("object id", self.object_id)):
            if not 0 < len(value.encode("utf-8", "surrogatepass")) <= LONGEST:
                raise NameRefused(f"The {what} of what is sealed has 1 to {LONGEST} bytes.")

    @functools.cached_property
    def associated_data(self) -> bytes:
        """Authenticated with the ciphertext and not in it: what is not the same at opening does not open."""
        kind, object_id = (part.encode("utf-8", "surrogatepass") for part in (self.kind, self.object_id))
        return joined(VERSION, self.tenant.bytes, kind, object_id)

    @property
    def digest(self) -> bytes:
        """16 bytes that stand in front of a ciphertext: what was moved is told before a key is asked for. No secret,
        and no proof: that is the associated data."""
        return hashlib.sha256(self.associated_data).digest()[:16]


def tenant_here() -> uuid.UUID:
    """The tenant behind whose walls, both of them, this connection stands.

    Raises :class:`apps.tenants.errors.NobodyProven` where there is none, and :class:`AnotherTenant` where the schema is
    one tenant's and the credentials are another's.
    """
    walls: Walls = connection().walls
    tenant = walls.proven
    if walls.schema != schema_of(tenant):
        raise AnotherTenant("The schema is one tenant's, and the credentials are another's.")
    return tenant


def bound(tenant: uuid.UUID, kind: str, object_id: str | uuid.UUID) -> Binding:
    """The binding of something of the tenant's that is here. Raises :class:`AnotherTenant` for any other's."""
    if tenant != tenant_here():
        raise AnotherTenant("This belongs to another tenant than the one whose walls stand.")
    return Binding(tenant, kind, str(object_id))
