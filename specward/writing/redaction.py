"""What must not be said to a model as it is."""

from __future__ import annotations

from enum import StrEnum

from specward.recording.actions import Target
from specward.recording.wording import is_personal


class Kind(StrEnum):
    """What was recognised."""

    PERSONAL = "personal"


def recognised(text: str) -> Kind | None:
    """What in a text must not be said."""
    return Kind.PERSONAL if is_personal(text) else None


def placeholder_kind(target: Target | None, value: str) -> str:
    """The word in ``<email#1>``."""
    return "text"
