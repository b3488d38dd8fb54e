"""Which characters a spec may hold, and the one way a string is written down so that all of it can be seen.

The tables are spelled out instead of asked of ``unicodedata``: a newer Python brings newer Unicode tables, and a
verdict must not depend on the Python that gave it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

# Never allowed, neither in the text nor in a decoded string: control characters, bidirectional controls (Trojan
# Source, CVE-2021-42574), characters without width, line separators, tag characters and variation selectors (both
# carry hidden text), lone surrogates, noncharacters.
_NEVER: Final = (
    "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f"
    "\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\u3164\\ud800-\\udfff\\ufdd0-\\ufdef\\ufe00-\\ufe0d\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffe\\uffff"
    "\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff"
    + "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(1, 17))
)
# Allowed in a decoded string that is compared with a page (soft hyphen, the two joiners that Persian, Hindi and
# emoji need), and a tab in a typed value: but written as an escape, so that a reader sees them.
_ONLY_ESCAPED: Final = "\\t\\xad\\u200c\\u200d"
# May be typed as they are; printed as an escape, because they look like a space, or like nothing in most fonts.
_PRINTED_ESCAPED: Final = (
    "\\xa0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u2800\\u3000\\ue000-\\uf8ff\\U000f0000-\\U0010fffd"
)


class TextKind(StrEnum):
    """What a decoded string is for, which settles the characters it may hold."""

    TITLE = "title"
    """Read by people: one line, nothing invisible."""
    PAGE = "page"
    """Compared with a page: one line; soft hyphen and joiners allowed."""
    TYPED = "typed"
    """Typed into a page: line feed and tab allowed too."""


FORBIDDEN_IN_TEXT: Final = re.compile(f"[{_NEVER}{_ONLY_ESCAPED}]")
FORBIDDEN_DECODED: Final = {
    TextKind.TITLE: re.compile(f"[\\n{_NEVER}{_ONLY_ESCAPED}]"),
    TextKind.PAGE: re.compile(f"[\\n\\t{_NEVER}]"),
    TextKind.TYPED: re.compile(f"[{_NEVER}]"),
}

_ESCAPED: Final = re.compile(f'[\\n"\\\\{_NEVER}{_ONLY_ESCAPED}{_PRINTED_ESCAPED}]')
_NOT_PLAIN_ASCII: Final = re.compile(r"[^ !#-\[\]-~]")
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    short = _SHORT.get(character)
    if short is not None:
        return short
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote(text: str) -> str:
    """``text`` as a string of the spec language: double quotes, readable where it can be, never two meanings."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def quote_ascii(text: str) -> str:
    """``text`` as :func:`quote` writes it, with everything outside printable ASCII escaped as well."""
    return f'"{_NOT_PLAIN_ASCII.sub(_escape, text)}"'


def shown(text: str, limit: int = 60) -> str:
    """``text`` quoted for a message, cut after ``limit`` characters: safe for a terminal and for a log line."""
    return quote(text) if len(text) <= limit else f"{quote(text[:limit])}..."


def character_name(character: str) -> str:
    """A code point for a message (``U+202E``), with what it is where that helps to find it."""
    code = ord(character)
    known = _KNOWN.get(code)
    if known is None and 0xD800 <= code <= 0xDFFF:
        known = "half of a surrogate pair"
    if known is None and 0xE0000 <= code <= 0xE0FFF:
        known = "an invisible tag character"
    return f"U+{code:04X}" + (f", {known}" if known else "")


_KNOWN: Final = {
    0x00: "a null",
    0x09: "a tab",
    0x0A: "a line feed",
    0x0D: "a carriage return",
    0x1B: "an escape",
    0xA0: "a no-break space",
    0xAD: "a soft hyphen",
    0x200B: "a space without width",
    0x200C: "a non-joiner without width",
    0x200D: "a joiner without width",
    0x2028: "a line separator",
    0x2029: "a paragraph separator",
    0x202E: "a right-to-left override",
    0xFEFF: "a byte order mark",
}
