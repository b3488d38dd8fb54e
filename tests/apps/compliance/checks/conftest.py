"""Checks look at the same store and queue as the tests of recordings, and at a log that is signed up to here."""

import pytest

from apps.audit.sequencing import sequence
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.inference.conftest import model  # noqa: F401
from tests.apps.recordings.conftest import asked, store  # noqa: F401


@pytest.fixture
def acme(acme: Tenant) -> Tenant:
    """With its log signed: the template's entries become too old for that in the middle of a test otherwise."""
    with within(acme):
        sequence()
    return acme
