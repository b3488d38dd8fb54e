"""Behind Acme's walls, with a catalogue of a dozen controls and a history of half a year."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apps.compliance.catalogue import Catalogue
from apps.tenants.walls import behind
from tests.apps.compliance.checks_of_ours import in_place
from tests.apps.console.posture.a_year import a_history, a_large_catalogue
from tests.apps.signing_in import walls_of
from tests.cast import ALICE


@pytest.fixture
def kept(acme: object) -> Iterator[Catalogue]:
    """Everything was looked at and kept."""
    with in_place(a_large_catalogue(20)) as ours, behind(walls_of(ALICE)):
        a_history(list(ours.checks), 180)
        yield ours
