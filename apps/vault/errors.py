"""What the vault refuses. Each has a stable code, and says what was refused, why, and the way out.

No message holds content, a key, or a ciphertext. They are raised outside of the ``except`` block of what caused them:
an error that is chained would carry the frames of the cipher, whose variables hold both.
"""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from apps.tenants.refusals import Refusal


class VaultError(Refusal):
    """Base of what the vault refuses. All are shown alike: what, why, the way out."""

    code = "vault"


class DoesNotOpen(VaultError):
    """A ciphertext that was altered, cut short, put together of others, or moved from where it was sealed for."""

    code = "vault.does_not_open"
    way_out = "Nothing of it is used. Restore it from where it is whole; find out who changed it."


class KeyDisabled(VaultError):
    """The tenant's key is disabled: nothing is sealed or opened."""

    code = "vault.key_disabled"
    way_out = "Its owner enables it again; what was sealed under it opens then as before."

    def __init__(self) -> None:
        super().__init__("The key of this tenant is disabled: nothing is sealed or opened.")


class KeyDestroyed(VaultError):
    """The tenant's key, or the version of it that this was sealed under, is destroyed. There is no way back."""

    code = "vault.key_destroyed"
    way_out = "It cannot be undone: what was sealed under it is gone with it."

    def __init__(self, what: str = "The key of this tenant") -> None:
        super().__init__(f"{what} is destroyed.")


class KeyMissing(VaultError):
    """The key service has no key for the tenant."""

    code = "vault.key_missing"
    way_out = "Give back the folder or account of the key service that the tenant's key was made in."

    def __init__(self) -> None:
        super().__init__("There is no key for this tenant.")


class KeyServiceFailed(VaultError):
    """The key service did not answer, or what it keeps cannot be read."""

    code = "vault.key_service_failed"
    way_out = "Nothing was changed. Mend the key service, and do it again."


class StillInUse(VaultError):
    """A version of a key that something is still sealed under, or may be."""

    code = "vault.still_in_use"


class AnotherTenant(VaultError):
    """What belongs to a tenant was asked for behind the walls of another, or of none."""

    code = "vault.another_tenant"
    way_out = "Stand behind the walls of the tenant whose it is."


class NameRefused(VaultError):
    """A name of an object, a secret or a kind that is none."""

    code = "vault.name_refused"


class NoSuchObject(VaultError):
    """There is no object, or no secret, of this name."""

    code = "vault.no_such_object"


class ObjectExists(VaultError):
    """An object of this name is there, and was to be kept; or it is another one by now."""

    code = "vault.object_exists"
    way_out = "Choose another name, or say that it is to be replaced."


class StoreTampered(VaultError):
    """The folder of the objects holds what is none of ours: a link, a device, a folder that is open to others."""

    code = "vault.store_tampered"
    way_out = "Find out who put it there, and take it away."


class StaysHidden(VaultError, TypeError):
    """A secret was to be pickled, or written as JSON: it would be readable wherever that ends up."""

    code = "vault.stays_hidden"
    way_out = "Pass on its id, and open it where it is used; reveal() gives the content."


class SealedByRow(VaultError):
    """A query that asks for, or sets, a sealed column by value: each row has a ciphertext of its own."""

    code = "vault.sealed_by_row"


class SecretPending(VaultError):
    """A secret has a version that waits already."""

    code = "vault.secret_pending"
    way_out = "Promote it, or abandon it, first."


class MasterKeysetRefused(VaultError, ImproperlyConfigured):
    """The platform's master keyset is missing, open to others, or none."""

    code = "vault.master_keyset_refused"
