"""One run of one spec: a fresh browser behind the wall, the walk over the IR, and a result whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from specward.execution.browser import (
    QUIET,
    BrowserFailed,
    browser_environment,
    check_playwright,
    driver_environment,
    find_chromium,
    wall_flags,
)
from specward.execution.concealing import Concealer
from specward.execution.ending import Ending
from specward.execution.limits import MIB, Limits
from specward.execution.outcomes import Outcome, RunResult, Stop
from specward.execution.processes import Tree
from specward.execution.stage import Stage
from specward.execution.supplies import Supplies, state_secrets
from specward.execution.walking import Walk
from specward.execution.wall.namespace import Door, Namespace, inside
from specward.execution.wall.policy import Local, Origin, Policy, Refusals, Resolver
from specward.execution.wall.proxy import Proxy, system_resolver
from specward.execution.watching import Watch
from specward.language.export.render import slug
from specward.language.ir import DEFAULT_VIEWPORT, Spec
from specward.language.printer import spec_digest
from specward.language.urls import canonical_origin

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Playwright, Route, ViewportSize

_LAUNCH_MS: Final = 30_000
_LONGEST_SCRATCH: Final = 60
_FATAL: Final = re.compile(r"FATAL:[^\]]*\] (.{1,200})")


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Where and with what a spec runs.

    ``base_url`` is the origin that stands in for the spec's own; ``None`` leaves the spec's. ``allow_origins`` are
    further origins that the page may reach. ``local`` says when private addresses are meant. ``screenshots`` is the
    folder for pictures of failures, ``save_state`` the file that the browser's state goes to after a run that passed.
    ``namespace`` says whether the browser has to be in a network namespace of its own.
    ``walled`` is there to measure what the wall costs, and to prove that it is needed; nothing else turns it off.
    """

    base_url: str | None = None
    allow_origins: tuple[str, ...] = ()
    supplies: Supplies = field(default_factory=Supplies)
    limits: Limits = field(default_factory=Limits)
    local: Local = Local.LITERAL
    chromium: str | None = None
    headed: bool = False
    window: tuple[int, int] | None = None
    """Width and height of the page in CSS pixels; the spec's own unless given."""
    screenshots: Path | None = None
    save_state: Path | None = None
    namespace: Namespace = Namespace.AUTO
    walled: bool = True
    resolver: Resolver = system_resolver


def run_spec(spec: Spec, settings: RunSettings | None = None) -> RunResult:
    """Run ``spec`` and say how it went; one that fails, or has to be stopped, is a result and not an exception.

    Raises :class:`SpecwardError` only for what was wrong before it began: a base URL that is none, a secret, fixture
    or state that is missing, no browser, a network namespace that is required and not to be had.
    """
    settings = settings or RunSettings()
    started = time.monotonic()
    base_url = canonical_origin(settings.base_url or spec.origin)
    allowed = frozenset({base_url, *(canonical_origin(origin) for origin in settings.allow_origins)})
    check_playwright()
    settings = replace(settings, chromium=settings.chromium or find_chromium())
    settings.supplies.check(spec)
    namespace = settings.walled and inside(settings.namespace)
    state = settings.supplies.state(spec)
    concealer = Concealer(settings.supplies.secrets, state_secrets(state))
    run = _Run(spec, settings, base_url, allowed, state, concealer, started, namespace)
    scratch = _make_scratch()
    try:
        # On a thread of its own: Playwright's plain interface refuses one where an event loop runs, as in a server.
        with ThreadPoolExecutor(1, "specward-run") as alone:
            return alone.submit(run.run, scratch).result()
    finally:
        # A process that was killed a moment ago may still have been writing.
        for _ in range(3):
            shutil.rmtree(scratch, ignore_errors=True)
            if not scratch.exists():
                break


def _make_scratch() -> Path:
    """The folder of one run, for its owner only.

    Chromium binds a socket below it, whose path the kernel limits to 107 bytes (unix(7)); so where the machine's own
    folder for temporary files lies deep, the shortest one is taken.
    """
    scratch = Path(tempfile.mkdtemp(prefix="specward-run-"))
    if len(os.fsencode(scratch)) > _LONGEST_SCRATCH:
        scratch.rmdir()
        scratch = Path(tempfile.mkdtemp(prefix="specward-run-", dir="/tmp"))
    return scratch


