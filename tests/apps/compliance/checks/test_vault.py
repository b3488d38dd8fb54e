"""What is sealed badly, under another's key, or fetched by somebody else is seen by the one check that looks at it."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import tink
from django.db import connection
from tink import aead

from apps.compliance.checking import Outcome
from apps.compliance.checks.cross_tenant import Objects
from apps.compliance.checks.sealing import KeyNotShared, OwnKey
from apps.tenants.models import Tenant
from apps.tenants.walls import PLATFORM_ID, within
from apps.vault import binding, configured, data_keys, objects, tenant_keys
from apps.vault.ciphers import _written, is_aes_256_gcm, new_data_key, new_wrapping_key
from apps.vault.local_keys import LocalKeyService
from apps.vault.models import StoredSecret, TenantKey
from apps.vault.secret import Secret
from tests.apps.compliance.breaking import assert_fails, assert_only_fails

pytestmark = pytest.mark.usefixtures("own_vault")


def test_a_key_service_that_seals_under_another_version_than_it_was_told_to(in_acme_committed: Tenant) -> None:
    acme = in_acme_committed
    service = configured.key_service()
    assert_only_fails(
        "encryption.key",
        lambda: service.rotate(acme.id),
        lambda: TenantKey.objects.filter(id=acme.id).update(version=service.describe(acme.id).primary),
    )


def test_a_key_that_is_disabled(in_acme_committed: Tenant) -> None:
    tenant_keys.disable()
    found = OwnKey().look()
    assert found.outcome is Outcome.FAIL and "disabled" in found.because
    tenant_keys.enable()
    assert OwnKey().look().outcome is Outcome.PASS


def test_a_key_that_is_the_platforms_too(in_acme_committed: Tenant, own_vault: Path, platform: Tenant) -> None:
    service, file = configured.key_service(), own_vault / "keys" / f"{PLATFORM_ID.hex}.keys"
    assert isinstance(service, LocalKeyService)
    kept = file.read_bytes()
    assert_only_fails(
        "encryption.key_apart",
        lambda: service._write(PLATFORM_ID, service._read(in_acme_committed.id)),
        lambda: file.write_bytes(kept),
    )
    with within(platform):
        assert KeyNotShared().look().outcome is Outcome.NOT_APPLICABLE


def test_a_shorter_key(in_acme_committed: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def shorter() -> Secret[bytes]:
        return _written(tink.new_keyset_handle(aead.aead_key_templates.AES128_GCM_RAW))

    def made_by(maker: object) -> None:
        monkeypatch.setattr(data_keys, "new_data_key", maker)
        configured.data_keys().forget(in_acme_committed.id)

    assert_only_fails("encryption.aes_256", lambda: made_by(shorter), lambda: made_by(new_data_key))
    assert is_aes_256_gcm(new_data_key()) and is_aes_256_gcm(new_wrapping_key()) and not is_aes_256_gcm(shorter())


def test_a_binding_that_forgets_the_tenant(in_acme_committed: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_tenant(self: binding.Binding) -> bytes:
        return binding.joined(binding.VERSION, self.kind.encode(), self.object_id.encode())

    assert_only_fails(
        "encryption.opened_by_another",
        lambda: monkeypatch.setattr(binding.Binding, "associated_data", property(without_tenant)),
        monkeypatch.undo,
    )


@pytest.mark.parametrize("written", ["plain text", "another's"])
def test_a_column_that_somebody_wrote_past_the_application(in_acme_committed: Tenant, written: str) -> None:
    row = StoredSecret(name="compliance/kept", stage=StoredSecret.Stages.CURRENT, value=b"in confidence")
    row.save()
    held = bytes(row.__dict__["value"].to_bytes())
    other = {"plain text": b"in confidence", "another's": held[:3] + uuid.uuid4().bytes + held[19:]}[written]

    def write(value: bytes) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE vault_storedsecret SET value = %s WHERE id = %s", [value, row.id])

    asserted = assert_only_fails if written == "plain text" else assert_fails
    asserted("encryption.rows", lambda: write(other), lambda: write(held))


def test_an_object_that_lies_in_plain(in_acme_committed: Tenant, own_vault: Path) -> None:
    stored = configured.object_store().put("compliance/kept", [b"in confidence"])
    file = own_vault / "objects" / stored.path
    sealed = file.read_bytes()
    assert_only_fails(
        "encryption.objects", lambda: file.write_bytes(b"in confidence"), lambda: file.write_bytes(sealed)
    )


def test_a_store_that_believes_the_path(in_acme_committed: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose an object is would follow from its name, and no more from the walls."""
    asked = objects._of

    def believing(name: str) -> tuple[uuid.UUID, str]:
        if not name.startswith("tenants/"):
            return asked(name)
        tenant, _, rest = name.removeprefix("tenants/").partition("/")
        return uuid.UUID(tenant), rest

    assert_only_fails("isolation.objects", lambda: monkeypatch.setattr(objects, "_of", believing), monkeypatch.undo)
    assert list(configured.object_store().names("compliance/")) == []


def test_the_probe_is_taken_away_also_where_it_was_fetched(
    in_acme_committed: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.compliance.checks.cross_tenant._fetched", lambda _: b"everything")
    assert Objects().look().outcome is Outcome.FAIL
    assert list(configured.object_store().names("compliance/")) == []
