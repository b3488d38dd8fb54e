"""What a call waits for, on pages whose scripts come late."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from specward.execution.limits import Limits
from specward.execution.running import RunSettings, run_spec
from specward.language import parse
from tests.execution.site import Site, serving, text

SAY = "document.querySelector('[role=status]').textContent = 'heard'"
LISTENING = f"document.querySelector('button').onclick = () => {{ {SAY}; }}"
PAGE = '<h1>Mugs</h1><button>Buy</button><p role="status">nothing yet</p>'


class LateAnswers:
    """Scripts that are answered once a page has been on the screen for a while, and a picture that never is."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def script(self, request: BaseHTTPRequestHandler) -> None:
        self.over.wait(1.0)
        text(LISTENING, "text/javascript")(request)

    def never(self, request: BaseHTTPRequestHandler) -> None:
        self.over.wait(100)
        text("", code=204)(request)


@pytest.fixture
def site() -> Iterator[Site]:
    late = LateAnswers()
    answers = {
        "/": text('<a href="/deferred">Deferred</a><a href="/async">Async</a><a href="/endless">Endless</a>'),
        "/deferred": text(f'<script src="/late.js" defer></script>{PAGE}'),
        "/async": text(f'<script src="/late.js" async></script>{PAGE}'),
        "/endless": text(f'{PAGE}<img src="/never.png"><script>{LISTENING}</script>'),
        "/late.js": late.script,
        "/never.png": late.never,
    }
    with serving(answers) as running:
        yield running
        late.over.set()


def spec_of(way: str) -> str:
    return f"""\
spec("Alice buys a mug", origin="https://acme.example")

with step("Buy"):
    goto("/")
    click(role("link", name="{way}"))
    expect_visible(role("heading", name="Mugs"))
    click(role("button", name="Buy"))
    expect_text(role("status"), "heard")
"""


@pytest.mark.chromium
@pytest.mark.parametrize("way", ["Deferred", "Async"])
def test_alice_clicks_a_link_and_the_next_click_waits_for_the_script_that_answers_it(
    site: Site, chromium: str, way: str
):
    result = run_spec(parse(spec_of(way)), RunSettings(base_url=site.origin, chromium=chromium))
    assert result.passed, result.message


@pytest.mark.chromium
def test_a_page_that_never_stops_loading_is_acted_on_all_the_same_and_waited_for_once(site: Site, chromium: str):
    text = spec_of("Endless") + '    click(role("button", name="Buy"))\n'
    limits = Limits(loading=2.0)
    result = run_spec(parse(text), RunSettings(base_url=site.origin, chromium=chromium, limits=limits))
    assert result.passed, result.message
    first, second = (call for call in result.steps[0].calls if call.call == 'click(role("button", name="Buy"))')
    assert first.milliseconds >= 2000 > second.milliseconds
