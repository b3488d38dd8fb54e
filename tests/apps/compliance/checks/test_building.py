"""What is installed past its pin, pinned without a hash, answers undeclared, or runs with its guards down."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from apps.access import permissions
from apps.access.permissions import Permission
from apps.accounts.models import Role
from apps.compliance import pins
from apps.compliance.checking import Outcome
from apps.compliance.checks.declared import RolesOnly
from apps.compliance.checks.supply import Installed, Pinned
from apps.tenants.models import Tenant
from config import urls
from config.embedded.place import ROOT
from tests.apps.compliance.breaking import assert_fails, assert_only_fails


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class WithOneMore:
    """The addresses of the service, and one that declares nothing."""

    urlpatterns = (path("bare/", bare), *urls.urlpatterns)


def test_an_address_that_declares_nothing(in_acme_committed: Tenant, settings: Any) -> None:
    whole = settings.ROOT_URLCONF

    def lead_to(urlconf: object) -> None:
        settings.ROOT_URLCONF = urlconf

    assert_only_fails("access.declared", lambda: lead_to(WithOneMore), lambda: lead_to(whole))


def test_a_right_of_the_platforms_in_the_table_of_customers_roles(
    in_acme_committed: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "apps.compliance.checks.declared.of_role",
        lambda role: permissions.TABLE[role] | {Permission.PLATFORM_TENANTS_READ},
    )
    found = RolesOnly().look()
    assert found.outcome is Outcome.FAIL and found.evidence["wrong"]["count"] == len(Role)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", True),
        ("PASSWORD_HASHERS", ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]),
        ("CONTENT_SECURITY_POLICY", {"DIRECTIVES": {"default-src": ["'none'"], "script-src": ["'unsafe-inline'"]}}),
        ("X_FRAME_OPTIONS", "SAMEORIGIN"),
    ],
)
def test_a_process_with_its_guards_down(in_acme_committed: Tenant, settings: Any, name: str, value: object) -> None:
    right = getattr(settings, name)
    asserted = assert_only_fails if name == "DEBUG" else assert_fails
    asserted("platform.settings", lambda: setattr(settings, name, value), lambda: setattr(settings, name, right))


@pytest.fixture
def locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the lock files, which are looked at in place of ours."""
    shutil.copytree(ROOT / pins.FOLDER, tmp_path / pins.FOLDER)
    monkeypatch.setattr(pins, "FOLDER", str(tmp_path / pins.FOLDER))
    return tmp_path / pins.FOLDER


def spoilt(file: Path, change: Callable[[str], str]) -> tuple[Callable[[], object], Callable[[], object]]:
    right = file.read_text("utf-8")
    wrong = change(right)
    assert wrong != right
    return lambda: file.write_text(wrong, "utf-8"), lambda: file.write_text(right, "utf-8")


def without_hashes(text: str) -> str:
    """The first pin, and none of its hashes."""
    head, _, rest = text.partition(" \\\n    --hash")
    return head + "\n" + rest.partition("    # via")[2].partition("\n")[2]


def test_a_pin_without_a_hash(in_acme_committed: Tenant, locks: Path) -> None:
    assert_only_fails("supply.pinned", *spoilt(locks / pins.SERVICE, without_hashes))


@pytest.mark.parametrize(
    "line",
    [
        "left-pad>=1 \\\n    --hash=sha256:" + "0" * 64,
        "left-pad==1.* \\\n    --hash=sha256:" + "0" * 64,
        "left-pad==1 \\\n    --hash=md5:" + "0" * 32,
        "left-pad @ https://elsewhere.example/left-pad.whl \\\n    --hash=sha256:" + "0" * 64,
        "-r elsewhere.txt",
    ],
)
def test_a_line_that_pins_nothing(in_acme_committed: Tenant, locks: Path, line: str) -> None:
    assert Pinned().look().outcome is Outcome.PASS
    with (locks / pins.SERVICE).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    found = Pinned().look()
    assert found.outcome is Outcome.FAIL and found.evidence["wrong"]["count"] == 1


def test_no_lock_file_at_all(in_acme_committed: Tenant, locks: Path) -> None:
    (locks / pins.SERVICE).unlink()
    assert Pinned().look().outcome is Outcome.FAIL


@pytest.mark.parametrize(("name", "version"), [("django", "9.9"), ("smuggled-in", "1.0")])
def test_something_else_is_installed_than_was_pinned(
    in_acme_committed: Tenant, tmp_path: Path, name: str, version: str
) -> None:
    about = tmp_path / "before" / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    asserted = assert_only_fails if name == "django" else assert_fails
    asserted(
        "supply.installed",
        lambda: sys.path.insert(0, str(about.parent)),
        lambda: sys.path.remove(str(about.parent)),
    )


def test_something_that_was_pinned_is_not_there(in_acme_committed: Tenant, locks: Path, settings: Any) -> None:
    with (locks / pins.SERVICE).open("a", encoding="utf-8") as file:
        file.write("left-pad==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n")
        file.write("of-another==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:" + "0" * 64 + "\n")
    found = Installed().look()
    assert found.evidence["wrong"]["first"] == ["left-pad: missing, and pinned to 1.0"]
