"""A policy that leads nowhere, and a security.txt that nobody is to believe any more: each is seen."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.compliance.checking import Outcome
from apps.compliance.checks import disclosure
from apps.tenants.models import Tenant
from config.embedded.place import ROOT
from tests.apps.compliance.breaking import assert_fails, assert_only_fails

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
ADDRESS = "security@specward." + "eu"
TODAY = datetime.datetime.now(datetime.UTC).date()


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """SECURITY.md as an operator deploys it."""
    file = tmp_path / "SECURITY.md"
    file.write_text((ROOT / "SECURITY.md").read_text("utf-8").replace("security@specward.example", ADDRESS))
    monkeypatch.setattr(disclosure, "POLICY", file)
    return file


@pytest.fixture
def operated(settings: Any) -> Any:
    settings.EMBEDDED = False
    settings.SECURITY_CONTACT = f"mailto:{ADDRESS}"
    settings.SECURITY_REVIEWED = TODAY
    return settings


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (ADDRESS, "security@specward.example"),
        (ADDRESS, "our form"),
        ("2 business days", "time"),
        ("30 days", "time"),
    ],
)
def test_a_policy_that_names_nobody_or_no_time_is_seen(
    what: str, instead: str, policy: Path, operated: Any, in_acme: Tenant
) -> None:
    before = policy.read_text()
    fails = assert_only_fails if what == ADDRESS else assert_fails
    fails(
        "disclosure.policy",
        lambda: policy.write_text(before.replace(what, instead)),
        lambda: policy.write_text(before),
    )


def test_a_policy_that_was_not_deployed_is_seen(policy: Path, operated: Any, in_acme: Tenant) -> None:
    before = policy.read_text()
    assert_fails("disclosure.policy", policy.unlink, lambda: policy.write_text(before))


@pytest.mark.parametrize(
    ("setting", "instead"),
    [
        ("SECURITY_CONTACT", "mailto:security@specward.example"),
        ("SECURITY_CONTACT", "https://example.com/report"),
        ("SECURITY_REVIEWED", TODAY - datetime.timedelta(days=366)),
        ("SECURITY_REVIEWED", None),
    ],
)
def test_a_security_txt_that_leads_nowhere_or_has_expired_is_seen(
    setting: str, instead: object, policy: Path, operated: Any, in_acme: Tenant
) -> None:
    before = getattr(operated, setting)

    def set_to(value: object) -> Callable[[], object]:
        return lambda: setattr(operated, setting, value)

    fails = assert_only_fails if instead is None else assert_fails
    fails("disclosure.security_txt", set_to(instead), set_to(before))


def test_a_checkout_says_that_its_address_is_a_placeholder_and_an_operated_service_fails(
    settings: Any, in_acme: Tenant
) -> None:
    settings.SECURITY_CONTACT, settings.SECURITY_REVIEWED = "", None
    ours = (disclosure.ThePolicyNamesSomebody(), disclosure.SecurityTxtIsGood())
    settings.EMBEDDED = True
    for one in ours:
        seen = one.look()
        assert seen.outcome is Outcome.NOT_APPLICABLE and "checkout" in seen.because
    settings.EMBEDDED = False
    assert [one.look().outcome for one in ours] == [Outcome.FAIL, Outcome.FAIL]
