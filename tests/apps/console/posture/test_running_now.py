"""A check is run when somebody presses the button, and not when its time has come."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.compliance import running
from apps.compliance.models import Run
from apps.compliance.tasks import run_asked
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.compliance.checks_of_ours import a_catalogue, in_place


@pytest.mark.django_db(transaction=True)
def test_the_button_has_a_check_run_that_is_not_due(
    acme: Tenant, as_cora: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_asked, "delay", run_asked)
    with in_place(a_catalogue(1)):
        with within(acme):
            running.run("test.0")
        assert as_cora.post("/console/posture/checks/test.0/run/").status_code == 302
        with within(acme):
            assert list(Run.objects.values_list("by", flat=True)) == ["person", "schedule"]
