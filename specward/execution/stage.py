"""What a run has in its hands while it walks: the page, the answers to dialogs, the windows, the time that is left."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from specward.execution.ending import Ending
from specward.execution.limits import Limits
from specward.execution.outcomes import Stop
from specward.execution.supplies import Supplies
from specward.language.ir import Spec

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Dialog, Download, Frame, Page
    from playwright.sync_api import Locator as Found


@dataclass
class Stage:
    """One run's state. Handlers of events run inside calls of Playwright, on the same thread.

    Without slots: Playwright keeps its wrapper of a handler as an attribute of the object that it belongs to.
    """

    spec: Spec
    base_url: str
    allowed: frozenset[str]
    supplies: Supplies
    limits: Limits
    ending: Ending
    deadline: float
    """By ``time.monotonic``."""
    page: Page
    answers: deque[tuple[bool, str | None]] = field(default_factory=deque)
    """Accept or dismiss, and the text for a prompt."""
    cut: bool = False
    """Whether the last timeout was cut short, to end with the run."""
    loaded: bool = False
    """Whether this document's load has been waited for."""
    windows: int = 0
    downloads: int = 0
    dialogs: int = 0
    secret_fields: list[Found] = field(default_factory=list)
    """Where secrets were typed; a screenshot leaves them out."""

    def milliseconds(self, seconds: float) -> float:
        """A timeout for Playwright: never past the end of the run, and never 0, which would mean none."""
        left = self.deadline - time.monotonic()
        self.cut = left < seconds
        return max(1.0, min(seconds, left) * 1000)

    @property
    def action_ms(self) -> float:
        return self.milliseconds(self.limits.action)

    @property
    def navigation_ms(self) -> float:
        return self.milliseconds(self.limits.navigation)

    @property
    def assertion_ms(self) -> float:
        return self.milliseconds(self.limits.assertion)

    def wait_for_load(self) -> None:
        """Wait until the page that is there has loaded: what answers to a click may be a script still under way.

        ``goto`` and its like wait by themselves, a click that leads to another page does not; and a person would. The
        wait is bounded, and made once for each document, because a page may keep a request open for ever.
        """
        from playwright.sync_api import TimeoutError as Late

        if self.loaded:
            return
        with suppress(Late):
            self.page.wait_for_load_state("load", timeout=self.milliseconds(self.limits.loading))
        self.loaded = True

    def _on_navigation(self, frame: Frame) -> None:
        if frame is self.page.main_frame:
            self.loaded = False

    def listen(self, context: BrowserContext) -> None:
        """Hear of every window, dialog, download and crash of ``context``, its first page excepted."""
        context.on("page", self._on_page)
        context.on("dialog", self._on_dialog)
        self.page.on("framenavigated", self._on_navigation)
        self._on_page(self.page)

    def leave(self, context: BrowserContext) -> None:
        """Hear no more of it; for a context that outlives the run."""
        context.remove_listener("page", self._on_page)
        context.remove_listener("dialog", self._on_dialog)
        self.page.remove_listener("framenavigated", self._on_navigation)

    def _on_page(self, page: Page) -> None:
        self.windows += 1
        if self.windows > self.limits.windows:
            self.ending.end(Stop.WINDOWS, f"The page opened more than {self.limits.windows} windows.")
            return
        page.on("download", self._on_download)
        page.on("crash", self._on_crash)

    def _on_crash(self, page: Page) -> None:
        if page is self.page:
            self.ending.end(Stop.PAGE_CRASHED, "The page crashed.")

    def _on_download(self, download: Download) -> None:
        # How much it holds is watched in the folder; what it holds concerns no spec, and goes with the folder.
        self.downloads += 1

    def _on_dialog(self, dialog: Dialog) -> None:
        self.dialogs += 1
        if self.dialogs > self.limits.dialogs:
            self.ending.end(Stop.DIALOGS, f"The page opened more than {self.limits.dialogs} dialogs.")
            return
        if dialog.type == "beforeunload":
            dialog.accept()  # the spec says that the page is left
        elif self.answers:
            accept, text = self.answers.popleft()
            if not accept:
                dialog.dismiss()
            elif text is None:
                dialog.accept()
            else:
                dialog.accept(text)
        else:
            dialog.dismiss()
