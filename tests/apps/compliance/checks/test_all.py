"""All checks of a tenant in which nothing is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from apps.compliance import running
from apps.compliance.checking import Outcome
from apps.compliance.controls_walls import CONTROLS
from apps.compliance.models import Run
from apps.tenants.models import Tenant
from apps.tenants.walls import within


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["acme", "globex", "platform"])
def test_where_nothing_is_wrong_every_check_holds_or_says_why_it_does_not_apply(
    who: str, request: pytest.FixtureRequest
) -> None:
    tenant: Tenant = request.getfixturevalue(who)
    with within(tenant):
        for key in dict.fromkeys(key for control in CONTROLS for key in control.checks):
            kept = running.run(key, Run.By.PERSON)
            assert kept.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE), (key, kept.because, kept.evidence)
            assert kept.took_ms < 10_000, key
            named = set(re.findall(r"t_[0-9a-f]{32}", json.dumps(kept.evidence) + kept.because))
            assert named <= {tenant.schema_name}


def test_each_check_of_ours_is_broken_by_a_test() -> None:
    """Where nobody breaks what a check looks at, nobody knows whether it can fail."""
    here = Path(__file__)
    tests = "".join(file.read_text("utf-8") for file in here.parent.glob("test_*.py") if file != here)
    assert [key for control in CONTROLS for key in control.checks if f'"{key}"' not in tests] == []
