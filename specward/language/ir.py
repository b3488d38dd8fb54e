"""The intermediate representation: what a spec *is*, once its text has passed the gate.

Frozen values only. A spec is data; the interpreter walks these values, the exporters print them, and nothing
ever executes the text they came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeGuard

from specward.recording.locators import Locator


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is supplied by name when a spec runs and stands nowhere in the spec itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Fixture:
    """A file that is supplied by name when a spec runs (for ``set_input_files``)."""

    name: str


Arg = str | int | Locator | Secret | Fixture


@dataclass(frozen=True, slots=True)
class Call:
    """One primitive with its arguments, in the registry's parameter order; those left at their default are absent."""

    primitive: str
    args: tuple[tuple[str, Arg], ...]

    def get(self, parameter: str) -> Arg | None:
        """The argument given for ``parameter``, or ``None`` where it was left at its default."""
        for name, arg in self.args:
            if name == parameter:
                return arg
        return None


@dataclass(frozen=True, slots=True)
class Step:
    """A titled group of calls: what one person would call one thing they did."""

    title: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Viewport:
    """The size of the page that a spec runs on, in CSS pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


DEFAULT_VIEWPORT: Final = Viewport(1280, 720)
"""Playwright's own."""
LEAST_SIDE: Final = 100
MOST_SIDE: Final = 8000


def viewport_of(width: object, height: object) -> Viewport | None:
    """The viewport of a size that somebody else wrote down, in CSS pixels; fractions are cut off.

    ``None`` for what is no size of a page, and for the default, which a spec leaves unsaid.
    """
    if not (_is_side(width) and _is_side(height)):
        return None
    size = Viewport(int(width), int(height))
    return None if size == DEFAULT_VIEWPORT else size


def _is_side(length: object) -> TypeGuard[float]:
    return type(length) in (int, float) and isinstance(length, int | float) and LEAST_SIDE <= length <= MOST_SIDE


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole spec. ``origin`` is canonical (scheme, host, port); ``requires`` names the set-up specs it needs.

    ``viewport`` is ``None`` for :data:`DEFAULT_VIEWPORT`, and never that value itself: one meaning, one value.
    """

    title: str
    origin: str
    requires: tuple[str, ...]
    steps: tuple[Step, ...]
    viewport: Viewport | None = None
