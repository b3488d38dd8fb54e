"""A log that stands still is told to whoever runs the service: as a figure, and by name in our own log only."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from apps.audit import merge_delay
from apps.audit.recording import record
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, within
from apps.watching.tasks import measure_merge_delays
from tests.apps.watching.test_figures import GOOD, asked, figure
from tests.cast import ACME

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.METRICS_TOKEN = GOOD


def test_logs_that_stand_still_are_counted_and_named_to_nobody_else(
    acme: Tenant, globex: Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for tenant in (acme, globex):
        with within(tenant):
            while sequence().placed.entries:
                pass
    with within(acme):
        record(Action.CHECK)
    monkeypatch.setattr(merge_delay, "ALARM", datetime.timedelta())
    with behind(Walls()):
        measure_merge_delays()
    text = asked().content.decode()
    assert figure(text, "specward_audit_behind_seconds") > 0
    assert figure(text, "specward_audit_logs_standing") >= 1
    said = [line.getMessage() for line in caplog.records if "sequence_logs" in line.getMessage()]
    assert any(str(ACME.id) in line for line in said)
    assert not any(str(globex.id) in line for line in said)
    assert str(ACME.id) not in text and ACME.name not in text
