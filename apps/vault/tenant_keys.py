"""The life of a tenant's key: made with the tenant, rotated, disabled and enabled, destroyed.

Always for the tenant behind whose walls we stand. The row and the key service are two places: each change is made
first where it refuses, so that a crash in between leaves a key that is refused, and doing it again ends it.
"""

from __future__ import annotations

import uuid
from typing import Any

from apps.tenants.walls import within
from apps.vault import configured
from apps.vault.binding import tenant_here
from apps.vault.errors import KeyDestroyed, KeyDisabled
from apps.vault.key_services import KeyDescription, KeyState
from apps.vault.models import TenantKey


def provide() -> TenantKey:
    """The tenant's key, made where there is none yet. Safe to call again, and from several processes."""
    tenant = tenant_here()
    described = configured.key_service().create(tenant)
    row, _ = TenantKey.objects.get_or_create(
        id=tenant, defaults={"state": described.state.value, "version": described.primary}
    )
    return row


def provide_for(sender: object, tenant: Any, **_: Any) -> None:
    """For the signal that a tenant was provisioned."""
    with within(tenant):
        provide()


def refuse_unusable(tenant: uuid.UUID) -> None:
    """Raises :class:`KeyDisabled` or :class:`KeyDestroyed`. A tenant that is older than the vault gets its key now."""
    row = TenantKey.objects.filter(id=tenant).first() or provide()
    if row.state == TenantKey.State.DISABLED:
        raise KeyDisabled
    if row.state == TenantKey.State.DESTROYED:
        raise KeyDestroyed


def rotate() -> KeyDescription:
    """A new primary version. What is sealed opens as before; ``apps.vault.resealing`` moves it under the new one."""
    tenant = tenant_here()
    refuse_unusable(tenant)
    described = configured.key_service().rotate(tenant)
    TenantKey.objects.filter(id=tenant).update(version=described.primary)
    configured.data_keys().forget(tenant)
    return described


def disable() -> KeyDescription:
    """Nothing is sealed or opened from now on in this process, and within a minute (``data_keys.KEPT``) in others."""
    return _told(KeyState.DISABLED)


def enable() -> KeyDescription:
    """Takes :func:`disable` back. Raises :class:`KeyDestroyed` where there is no way back."""
    tenant = tenant_here()
    provide()
    if TenantKey.objects.filter(id=tenant, state=TenantKey.State.DESTROYED).exists():
        raise KeyDestroyed
    described = configured.key_service().enable(tenant)
    TenantKey.objects.filter(id=tenant).update(state=TenantKey.State.ACTIVE)
    return described


def destroy() -> KeyDescription:
    """Crypto-shredding: nothing that the tenant has sealed ever opens again, wherever a copy of it is."""
    return _told(KeyState.DESTROYED)


def _told(state: KeyState) -> KeyDescription:
    tenant = tenant_here()
    row = provide()
    if row.state == TenantKey.State.DESTROYED and state is not KeyState.DESTROYED:
        raise KeyDestroyed
    TenantKey.objects.filter(id=tenant).update(state=state.value)
    try:
        service = configured.key_service()
        return service.destroy(tenant) if state is KeyState.DESTROYED else service.disable(tenant)
    finally:
        configured.data_keys().forget(tenant)
