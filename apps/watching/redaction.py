"""What no line of a log shows: passwords, tokens, cookies, keys, links that open something, queries of addresses.

This is the second wall. The first is that nobody writes such a thing into a log.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

LONGEST: Final = 4_000
"""Characters of a text that are kept."""
_READ: Final = 4 * LONGEST
"""Characters that are looked at: what stands further back is gone before anything is searched for."""
GONE: Final = "…"

_Change = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_NAMED: Final = (
    r"pass(?:word|wd|phrase)?|secret|token|pepper|api[-_]?key|private[-_]?key|authorization|cookie|set-cookie|credential|"
    r"signature|session(?:id)?|csrf(?:token|middlewaretoken)?|keyset"
)
_VALUE: Final = r"""(?:\\{1,8}["'][^"'\\\n]*+|b?"(?:[^"\\\n]|\\+.)*+"?|b?'(?:[^'\\\n]|\\+.)*+'?|[^\s,;&"'\])}]+)"""
# Whoever is refused may have written what is logged: every repetition is possessive or bounded, so that no text takes
# more than a moment.
_SPACE: Final = r"\s{0,20}"


def _unlike_a_name(found: re.Match[str]) -> str:
    """A long run of letters and digits of all kinds: what is drawn at random reads so, and what a person named not.

    Digests and ids are hexadecimal, in one case, and stay.
    """
    run = found[0]
    random = any(c.islower() for c in run) and any(c.isupper() for c in run) and any(c.isdigit() for c in run)
    return GONE if random else run


_CHANGES: Final[tuple[_Change, ...]] = (
    (re.compile(r"-----BEGIN [A-Z ]*KEY-----.*?(?:-----END [A-Z ]*KEY-----|\Z)", re.DOTALL), GONE),
    (re.compile(r"\b(swd|whsec|whsk)_[0-9A-Za-z_+/=-]+"), rf"\1_{GONE}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s,;\"']+"), rf"\1 {GONE}"),
    (re.compile(rf"(?i)\b((?:set-)?cookie{_SPACE}[\"']?{_SPACE}[:=]{_SPACE}).+"), rf"\1{GONE}"),
    (
        re.compile(
            rf"(?i)((?:{_NAMED})[\w-]{{0,100}}+)(\\{{0,8}}[\"']?(?:{_SPACE}(?:=>|[:=])|\s{{1,20}}is\s){_SPACE}){_VALUE}"
        ),
        rf"\1\2{GONE}",
    ),
    (re.compile(r"(?i)(/(?:join|reset)/)[^/\s\"'<>]+"), rf"\1{GONE}"),
    (re.compile(r"(://)[^/\s@\"'<>]+@"), rf"\1{GONE}@"),
    (re.compile(r"(/[^\s?/\"'<>]*+)\?[^\s\"'<>]+"), rf"\1?{GONE}"),
    (re.compile(r"[0-9A-Za-z_+-]{32,}={0,2}"), _unlike_a_name),
)


def redacted(text: str) -> str:
    """The text without what must not be shown, and not longer than :data:`LONGEST`."""
    text = text[:_READ]
    for pattern, put in _CHANGES:
        text = pattern.sub(put, text)
    return text if len(text) <= LONGEST else text[:LONGEST] + GONE
