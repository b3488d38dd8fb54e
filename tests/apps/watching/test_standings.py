"""How checks stand is a figure to alert on: sums over all tenants, which name nobody."""

from __future__ import annotations

from typing import Any

import pytest

from apps.compliance import running
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import failed
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, within
from apps.watching.tasks import count_standings
from tests.apps.compliance.conftest import ours  # noqa: F401
from tests.apps.compliance.test_running import seen
from tests.apps.watching.test_figures import GOOD, asked
from tests.cast import ACME

pytestmark = pytest.mark.django_db


def test_what_is_broken_anywhere_is_counted_and_named_nowhere(
    acme: Tenant, globex: Tenant, ours: Catalogue, settings: Any  # noqa: F811
) -> None:  # fmt: skip
    settings.METRICS_TOKEN = GOOD
    with within(acme):
        running.run_due()
    with within(globex):
        seen(ours).result = failed("Two tables have no wall.")
        running.run_due()
    with behind(Walls()):
        count_standings()
    text = asked().content.decode()
    for standing, count in (("broken", 1), ("kept", 11), ("unknown", 6), ("accepted", 0)):
        assert f'specward_checks{{standing="{standing}"}} {count}.0' in text
    assert str(ACME.id) not in text and "test.0" not in text and "Two tables" not in text
