"""Titles."""

from __future__ import annotations

from specward.recording.wording import collapsed, is_sayable


def titled(text: str) -> str | None:
    """A title, or None."""
    plain = collapsed(text)
    return plain if is_sayable(plain, 90) else None
