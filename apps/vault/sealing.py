"""Sealing and opening: everything of a tenant's that is kept, under that tenant's key.

::

    sealed = seal(b"...", tenant=tenant.id, kind="specs.sheet", object_id=sheet.id)
    opened = open_sealed(sealed, tenant=tenant.id, kind="specs.sheet", object_id=sheet.id)
    parse(opened.reveal())

Models do it by their fields (``apps.vault.fields``), large things by the object store (``apps.vault.objects``).
"""

from __future__ import annotations

import uuid

from apps.vault import configured
from apps.vault.binding import Binding, bound
from apps.vault.ciphers import opened
from apps.vault.data_keys import DataKeys
from apps.vault.errors import DoesNotOpen
from apps.vault.sealed import Format, Header, Sealed
from apps.vault.secret import Secret, hidden


def seal(plaintext: bytes | Secret[bytes], *, tenant: uuid.UUID, kind: str, object_id: str | uuid.UUID) -> Sealed:
    """Seals bytes for one tenant, one kind of thing, and one of them; under the key of the tenant whose walls stand.

    Raises :class:`~apps.vault.errors.AnotherTenant` for any other tenant, and what the key service raises.
    """
    plaintext = hidden(plaintext)
    return seal_for(bound(tenant, kind, object_id), plaintext, configured.data_keys())


def open_sealed(sealed: Sealed, *, tenant: uuid.UUID, kind: str, object_id: str | uuid.UUID) -> Secret[bytes]:
    """Opens what was sealed for exactly this. Raises :class:`~apps.vault.errors.DoesNotOpen` for anything else."""
    return open_for(bound(tenant, kind, object_id), sealed, configured.data_keys())


def seal_for(binding: Binding, plaintext: Secret[bytes], keys: DataKeys) -> Sealed:
    """The same, for a binding whose tenant was compared with the walls."""
    key = keys.to_seal(binding.tenant)
    header = Header(Format.VALUE, key.wrapped, binding.digest)
    return Sealed.made(header, key.cipher.encrypt(plaintext.reveal(), header.associated_data(binding)))


def open_for(binding: Binding, sealed: Sealed, keys: DataKeys) -> Secret[bytes]:
    """The same, for a binding whose tenant was compared with the walls."""
    header = sealed.header
    header.refuse_unless_for(binding, Format.VALUE)
    by = keys.to_open(binding.tenant, header.key)
    found = opened(by, sealed.payload, header.associated_data(binding))
    if found is None:
        raise DoesNotOpen("This was altered since it was sealed.")
    return found
