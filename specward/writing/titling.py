"""Titles out of hostile text: a model wrote it, or a page. What comes out is words, wherever it is put.

A title lands in HTML, CSV, terminals, logs, file names, mails, PDF, Markdown and source code, and each of them gives
some characters a meaning. What is left here has a meaning in none of them, so that a place that forgets to escape
shows a wrong word at worst.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from specward.recording.masking import is_masked
from specward.writing.redaction import recognised

LONGEST: Final = 90
"""Characters of a title."""
_LOOKED_AT: Final = 1_000
"""Characters of a text that are looked at at all."""

# Spelled out rather than asked of unicodedata, whose tables differ from one Python to the next. Letters and the signs
# that belong to them; no fillers (U+115F, U+3164, U+17B4), no joiners, nothing private, nothing that has no width.
_LETTERS: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"  # Latin
    "\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce"  # Greek
    "\u0400-\u0481\u048a-\u052f"  # Cyrillic
    "\u0531-\u0556\u0561-\u0587\u10d0-\u10fa\u1c90-\u1cba"  # Armenian, Georgian
    "\u05d0-\u05ea\u0620-\u064a\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc"  # Hebrew, Arabic
    "\u0904-\u0939\u093d\u0958-\u0961\u0985-\u09b9\u09dc-\u09e1\u0a05-\u0a39\u0a59-\u0a5e\u0a85-\u0ab9"  # north India
    "\u0b05-\u0b39\u0b83-\u0bb9\u0c05-\u0c39\u0c85-\u0cb9\u0d05-\u0d3a"  # Odia and southern India
    "\u0d85-\u0dc6\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6"  # Sinhala, Thai, Lao
    "\u1000-\u102a\u1200-\u135a\u1780-\u17b3"  # Burmese, Ethiopic, Khmer
    "\u3005-\u3007\u3041-\u3096\u309d\u309e\u30a1-\u30fa\u30fc-\u30fe\u3105-\u312f\u31a0-\u31bf"  # kana, bopomofo
    "\u3131-\u3163\uac00-\ud7a3\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002a6df\U0002a700-\U000323af"  # Hangul, Han
)
_SIGNS: Final = (
    "\u0300-\u034e\u0350-\u036f\u05b0-\u05bd\u05bf\u05c1\u05c2\u064b-\u0655\u0670"
    "\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0962\u0963\u0981-\u0983\u09bc\u09be-\u09cd\u0a01-\u0a03\u0a3c-\u0a4d"
    "\u0a70\u0a71\u0a81-\u0a83\u0abc\u0abe-\u0acd\u0b01-\u0b03\u0b3c\u0b3e-\u0b4d\u0b82\u0bbe-\u0bcd\u0c00-\u0c03"
    "\u0c3e-\u0c4d\u0c81-\u0c83\u0cbc\u0cbe-\u0ccd\u0d00-\u0d03\u0d3e-\u0d4d\u0d82\u0d83\u0dca-\u0ddf\u0e31"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b6-\u17d3\u3099\u309a"
)
_DIGITS: Final = "0-9\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0be6-\u0bef\u0e50-\u0e59"
_MARKS: Final = (
    ".,:?()/+%\\-\u2013\u2014\u2026\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb\u20ac\u00a3\u00a5\u00b0\u00b2\u00b3\u00d7"
    "\u00b7\u00bf\u060c\u061f\u0964\u3001\u3002\u30fb"
)
ALPHABET: Final = re.compile(f"[ {_LETTERS}{_SIGNS}{_DIGITS}{_MARKS}]*")
"""All that a title is made of."""

_LETTER: Final = re.compile(f"[{_LETTERS}]")
_NOT_IN_A_TITLE: Final = re.compile(f"[^ {_LETTERS}{_SIGNS}{_DIGITS}{_MARKS}]+")
_STACKED: Final = "\u0300-\u036f\u05b0-\u05c2\u064b-\u0655\u0670\u0e31-\u0e4e\u0eb1-\u0ece\u3099\u309a"
# Over and under a letter, one on the other, they reach into the lines around; those of India stand beside it.
_TOO_MANY_SIGNS: Final = re.compile(f"(?<=[{_STACKED}]{{2}})[{_SIGNS}]+|(?<=[{_SIGNS}]{{4}})[{_SIGNS}]+")
_LOOSE_SIGNS: Final = re.compile(f"(?<![{_LETTERS}{_SIGNS}{_DIGITS}])[{_SIGNS}]+")
_BEFORE_THE_FIRST_WORD: Final = re.compile(f"[^{_LETTERS}{_DIGITS}(\u201c\u201e\u00ab\u00bf]+")
# Spoken with another sign, and the same to a reader. Full-width forms are turned into ASCII by some programs.
_SAID_AS: Final = str.maketrans(
    {
        **{chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F)},
        **dict.fromkeys("\u3000\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005", " "),
        **dict.fromkeys("\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "),
        **dict.fromkeys("\xad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f", ""),
        **dict.fromkeys("\u2010\u2011\u2012\u2212", "-"),
        **dict.fromkeys("\u02bc\u2032\u00b4", "\u2019"),
        **dict.fromkeys("\u2024\uff0e\uff61", "."),
        **dict.fromkeys("\u2044\u2215", "/"),
    }
)  # fmt: skip
_AGAIN: Final = str.maketrans({"'": "\u2019", ";": ","})
_AND: Final = re.compile(r" ?& ?")
_MENDED: Final = (
    (re.compile(r"\.{2,}"), "\u2026"),
    (re.compile(r"-{2,}"), "\u2013"),
    # Not between words: mail programs make a link of it, but for what is no domain anywhere.
    (re.compile(rf"\.(?=[{_LETTERS}]{{2}})(?!(?:html?|php|aspx|jsp)(?![{_LETTERS}{_DIGITS}.]))"), " "),
    (re.compile(r"[/.:]*/[/.:]+|[.:]+/+"), "/"),
    # IDNA takes a full stop of CJK for a dot of a domain.
    (re.compile(r"\u3002(?=[A-Za-z0-9])"), " "),
    # Not before a letter, where it asks for a value in many languages.
    (re.compile(rf"(?<![{_DIGITS}])(?<![{_DIGITS}] )%|%(?=[{_LETTERS}{_DIGITS}%(+\-.])"), " "),
    (re.compile(r"([,:?+/()\u2013\u2014])\1+"), r"\1"),
    (re.compile(r" +([,:?)\u2026])"), r"\1"),
    (re.compile(r"\( +"), "("),
    (re.compile(r"\( ?\)"), ""),
)
_TERMINAL: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,50}[ -/]{0,9}[@-~]?|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]{0,500}(?:\x07|\x1b\\|\x9c)?"
)
# At the beginning of a line a number with a dot is a list to Markdown and its kin.
_NUMBERED: Final = re.compile(rf"([{_DIGITS}]+)[.)](?= |$)")


def titled(text: str) -> str | None:
    """``text`` as a title of at most 90 characters; None where nothing of it can be said.

    One line of words with few marks, none of which means anything to HTML, a spreadsheet, a terminal, a shell or a
    file system. None where the text is masked, holds an address, or anything else that
    :func:`~specward.writing.redaction.recognised` knows.
    """
    looked = text[:_LOOKED_AT]
    if is_masked(looked) or recognised(looked) is not None:
        return None
    said = _in_words(looked)
    if _LETTER.search(said) is None or (said != looked and recognised(said) is not None):
        return None
    return fitted(said)


def _in_words(text: str) -> str:
    """``text`` in the alphabet of titles, what is not in it as a space."""
    said = unicodedata.normalize("NFC", _TERMINAL.sub("", text).translate(_SAID_AS)).translate(_AGAIN)
    said = _AND.sub(" and ", _quoted(said))
    said = _NOT_IN_A_TITLE.sub(" ", said)
    said = _LOOSE_SIGNS.sub("", said)
    said = _TOO_MANY_SIGNS.sub("", said)
    before = None
    while before != said:  # what one mends may bring what another has to; each makes the text shorter or plainer
        before = said
        for pattern, meant in _MENDED:
            said = pattern.sub(meant, said)
        said = _BEFORE_THE_FIRST_WORD.sub("", " ".join(said.split()), count=1) if _begins_badly(said) else said
        said = _NUMBERED.sub(r"\1", " ".join(said.split()), count=1) if _NUMBERED.match(said.lstrip()) else said
        said = " ".join(said.split()).rstrip(" ,:/-+\u2013\u2014(")
    return unicodedata.normalize("NFC", said)


def _begins_badly(said: str) -> bool:
    return _BEFORE_THE_FIRST_WORD.match(" ".join(said.split())) is not None


def _quoted(text: str) -> str:
    """Straight double quotes as the pairs that are printed."""
    parts = text.split('"')
    return "".join(part + ("\u201c\u201d"[i % 2] if i < len(parts) - 1 else "") for i, part in enumerate(parts))


def fitted(title: str, longest: int = LONGEST) -> str:
    """``title`` cut at a word where it has more than ``longest`` characters, with an ellipsis."""
    if len(title) <= longest:
        return title
    cut = title[: longest - 1].rpartition(" ")[0] or title[: longest - 1]
    return cut.rstrip(" ,:/-+\u2013\u2014(") + "\u2026"
