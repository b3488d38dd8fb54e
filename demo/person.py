"""Hands and eyes of somebody in the shop: they wander, hesitate, mistype and correct themselves.

Choices in lists are made by keyboard: a script's own choice is not told apart from the page's.
"""

from __future__ import annotations

import random
from pathlib import Path

from playwright.sync_api import Locator, Page

_KEY = 25
"""Milliseconds between two keys: a fast typist, so that a flow takes seconds."""


class Person:
    """One person at one page; ``seed`` makes their wanderings the same each time."""

    def __init__(self, page: Page, seed: int) -> None:
        self.page = page
        self._chance = random.Random(seed)  # noqa: S311  # where a mouse wanders is no secret
        self.dialogs: list[bool] = []
        """Answers to the questions that the browser itself will ask, in order."""
        page.on("dialog", lambda dialog: dialog.accept() if self.dialogs.pop(0) else dialog.dismiss())

    def pause(self, most: int = 250) -> None:
        """Reads, or thinks."""
        self.page.wait_for_timeout(self._chance.randint(80, most))

    def wander(self) -> None:
        """Moves the mouse about without an aim."""
        for _ in range(2):
            x, y = self._chance.randint(40, 380), self._chance.randint(80, 600)
            self.page.mouse.move(x, y, steps=self._chance.randint(3, 7))
            self.pause(140)

    def button(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def link(self, name: str) -> None:
        self.click(self.page.get_by_role("link", name=name, exact=True).first)

    def click(self, target: Locator) -> None:
        """Aims, hesitates, clicks somewhere near the middle."""
        target.scroll_into_view_if_needed()
        target.hover()
        self.pause(150)
        target.click()
        self.pause()

    def type(self, target: Locator, text: str, typo: str = "") -> None:
        """Clicks into a field and types; ``typo`` is typed first and taken back key by key."""
        target.click()
        self.page.keyboard.type(typo, delay=_KEY)
        if typo:
            self.pause(200)
        for _ in typo:
            self.page.keyboard.press("Backspace", delay=5)
        self.page.keyboard.type(text, delay=_KEY)
        self.pause(160)

    def field(self, label: str, text: str, typo: str = "") -> None:
        self.type(self.page.get_by_label(label, exact=True), text, typo)

    def replace(self, target: Locator, text: str) -> None:
        """Selects what is there and types over it."""
        target.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text, delay=_KEY)
        self.pause(160)

    def choose(self, label: str, start: str) -> None:
        """Chooses an option as people with a keyboard do: by its first letters."""
        self.page.get_by_label(label, exact=True).focus()
        self.page.keyboard.type(start, delay=_KEY)
        self.pause(160)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pause(120)

    def attach(self, label: str, file: Path) -> None:
        """Picks a file in the browser's own chooser."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_label(label, exact=True).click()
        chooser.value.set_files(file)
        self.pause()

    def back(self) -> None:
        self.page.go_back()
        self.pause()

    def sees(self, text: str) -> None:
        """Waits until something is there to be read, and reads it."""
        self.page.get_by_text(text).first.wait_for()
        self.pause(300)
        self.wander()
