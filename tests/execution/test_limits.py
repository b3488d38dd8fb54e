"""A page that would take the machine is ended within its limits, with the reason; the next run knows nothing of it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from specward.execution.limits import MIB, Limits
from specward.execution.outcomes import FailureKind, Outcome, RunResult, Stop
from specward.execution.processes import Tree
from specward.execution.running import RunSettings, run_spec
from specward.language import parse
from tests.execution.site import Site, serving, text

CLICK = 'goto("/{}")\n    click(role("button"))\n    expect_visible(text("Never shown"))\n'
BUTTON = "<title>Mallory</title><h1>Mallory</h1><button onclick='go()'>Go</button>"

PAGES = {
    "hang": BUTTON + "<script>function go() { setTimeout(() => { for (;;); }, 50); }</script>",
    "memory": BUTTON + "<script>const kept = []; function go() { setInterval(() => { for (let i = 0; i < 8; i++)"
    " kept.push(new Uint8Array(4 << 20).fill(7)); }, 5); }</script>",
    "windows": BUTTON + "<script>function go() { for (let i = 0; i < 1000; i++) window.open('about:blank'); }</script>",
    "download": BUTTON + "<script>function go() { location = '/endless'; }</script>",
    "fetching": BUTTON + "<script>async function go() { const r = (await fetch('/stream')).body.getReader();"
    " while (!(await r.read()).done); }</script>",
    "dialogs": BUTTON
    + "<script>function go() { setTimeout(() => { for (let i = 0; i < 1000; i++) alert(i); }); }</script>",
    "console": BUTTON + "<script>function go() { setInterval(() => { for (let i = 0; i < 200; i++)"
    " console.log('x'.repeat(200)); }, 10); }</script>",
}


def endless(kind: str, *headers: tuple[str, str]):
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Connection", "close")
        for name, value in headers:
            request.send_header(name, value)
        request.end_headers()
        request.close_connection = True
        try:
            while True:
                request.wfile.write(b"x" * 262144)
        except OSError:
            return

    return answer


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    answers = {f"/{name}": text(html) for name, html in PAGES.items()}
    answers["/endless"] = endless("application/octet-stream", ("Content-Disposition", "attachment; filename=a.bin"))
    answers["/stream"] = endless("text/plain")
    answers["/fine"] = text("<title>Fine</title><h1>Fine</h1>")
    with serving(answers) as running:
        yield running


def run(site: Site, chromium: str, body: str, limits: Limits) -> RunResult:
    spec = parse(f'spec("Mallory\'s page", origin="https://mallory.example")\n\nwith step("Go"):\n    {body}')
    return run_spec(spec, RunSettings(base_url=site.origin, chromium=chromium, limits=limits))


@pytest.fixture
def leftovers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """What is left of this test's runs: their folders, and processes that have a folder of theirs as home."""
    folder = Path(tempfile.mkdtemp(prefix="sw-"))  # a short one: Chromium binds a socket below it
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    def look() -> list[str]:
        found = [entry.name for entry in folder.iterdir()]
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if str(folder).encode() in (process / "environ").read_bytes():
                    found.append(f"process {process.name}: {(process / 'cmdline').read_bytes()[:80]!r}")
            except OSError:
                continue
        return found

    yield look
    shutil.rmtree(folder)


LONG = Limits(run=100, action=60, assertion=90, navigation=60)
CASES = [
    ("hang", Limits(run=15, action=14, assertion=90), Stop.TIME, "15 s"),
    ("memory", Limits(run=100, assertion=90, memory=700 * MIB), Stop.MEMORY, "700 MiB"),
    ("windows", Limits(run=100, assertion=90, windows=5), Stop.WINDOWS, "5 windows"),
    ("download", Limits(run=100, assertion=90, downloads=20 * MIB), Stop.DOWNLOADS, "20 MiB"),
    ("fetching", Limits(run=100, assertion=90, traffic=20 * MIB), Stop.TRAFFIC, "20 MiB"),
    ("dialogs", Limits(run=100, assertion=90, dialogs=10), Stop.DIALOGS, "10 dialogs"),
]


@pytest.mark.chromium
@pytest.mark.parametrize(("name", "limits", "stop", "words"), CASES, ids=[case[0] for case in CASES])
def test_a_page_that_takes_too_much_is_ended_with_the_reason(
    site: Site, chromium: str, leftovers, name, limits, stop, words
):
    started = time.monotonic()
    result = run(site, chromium, CLICK.format(name), limits)
    assert result.outcome is Outcome.FAILED
    assert result.stop is stop, result.to_json()
    assert words in result.message
    assert time.monotonic() - started < 80
    assert leftovers() == []


