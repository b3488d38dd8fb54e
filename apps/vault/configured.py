"""Which key service and which stores this process uses, as the settings say. One of each, made when first asked for."""

from __future__ import annotations

import functools
from pathlib import Path

from django.conf import settings

from apps.vault.data_keys import DataKeys
from apps.vault.key_services import KeyService
from apps.vault.local_blobs import LocalBlobs
from apps.vault.local_keys import LocalKeyService
from apps.vault.objects import ObjectStore
from apps.vault.secret_stores import SecretStore


@functools.cache
def key_service() -> KeyService:
    return LocalKeyService(Path(settings.KEY_FOLDER), settings.MASTER_KEYSET.cipher)


@functools.cache
def data_keys() -> DataKeys:
    from apps.vault.tenant_keys import refuse_unusable  # its models' fields come here to seal

    return DataKeys(key_service(), refuse_unusable)


@functools.cache
def object_store() -> ObjectStore:
    return ObjectStore(LocalBlobs(Path(settings.OBJECT_FOLDER)), data_keys())


@functools.cache
def secret_store() -> SecretStore:
    from apps.vault.sealed_rows import SealedRows

    return SealedRows()


def forget() -> None:
    """Makes them anew, as the settings say now; data keys are gone."""
    for made in (key_service, data_keys, object_store, secret_store):
        made.cache_clear()
