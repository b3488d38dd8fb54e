"""Text that a recorder masked: every character an asterisk (rrweb), or a bullet where a page draws its own."""

from __future__ import annotations

import re

_RUN = re.compile(r"[*\u2022\u25cf]{2,}")
_ONLY = re.compile(r"[*\u2022\u25cf\s]+")


def is_masked(text: str) -> bool:
    """Is any part of ``text`` masked? Such a text is never a name, never a value and never asserted.

    A single asterisk among letters ("Name *", a required field) is no mask.
    """
    return _RUN.search(text) is not None or (text != "" and _ONLY.fullmatch(text) is not None and not text.isspace())
