"""What an operator is shown, and does, by ``manage.py tenant_key``."""

from __future__ import annotations

import io
import uuid
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.tenants.models import Tenant
from apps.vault import configured
from apps.vault.key_services import KeyState
from tests.apps.vault.ledger import Page
from tests.cast import ACME, GLOBEX

pytestmark = pytest.mark.usefixtures("folder")


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("tenant_key", str(ACME.id), *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def test_a_key_is_described_rotated_and_everything_resealed(in_acme: Tenant) -> None:
    page = Page.objects.create(title="t", text="x")
    old = configured.key_service().describe(ACME.id).primary
    assert f"{old}  " in run("describe") and "primary" in run("describe")
    rotated = run("rotate")
    assert rotated.startswith("Active; the key service says: active") and rotated.count("opens") == 1
    assert "Resealed 1 values in rows and 0 objects." in run("reseal")
    with pytest.raises(CommandError, match=r"vault\.still_in_use: .* less than an hour ago"):
        run("end-version", old)
    assert Page.objects.get(id=page.id).text.reveal() == "x"


def test_what_cannot_be_resealed_fails_the_command(in_acme: Tenant, folder: Path) -> None:
    configured.object_store().put("o", [b"x"])
    run("rotate")
    file = folder / "objects" / "tenants" / str(ACME.id) / "o"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(CommandError, match="1 stay under an old version"):
        run("reseal")


def test_a_key_is_disabled_and_enabled(in_acme: Tenant) -> None:
    assert run("disable").startswith("Disabled; the key service says: disabled")
    with pytest.raises(CommandError, match=r"vault\.key_disabled"):
        run("rotate")
    assert run("enable").startswith("Active; the key service says: active")


def test_a_key_is_destroyed_by_naming_its_tenant_twice(in_acme: Tenant) -> None:
    with pytest.raises(CommandError, match="twice"):
        run("destroy", "--for-ever", GLOBEX.id)
    with pytest.raises(CommandError, match="for-ever"):
        run("destroy")
    assert configured.key_service().describe(ACME.id).state is KeyState.ACTIVE
    assert run("destroy", "--for-ever", ACME.id).startswith("Destroyed; the key service says: destroyed")
    assert configured.key_service().describe(GLOBEX.id).state is KeyState.ACTIVE


def test_a_tenant_that_there_is_not_is_told_so(db: None) -> None:
    with pytest.raises(CommandError, match="There is no tenant"):
        call_command("tenant_key", str(uuid.uuid4()), "describe")
