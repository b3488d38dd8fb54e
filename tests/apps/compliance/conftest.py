from __future__ import annotations

from collections.abc import Iterator

import pytest

from apps.compliance.catalogue import Catalogue
from tests.apps.compliance.checks_of_ours import a_catalogue, in_place


@pytest.fixture
def ours() -> Iterator[Catalogue]:
    """Six controls with a check each, which see what a test wants."""
    with in_place(a_catalogue()) as found:
        yield found
