"""Text that will read differently tomorrow: dates, times, order numbers, random ids. Recognised, and never asserted.

Prices stay: a price that moves by itself is told apart by the recording (its text changes with nobody acting), and one
that does not is what a person would check.
"""

from __future__ import annotations

import functools
import re
from urllib.parse import parse_qsl, urlencode

_MONTH = (
    r"(?:jan(?:uar[yi]?|vier)?|feb(?:ruar[yi]?)?|f[eé]vr(?:ier)?|mar(?:ch|s|zo)?|m[aä]rz|apr(?:il)?|avril|ma[iy]|mayo|"
    r"jun[ei]?|juin|jul[yi]?|juillet|aug(?:ust)?|ao[uû]t|sep(?:t(?:ember|embre)?)?|o[ck]t(?:ober|obre)?|"
    r"nov(?:ember|embre)?|de[cz](?:ember|embre)?|d[eé]c(?:embre)?)"
)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_UNIT = r"(?:sec(?:ond)?|min(?:ute)?|hour|hr|day|week|month|year)s?"

_PATTERNS: dict[str, str] = {
    "a date": (
        r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})\b|"
        rf"\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:de\s+|of\s+)?{_MONTH}\b|\b{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b|"
        rf"\b{_MONTH}\.?,?\s+\d{{4}}\b|\b{_DAY},?\s+\d|\d{{4}}\s*年|\d{{1,2}}\s*月\s*\d{{1,2}}\s*日|"
        r"(?:©|\(c\)|copyright)\s*(?:\d{4}\s*[-\u2013]\s*)?\d{4}"
    ),
    "a time": (
        r"\b\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?\b|\b\d{1,2}\s*[ap]\.?m\b|"
        rf"\b(?:\d+|an?|few|last)\s+{_UNIT}\s+ago\b|\b\d+\s*[smhdw]\s+ago\b|\bin\s+\d+\s+{_UNIT}\b|"
        r"\bjust now\b|\b(?:yesterday|today|tomorrow|tonight)\b|\bvor\s+\d+\s+\w+|\bil y a\s+\d+|\bhace\s+\d+|"
        rf"\b\d+\s+{_UNIT}\s+(?:left|remaining)\b"
    ),
    "a random id": (
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|"
        r"\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b|"
        r"\b(?=(?:[a-z_]*\d){3})(?=(?:[\d_]*[a-z]){3})[a-z0-9_]{10,}\b"
    ),
    "a number that is given out": (
        r"(?:#|№|\bno\.?|\bnr\.?|\bnumber|\border|\binvoice|\bticket|\bref(?:erence)?|\bid)\s*[:#]?\s*[a-z]{0,4}-?\d{3,}"
        r"|(?<![\d.,$€£¥])\b\d{5,}\b(?![.,]\d)|\b[a-z]{1,5}-\d{4,}\b"
    ),
    "a clock or a counter": r"\b\d+(?:[.,]\d+)?[km]?\s+(?:views?|visitors?|online|watching|people|users? online)\b",
}

_REASONS = tuple(_PATTERNS)
_LONGEST = 2_000


@functools.cache
def _all() -> re.Pattern[str]:
    """Made when it is first asked: it takes longer than all else that a process has to read before it begins."""
    return re.compile("|".join(f"(?P<p{i}>{pattern})" for i, pattern in enumerate(_PATTERNS.values())), re.IGNORECASE)


def volatile_part(text: str) -> tuple[str, str] | None:
    """The first part of ``text`` that will not stay as it is, and what it is; ``None`` where nothing is seen.

    Looks at the first 2,000 characters only.
    """
    found = _all().search(text[:_LONGEST])
    if found is None:
        return None
    index = next(i for i in range(len(_REASONS)) if found.group(f"p{i}") is not None)
    return found.group(), _REASONS[index]


def is_volatile(text: str) -> bool:
    """Does ``text`` hold a date, a time, an order number, a random id or a counter?"""
    return _all().search(text[:_LONGEST]) is not None


def steady_address(path: str) -> str:
    """A path without the parts of its query that will read differently tomorrow (``/thanks?order=48213``)."""
    plain, mark, query = path.partition("?")
    if not mark:
        return path
    kept = [
        (name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not is_volatile(f"{name} {value}")
    ]
    return plain + (f"?{urlencode(kept)}" if kept else "")


_GENERATED = re.compile(
    r"\d{3,}|[0-9a-f]{8}-[0-9a-f]{4}|^:r[0-9a-z]+:$|^«r[0-9a-z]+»$|^(?:ember|react|radix|headlessui|mui|mat|ng|yui|"
    r"ext|cdk|reach|chakra|downshift|rc|el|ember|select2|gwt|jsf|j_idt)[-_:].*\d|__|^[a-z]+[-_]?\d{2,}$|"
    r"(?=(?:[^\d]*\d){2})(?=(?:[^A-Z]*[A-Z]){1})[A-Za-z0-9_-]{6,}",
)


def is_generated_id(value: str) -> bool:
    """Does an id, name or class look made up by a build or a framework (``ember123``, ``:r3:``, ``css-1x2y3z``)?"""
    return not value or len(value) > 60 or _GENERATED.search(value) is not None
