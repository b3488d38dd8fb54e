"""How a spec points at an element: the locator values, named after Playwright's own locators.

A :class:`Locator` is a plain value. It says nothing about any page; whether it is unique on one is judged where
the page is known (``ranking.py``), and how it is written down is the language's business (``language/printer.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """What a locator goes by. The values are the names of the spec language's locator primitives."""

    ROLE = "role"
    LABEL = "label"
    PLACEHOLDER = "placeholder"
    TEXT = "text"
    ALT = "alt"
    TITLE = "title"
    TEST_ID = "test_id"
    CSS = "css"


@dataclass(frozen=True, slots=True)
class Frame:
    """The document inside an iframe: ``owner`` finds the ``<iframe>`` element itself."""

    owner: Locator


@dataclass(frozen=True, slots=True)
class Locator:
    """One element, as a person would name it.

    ``value`` is the role, the label, the text, the test id or the CSS selector, by ``by``. Text and names are
    compared exactly (case counts) after white space is collapsed, as Playwright does under ``exact``.
    ``name`` goes with ``By.ROLE`` only. ``nth`` counts from 0 among the matches. ``within`` narrows the search to
    the inside of another element or of a frame.
    """

    by: By
    value: str
    name: str | None = None
    nth: int | None = None
    within: Locator | Frame | None = None

    def __post_init__(self) -> None:
        if self.name is not None and self.by is not By.ROLE:
            raise ValueError(f"only a role locator has a name, not {self.by}")
        if self.nth is not None and self.nth < 0:
            raise ValueError("nth counts from 0")
