"""Locators of the spec language as Playwright's: the registry's table, called instead of printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specward.language.printer import print_locator
from specward.recording.locators import By, Frame, Locator

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Page
    from playwright.sync_api import Locator as Found


def find(page: Page, locator: Locator) -> Found:
    """Within first, then the search, then which of the matches; names and texts are exact, as in the exports."""
    root: Page | Found | FrameLocator = page
    if isinstance(locator.within, Frame):
        root = find(page, locator.within.owner).content_frame
    elif locator.within is not None:
        root = find(page, locator.within)
    found = _search(root, locator)
    return found if locator.nth is None else found.nth(locator.nth)


def _search(root: Page | Found | FrameLocator, locator: Locator) -> Found:
    value = locator.value
    match locator.by:
        case By.ROLE:
            role: Any = value  # the gate holds it to the roles that Playwright is typed for
            return (
                root.get_by_role(role)
                if locator.name is None
                else root.get_by_role(role, name=locator.name, exact=True)
            )
        case By.LABEL:
            return root.get_by_label(value, exact=True)
        case By.PLACEHOLDER:
            return root.get_by_placeholder(value, exact=True)
        case By.TEXT:
            return root.get_by_text(value, exact=True)
        case By.ALT:
            return root.get_by_alt_text(value, exact=True)
        case By.TITLE:
            return root.get_by_title(value, exact=True)
        case By.TEST_ID:
            return root.get_by_test_id(value)
        case By.CSS:
            # With its engine named, a selector is never guessed at.
            return root.locator(f"css={value}")


def named(locator: Locator) -> str:
    """A locator as a message shows it."""
    return print_locator(locator)
