"""Text as a pattern should see it: digits as digits, whatever script or font they come in, and nothing in between.

Only for looking: what is said is the text itself, or a placeholder.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_GREEK: Final = "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
_LOOKS_LIKE: Final = str.maketrans(
    {
        # Cyrillic and Greek letters drawn as Latin ones.
        **dict(zip("авеёкмнорстухіјѕԁӏһԛԝ", "abeekmhopctyxijsdlhqw", strict=True)),
        **dict(zip("АВЕЁКМНОРСТУХІЈЅ", "ABEEKMHOPCTYXIJS", strict=True)),
        **dict(zip("αβεικνορτυχ", "abeikvoptux", strict=True)),
        **dict(zip(_GREEK, "ABEZHIKMNOPTYX", strict=True)),
        # Dashes, dots, quotes and bars that compatibility leaves alone.
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\u30fc\u058a", "-"),
        **dict.fromkeys("\u3002\uff61\u00b7\u2022\u2219\u22c5\u30fb\u2024\u06d4\u0589", "."),
        **dict.fromkeys("\u2044\u2215\u29f8", "/"),
        **dict.fromkeys("\n\r\t\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029\u1680\u3164\uffa0\u115f\u1160\u2800", " "),
    }
)  # fmt: skip
_SPELLED: Final = (("%40", "@"), ("&#64;", "@"), ("&#x40;", "@"), ("&commat;", "@"), ("%2B", "+"), ("%20", " "))
_GONE: Final = frozenset(("Mn", "Me", "Cc", "Cf", "Co", "Cs", "Cn"))


def folded(text: str) -> str:
    """``text`` with compatible forms made one (NFKD), without accents and invisible characters, every decimal digit as
    ASCII, and lookalikes of Latin letters as Latin letters. In time that grows with its length."""
    if text.isascii() and text.isprintable() and "%" not in text and "&" not in text:
        return text
    kept: list[str] = []
    for character in unicodedata.normalize("NFKD", text.translate(_LOOKS_LIKE)).translate(_LOOKS_LIKE):
        if " " <= character < "\x7f":
            kept.append(character)
            continue
        category = unicodedata.category(character)
        if category in _GONE:
            continue
        if category == "Nd":
            kept.append(str(unicodedata.decimal(character)))
        else:
            kept.append(" " if category == "Zs" else character)
    plain = "".join(kept)
    for spelled, meant in _SPELLED:
        plain = plain.replace(spelled, meant)
    return plain
