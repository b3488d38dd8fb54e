"""What all tests share: how many examples are generated, and the browser."""

import os

import pytest
from hypothesis import HealthCheck, settings

from specward.execution.browser import BrowserMissing, find_chromium

# The same examples each time, so that a red run is red for everybody. script/soak looks further.
settings.register_profile("same", max_examples=100, derandomize=True, deadline=None)
settings.register_profile(
    "soak", max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("soak" if os.environ.get("SPECWARD_SOAK") == "1" else "same")


@pytest.fixture(scope="session")
def soak() -> bool:
    """Whether full counts are wanted (``script/soak``)."""
    return os.environ.get("SPECWARD_SOAK") == "1"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser, for ``executable_path``. The test needs the mark ``chromium``."""
    try:
        return find_chromium()
    except BrowserMissing:
        pytest.fail("No Chromium: script/test finds or installs one and names it in SPECWARD_CHROMIUM.")
