"""Which recorded texts may be said in a spec at all: not masked, not volatile, not personal, nothing hidden in them."""

from __future__ import annotations

import re

from specward.recording.masking import is_masked
from specward.recording.volatile import is_volatile

LONGEST_NAME = 80
LONGEST_TEXT = 160

# Spelled out rather than asked of unicodedata, whose tables differ from one Python to the next.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)


def collapsed(text: str) -> str:
    """White space runs become one space, and none is left at the ends."""
    return " ".join(text.split())


def is_printable(text: str) -> bool:
    """Nothing a reader cannot see: no control, zero-width, bidi, private or lone surrogate characters."""
    return _UNSEEN.search(text) is None


def seen(text: str) -> str:
    """``text`` without what nobody can see; line feeds and tabs stay."""
    return "".join(_UNSEEN.sub("", part) if part not in "\n\t" else part for part in re.split("([\n\t])", text))


_MAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,64}\.[a-z]{2}", re.IGNORECASE)
_CARD = re.compile(r"(?:\d[ .-]?){13,19}")


def is_personal(text: str) -> bool:
    """Does ``text`` hold a mail address, or digits in the length of a card number? Looks at 400 characters."""
    looked = text[:400]
    return ("@" in looked and _MAIL.search(looked) is not None) or _CARD.search(looked) is not None


def is_sayable(text: str, longest: int = LONGEST_TEXT) -> bool:
    """May ``text`` stand in a spec as a name or an assertion, and still be true tomorrow?"""
    return (
        0 < len(text) <= longest
        and not is_masked(text)
        and is_printable(text)
        and not is_volatile(text)
        and not is_personal(text)
    )


def has_words(text: str) -> bool:
    """Is there a word in it? A lone number or a mark says little about a page."""
    return sum(c.isalpha() for c in text) >= 2
