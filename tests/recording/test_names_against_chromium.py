"""Our roles and names against Chromium's accessibility tree and Playwright's ``get_by_role``: the measured truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.recording.chromium_names import PAGES, Agreement, browser, measure_own_page, measure_recording
from tests.shared_data import needs_shared, shared

ENOUGH = 0.97
PLAYWRIGHTS_WAY = "differences"
"""The page of what Chromium names otherwise than Playwright does."""

pytestmark = [pytest.mark.chromium, pytest.mark.node, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def browsing(chromium: str) -> Iterator[Any]:
    with browser(chromium) as started:
        yield started


def pages() -> list[str]:
    return sorted(path.stem for path in PAGES.glob("*.html"))


def told(agreement: Agreement) -> str:
    return "\n".join(f"{one.what} <{one.tag}> {one.ours!r} {one.theirs!r}" for one in agreement.differences)


def finds_all(agreement: Agreement) -> bool:
    """Playwright finds every element by our role and name, and nothing else by them."""
    return agreement.asked > 0 and agreement.found == agreement.asked and agreement.excess == 0


@pytest.mark.parametrize("name", pages())
def test_playwright_finds_each_element_of_our_pages_by_our_name(browsing: Any, name: str) -> None:
    agreement = measure_own_page(browsing, PAGES / f"{name}.html")
    assert finds_all(agreement), told(agreement)
    assert agreement.unexposed == 0, told(agreement)
    if name != PLAYWRIGHTS_WAY:
        assert agreement.names >= ENOUGH * agreement.both, told(agreement)
        assert agreement.roles >= ENOUGH * agreement.both, told(agreement)


def test_the_comparison_can_fail(browsing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specward.recording.styles.Styles.is_inline", lambda self, node: True)
    monkeypatch.setattr("specward.recording.styles.Styles.is_rendered", lambda self, node: True)
    named = measure_own_page(browsing, PAGES / "structure.html")
    assert named.names < ENOUGH * named.both and named.found < named.asked
    shown = measure_own_page(browsing, PAGES / "hidden.html")
    assert shown.unexposed > 0 and not finds_all(shown)


@needs_shared
@pytest.mark.parametrize(
    "name",
    [
        "analytickit-hogflix",
        "posthog-broken-recording",
        "posthog-docs",
        "posthog-local-docs",
        "posthog-mobile-homepage",
        "rrweb-sizer-e1",
        "rrweb-stats-form-00",
        "rrweb-stats-page-00",
        "sentry-analyzer-rrweb-simple",
    ],
)
def test_chromium_names_the_elements_of_real_recordings_as_we_do(browsing: Any, name: str) -> None:
    whole = Agreement(name)
    for agreement in measure_recording(browsing, shared(f"recordings/{name}.json")):
        whole.add(agreement)
    assert whole.both > 0
    assert whole.names >= ENOUGH * whole.both, told(whole)
    assert whole.roles >= ENOUGH * whole.both, told(whole)
    assert whole.found >= ENOUGH * whole.asked, told(whole)
    assert whole.unseen + whole.unexposed + whole.excess <= (1 - ENOUGH) * whole.both, told(whole)
