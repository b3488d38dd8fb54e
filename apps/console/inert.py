"""Text that somebody else has typed, made harmless for a page or a message."""

from __future__ import annotations

import re
from typing import Final

# Embeddings, overrides and isolates of UAX #9 turn the words around them about; controls show as nothing.
_UNSEEN: Final = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_MARKS: Final = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILE: Final = re.compile(f"({_MARKS}{{4}}){_MARKS}+")


def inert(text: object) -> str:
    """The text with what cannot be seen, and would change what stands beside it, written as its escape; of a pile of
    marks upon a letter, which would cover the lines around it, four are left."""
    return _PILE.sub(r"\1", _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", str(text)))
