"""A tenant's key: made with the tenant, disabled and enabled, destroyed for good; each behind its walls."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import Entry
from apps.tenants.errors import NobodyProven
from apps.tenants.models import Tenant
from apps.tenants.provisioning import FirstOwner
from apps.tenants.roles import Role
from apps.tenants.signals import tenant_provisioned
from apps.tenants.walls import Walls, behind, within
from apps.vault import configured, tenant_keys
from apps.vault.errors import KeyDestroyed, KeyDisabled
from apps.vault.key_services import KeyService, KeyState
from apps.vault.models import TenantKey
from apps.vault.objects import ObjectStore
from apps.vault.sealing import open_sealed, seal
from tests.apps.audit.conftest import as_role
from tests.apps.vault.ledger import Page
from tests.cast import ACME, GLOBEX


@pytest.fixture
def kept(in_acme: Tenant, objects: ObjectStore) -> list[Callable[[], object]]:
    """What Acme keeps, each as the way to read it: a value, a row, an object."""
    value = seal(b"x", tenant=ACME.id, kind="k", object_id="1")
    page = Page.objects.create(title="t", text="x")
    objects.put("o", [b"x"])

    def read_object() -> bytes:
        with objects.opened("o") as stream:
            return stream.read()

    return [
        lambda: open_sealed(value, tenant=ACME.id, kind="k", object_id="1").reveal(),
        lambda: Page.objects.get(id=page.id).text.reveal().encode(),
        read_object,
    ]


def test_the_tenants_of_the_template_have_keys(acme: Tenant, globex: Tenant, platform: Tenant) -> None:
    """Made when they were provisioned, by the key service of this machine."""
    found = set()
    for tenant in (acme, globex, platform):
        with within(tenant):
            row = TenantKey.objects.get()
            assert (row.id, row.state) == (tenant.id, TenantKey.State.ACTIVE)
            assert configured.key_service().describe(tenant.id).primary == row.version
            found.add(row.version)
            assert Entry.objects.filter(object_type="vault.tenantkey", object_pk=str(tenant.id)).exists()
    assert len(found) == 3


def test_provisioning_again_changes_nothing(in_acme: Tenant, service: KeyService) -> None:
    before = service.describe(ACME.id)
    for _ in range(2):
        tenant_provisioned.send(Tenant, tenant=in_acme, owner=FirstOwner("a@b.example", "A"))
    assert service.describe(ACME.id) == before and TenantKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("destroyed", [False, True])
def test_a_tenant_without_a_row_gets_the_one_its_key_has(in_acme: Tenant, service: KeyService, destroyed: bool) -> None:
    """A tenant that is older than the vault, or a restored database."""
    with as_role(Role.MIGRATOR, in_acme) as owner:
        owner.execute("DELETE FROM vault_tenantkey")
    if destroyed:
        service.destroy(ACME.id)
        with pytest.raises(KeyDestroyed):
            seal(b"x", tenant=ACME.id, kind="k", object_id="1")
        return
    seal(b"x", tenant=ACME.id, kind="k", object_id="1")
    assert TenantKey.objects.get().version == service.describe(ACME.id).primary


def test_a_disabled_key_opens_nothing_and_seals_nothing_until_it_is_enabled(
    kept: list[Callable[[], object]], objects: ObjectStore
) -> None:
    assert [read() for read in kept] == [b"x"] * 3
    assert tenant_keys.disable().state is KeyState.DISABLED
    sealing: list[Callable[[], object]] = [
        lambda: seal(b"x", tenant=ACME.id, kind="k", object_id="1"),
        lambda: Page(title="u", text="x").save(),
        lambda: objects.put("p", [b"x"]),
        tenant_keys.rotate,
    ]
    for refused in [*kept, *sealing]:
        with pytest.raises(KeyDisabled) as raised, transaction.atomic():
            refused()
        assert raised.value.code == "vault.key_disabled" and "enables it again" in str(raised.value)
    assert list(objects.names()) == ["o"] and TenantKey.objects.get().state == TenantKey.State.DISABLED
    assert tenant_keys.enable().state is KeyState.ACTIVE
    assert [read() for read in kept] == [b"x"] * 3


@pytest.mark.parametrize("where", ["our row", "key service"])
def test_either_place_alone_refuses(kept: list[Callable[[], object]], service: KeyService, where: str) -> None:
    """A crash between the two leaves a key that is refused."""
    if where == "our row":
        TenantKey.objects.update(state=TenantKey.State.DISABLED)
    else:
        service.disable(ACME.id)
    configured.data_keys().forget(ACME.id)
    for read in kept:
        with pytest.raises(KeyDisabled):
            read()
    tenant_keys.enable()
    assert [read() for read in kept] == [b"x"] * 3


def test_the_row_is_told_before_the_service_that_disables(in_acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: object, tenant: uuid.UUID) -> None:
        assert TenantKey.objects.get().state == TenantKey.State.DISABLED
        raise ConnectionResetError

    monkeypatch.setattr(type(configured.key_service()), "disable", fails)
    with pytest.raises(ConnectionResetError):
        tenant_keys.disable()
    with pytest.raises(KeyDisabled):
        seal(b"x", tenant=ACME.id, kind="k", object_id="1")


def test_a_destroyed_key_takes_everything_with_it_and_there_is_no_way_back(
    kept: list[Callable[[], object]], folder: Path
) -> None:
    assert [read() for read in kept] == [b"x"] * 3
    for _ in range(2):
        assert tenant_keys.destroy().state is KeyState.DESTROYED
        for read in kept:
            with pytest.raises(KeyDestroyed) as refused:
                read()
            assert refused.value.code == "vault.key_destroyed"
    for refused_too in (tenant_keys.enable, tenant_keys.disable, tenant_keys.rotate):
        with pytest.raises(KeyDestroyed):
            refused_too()
    TenantKey.objects.update(state=TenantKey.State.ACTIVE)  # as a restored database would say
    for read in kept:
        with pytest.raises(KeyDestroyed):
            read()


def test_no_runtime_role_takes_the_row_away(in_acme: Tenant) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        TenantKey.objects.all().delete()


def test_after_a_rotation_everything_still_opens(kept: list[Callable[[], object]]) -> None:
    before = TenantKey.objects.get().version
    described = tenant_keys.rotate()
    assert TenantKey.objects.get().version == described.primary != before
    assert seal(b"x", tenant=ACME.id, kind="k", object_id="1").header.key.version == described.primary
    assert [read() for read in kept] == [b"x"] * 3


def test_what_mallory_does_with_her_key_is_nothing_to_alice(
    kept: list[Callable[[], object]], globex: Tenant, service: KeyService
) -> None:
    with within(globex):
        tenant_keys.destroy()
    assert service.describe(GLOBEX.id).state is KeyState.DESTROYED
    assert [read() for read in kept] == [b"x"] * 3
    for changed in (tenant_keys.disable, tenant_keys.destroy, tenant_keys.rotate, tenant_keys.enable):
        with behind(Walls()), pytest.raises(NobodyProven):
            changed()