@dataclass(slots=True)
class _Run:
    spec: Spec
    settings: RunSettings
    base_url: str
    allowed: frozenset[str]
    state: dict[str, Any] | None
    concealer: Concealer
    started: float
    namespace: bool

    def run(self, scratch: Path) -> RunResult:
        limits = self.settings.limits
        ending = Ending()
        door = Door(scratch) if self.namespace else None
        policy = Policy(frozenset(Origin.of(origin) for origin in self.allowed), self.settings.local)
        proxy = Proxy(
            policy,
            most_bytes=limits.traffic,
            most_connections=limits.connections,
            on_traffic=lambda: ending.end(
                Stop.TRAFFIC, f"More than {limits.traffic // MIB} MiB passed between page and network."
            ),
            resolver=self.settings.resolver,
            door=door,
        )
        downloads = scratch / "downloads"
        downloads.mkdir()
        token = secrets.token_hex(16)
        deadline = self.started + limits.run
        with (
            door or contextlib.nullcontext(),
            proxy if self.settings.walled else contextlib.nullcontext(),
            Watch(Tree(token), ending, limits, deadline, downloads) as watch,
            self._driver(scratch) as playwright,
        ):
            walk = self._walk(playwright, proxy, door, ending, deadline, scratch, token)
            # Nothing of the browser is wanted any more, and a page could keep a polite ending waiting.
            watch.kill()
        return self._result(walk, ending, proxy.refusals)

    @contextlib.contextmanager
    def _driver(self, scratch: Path) -> Iterator[Playwright]:
        from playwright.sync_api import Error, sync_playwright

        manager = sync_playwright()
        with driver_environment(scratch):
            playwright = manager.start()
        try:
            yield playwright
        finally:
            with contextlib.suppress(Error):
                playwright.stop()

    def _viewport(self) -> ViewportSize:
        if self.settings.window is not None:
            width, height = self.settings.window
            return {"width": width, "height": height}
        size = self.spec.viewport or DEFAULT_VIEWPORT
        return {"width": size.width, "height": size.height}

    def _walk(
        self,
        playwright: Playwright,
        proxy: Proxy,
        door: Door | None,
        ending: Ending,
        deadline: float,
        scratch: Path,
        token: str,
    ) -> Walk:
        from playwright.sync_api import Error

        walk = Walk(self.spec, self.concealer)
        try:
            browser = self._launch(playwright, proxy, door, ending, scratch, token)
            context = browser.new_context(
                base_url=self.base_url,
                service_workers="block",
                accept_downloads=True,
                viewport=self._viewport(),
                storage_state=self.state,  # type: ignore[arg-type] # read from a file; Playwright checks it
            )
            if self.settings.walled:
                self._second_net(context, proxy.refusals)
            page = context.new_page()
            stage = Stage(
                self.spec,
                self.base_url,
                self.allowed,
                self.settings.supplies,
                self.settings.limits,
                ending,
                deadline,
                page,
            )
            stage.listen(context)
            walk.walk(stage, proxy.refusals, self._screenshot_path())
            if walk.passed and ending.stop is None and self.settings.save_state is not None:
                self._save_state(context, self.settings.save_state)
        except Error as failed:
            if ending.stop is None:
                message = " ".join(str(failed).split("Call log")[0].split())[:300]
                ending.end(Stop.BROWSER_GONE, self.concealer.text(f"The browser ended: {message}"))
        if ending.stop is None and walk.browser_gone:
            ending.end(Stop.BROWSER_GONE, "The browser ended under the run.")
        return walk

    def _launch(
        self, playwright: Playwright, proxy: Proxy, door: Door | None, ending: Ending, scratch: Path, token: str
    ) -> Browser:
        from playwright.sync_api import Error

        chromium = self.settings.chromium or find_chromium()
        try:
            return playwright.chromium.launch(
                executable_path=chromium if door is None else door.way_in(chromium, screen=self.settings.headed),
                headless=not self.settings.headed,
                args=[*QUIET, *(wall_flags(proxy.port) if self.settings.walled else ())],
                # Chromium's own sandbox needs another user than root.
                chromium_sandbox=os.geteuid() != 0,
                env=browser_environment(scratch, token),
                downloads_path=scratch / "downloads",
                timeout=_LAUNCH_MS,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
        except Error as failed:
            if ending.stop is not None:
                raise  # it was killed while it started
            fatal = _FATAL.search(str(failed))
            first = str(failed).split("\n", 1)[0] if fatal is None else fatal.group(1)
            hint = (
                "Start it by hand with --headless to see why; where the machine forbids user namespaces, "
                "Chromium's sandbox needs its setuid helper."
            )
            if door is not None and self.settings.headed and os.environ.get("DISPLAY", ":").partition(":")[0]:
                hint = "A display of another machine is not to be seen from a network namespace: --namespace off."
            raise BrowserFailed(f"{chromium} did not start: {first}", hint=hint) from failed

    def _second_net(self, context: BrowserContext, refusals: Refusals) -> None:
        """Refuses in the browser what the proxy would refuse too, and what never gets there (file:, ftp:, ...)."""

        def refuse(route: Route) -> None:
            origin = re.match(r"[^/?#]*(?://[^/?#]*)?", route.request.url)
            refusals.add("" if origin is None else origin.group(), "not an allowed origin")
            route.abort("blockedbyclient")

        origins = "|".join(f"{re.escape(origin)}(?:[/?#]|$)" for origin in sorted(self.allowed))
        # The driver matches; only what is refused comes here, so an allowed request does not wait for Python.
        context.route(re.compile(f"^(?!{origins}|data:|blob:|about:)"), refuse)

    def _screenshot_path(self) -> Path | None:
        folder = self.settings.screenshots
        if folder is None:
            return None
        return folder / f"{slug(self.spec.title)}-{spec_digest(self.spec)[:8]}-{secrets.token_hex(4)}.png"

    def _save_state(self, context: BrowserContext, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)  # it holds a session
        path.write_text(json.dumps(context.storage_state(), indent=1), encoding="utf-8")

    def _result(self, walk: Walk, ending: Ending, refusals: Refusals) -> RunResult:
        passed = walk.passed and ending.stop is None
        return RunResult(
            title=self.spec.title,
            digest=spec_digest(self.spec),
            base_url=self.base_url,
            outcome=Outcome.PASSED if passed else Outcome.FAILED,
            milliseconds=(time.monotonic() - self.started) * 1000,
            steps=walk.steps(),
            stop=ending.stop,
            stop_message=ending.message,
            url=walk.url,
            excerpt=walk.excerpt,
            screenshot=None if walk.screenshot is None else str(walk.screenshot),
            refusals=tuple(replace(refusal, target=self.concealer.text(refusal.target)) for refusal in refusals.all()),
            wall="none" if not self.settings.walled else "proxy+netns" if self.namespace else "proxy",
            windows=walk.windows,
            downloads=walk.downloads,
        )
