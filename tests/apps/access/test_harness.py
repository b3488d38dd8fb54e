"""The harness finds every mistake that was made on purpose, and none where there is none."""

from __future__ import annotations

import json
from io import StringIO
from typing import ClassVar

import pytest
from django.core.management import CommandError, call_command
from django.urls import path
from django.utils.module_loading import autodiscover_modules

from apps.access import harness
from apps.access.endpoints import endpoints
from apps.access.harness import Finding, Found, Report
from apps.access.specimen import registered
from apps.accounts.models import User
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.access import leaky
from tests.cast import ACME, GLOBEX, PLATFORM

pytestmark = pytest.mark.timeout(1800)  # thousands of requests, on machines that are shared


@pytest.fixture(params=[True, False], ids=["ids-together", "id-by-id"])
def report(acme: Tenant, globex: Tenant, settings, request) -> Report:
    settings.ROOT_URLCONF = leaky.__name__
    return harness.run(ACME.host, GLOBEX.host, together=request.param)


def of(report: Report, place: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.endpoint.startswith(f"/{place}/")]


def kinds(report: Report, place: str) -> set[Found]:
    return {finding.found for finding in of(report, place)}


def test_the_harness_finds_each_mistake_and_only_those(report: Report) -> None:
    assert of(report, "sound") == []
    assert {place: kinds(report, place) for place in ("in-path", "in-query", "in-body", "in-nested-body")} == {
        "in-path": {Found.LEAK},
        "in-query": {Found.LEAK},
        "in-body": {Found.LEAK},
        "in-nested-body": {Found.LEAK},
    }
    positions = {finding.position for finding in report.findings if finding.found is Found.LEAK}
    assert {"path user_id (user)", "query user (user)", "body user (user)", "body items.0.user (user)"} <= positions
    by_neighbour = {f.persona for f in of(report, "in-path")}
    assert "other tenant's session" in by_neighbour and "other tenant's token" in by_neighbour
    assert kinds(report, "no-permission") == kinds(report, "open-to-all") == {Found.UNALLOWED}
    assert {finding.persona for finding in of(report, "open-to-all")} >= {
        "anonymous", "revoked token", "expired token", "foreign session", "foreign token", "token without users.read",
    }  # fmt: skip
    assert "session of engineer" in {finding.persona for finding in of(report, "no-permission")}
    (oracle,) = [f for f in of(report, "tells-by-status") if f.persona == "session of engineer"]
    assert oracle.detail.startswith("status 403 for 404")
    assert any("queries" in finding.detail for finding in of(report, "tells-by-queries"))
    assert kinds(report, "tells-by-queries") == {Found.LEAK}
    assert kinds(report, "blind") == {Found.BLIND}
    assert kinds(report, "unknown-kind") == {Found.NO_SPECIMEN}
    assert kinds(report, "broken") == {Found.BROKEN}


@pytest.mark.parametrize(("host", "other"), [(ACME.host, GLOBEX.host), (PLATFORM.host, ACME.host)])
def test_the_real_addresses_leak_nothing(acme: Tenant, globex: Tenant, host: str, other: str, soak: bool) -> None:
    report = harness.run(host, other, together=not soak)
    assert [str(finding) for finding in report.findings] == []
    declared = {(str(one), method) for one in endpoints() for method in one.methods}
    assert declared <= report.covered and len(declared) >= 130
    assert report.endpoints == len({str(endpoint) for endpoint in endpoints()})


class OneMistake:
    """A URLconf."""

    urlpatterns: ClassVar = [path("open-to-all/", leaky.open_to_all)]


def test_the_command_says_what_it_found_and_leaves_nothing_behind(acme: Tenant, globex: Tenant, settings) -> None:
    settings.ROOT_URLCONF = OneMistake
    with within(acme):
        before = set(User.objects.values_list("email", flat=True))
    out = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("idor_harness", ACME.host, GLOBEX.host, json=True, stdout=out)
    assert raised.value.returncode == 1
    said = json.loads(out.getvalue())
    assert (said["endpoints"], said["covered"]) == (1, ["GET /open-to-all/"])
    assert {finding["found"] for finding in said["findings"]} == {"unallowed"}
    with within(acme):
        assert set(User.objects.values_list("email", flat=True)) == before
    with pytest.raises(CommandError, match="no tenant at"):
        call_command("idor_harness", "nowhere.localhost", GLOBEX.host)


def test_each_kind_of_accounts_has_its_specimen() -> None:
    autodiscover_modules("specimens")
    assert {"user", "token", "session", "invitation", "invitation_link", "reset_link"} <= set(registered())