@pytest.mark.soak
@pytest.mark.chromium
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "stop"), [(name, stop) for name, _, stop, _ in CASES if name != "hang"])
def test_the_limits_as_they_are_by_default_end_it_too(
    site: Site, chromium: str, leftovers: Callable[[], list[str]], soak: bool, name: str, stop: Stop
):
    if not soak:
        pytest.skip("SPECWARD_SOAK=1 runs it")
    for _ in range(5):
        result = run(site, chromium, CLICK.format(name), replace(Limits(), assertion=500, run=600))
        assert result.stop is stop, result.to_json()
        assert leftovers() == []
        assert run(site, chromium, 'goto("/fine")\n', Limits()).passed


@pytest.mark.chromium
def test_a_page_that_hangs_is_said_not_to_respond(site: Site, chromium: str):
    result = run(site, chromium, CLICK.format("hang"), Limits(run=15, assertion=1))
    failed = result.failed_call
    assert failed is not None and failed.failure is not None
    # Where Playwright itself is kept waiting by the page, the end of the run's time ends that too.
    assert failed.failure.kind is FailureKind.UNRESPONSIVE or result.stop is Stop.TIME
    assert "does not respond" in result.message or "longer than 15 s" in result.message


@pytest.mark.chromium
def test_a_flood_of_the_console_slows_nothing_down(site: Site, chromium: str):
    body = 'goto("/console")\n    click(role("button"))\n    expect_visible(role("heading"))\n    goto("/fine")\n'
    assert run(site, chromium, body, LONG).passed


@pytest.mark.chromium
def test_a_crash_is_the_runs_failure_and_the_next_run_passes(
    site: Site, chromium: str, leftovers, monkeypatch: pytest.MonkeyPatch
):
    from specward.execution import performing, stage

    def crash(on: stage.Stage, call: object) -> None:
        on.page.context.new_cdp_session(on.page).send("Page.crash")

    body = 'goto("/fine")\n    reload()\n'
    with monkeypatch.context() as patched:
        table = dict(performing.PERFORMANCES)
        table["reload"] = performing.Performance(crash, "to crash")
        patched.setattr("specward.execution.walking.PERFORMANCES", table)
        crashed = run(site, chromium, body, Limits(run=30))
    assert crashed.outcome is Outcome.FAILED
    assert crashed.stop is Stop.PAGE_CRASHED, crashed.to_json()
    assert run(site, chromium, body, LONG).passed
    assert leftovers() == []


@pytest.mark.chromium
def test_a_browser_that_is_killed_is_the_runs_failure(site: Site, chromium: str, monkeypatch: pytest.MonkeyPatch):
    from specward.execution import performing, running, stage

    trees: list[Tree] = []

    class Known(Tree):
        __slots__ = ()

        def __init__(self, token: str) -> None:
            super().__init__(token)
            trees.append(self)

    def kill(on: stage.Stage, call: object) -> None:
        trees[-1].kill()
        on.page.locator("h1").click(timeout=5000)

    monkeypatch.setattr(running, "Tree", Known)
    table = dict(performing.PERFORMANCES)
    table["reload"] = performing.Performance(kill, "to live")
    monkeypatch.setattr("specward.execution.walking.PERFORMANCES", table)
    result = run(site, chromium, 'goto("/fine")\n    reload()\n', Limits(run=30))
    assert result.outcome is Outcome.FAILED
    assert result.stop in (Stop.BROWSER_GONE, Stop.PAGE_CRASHED)


@pytest.mark.chromium
def test_nothing_survives_from_one_run_to_the_next(site: Site, chromium: str):
    site.page(
        "/keep",
        "<h1>Keep</h1><p id=p role=status></p><script>p.textContent = document.cookie + "
        "localStorage.kept; document.cookie = 'kept=1;max-age=999'; localStorage.kept = 1</script>",
    )
    body = 'goto("/keep")\n    expect_text(role("status"), "undefined")\n'
    assert run(site, chromium, body, LONG).passed
    assert run(site, chromium, body, LONG).passed


def test_a_limit_of_nothing_is_no_limit():
    with pytest.raises(ValueError, match="memory"):
        Limits(memory=0)
