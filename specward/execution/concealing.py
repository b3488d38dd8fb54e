"""No value of a secret leaves a run: every text of a result goes through :class:`Concealer` first."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

_SHORT: Final = 4
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Concealer:
    """Replaces the values of secrets by ``<NAME>``, however a page or an address may have written them.

    Known ways: as given, percent-encoded, as HTML, as a JSON string, with other white space, in other case. A value of
    fewer than four characters is replaced only where it stands alone, or every digit of a result would go.
    What a page makes of a value by computing (its last four digits, its reverse) is not recognised.
    """

    __slots__ = ("_names", "_pattern")

    def __init__(self, secrets: Mapping[str, str], unnamed: Iterable[str] = ()) -> None:
        forms: dict[str, str] = {}
        for name, value in (*secrets.items(), *(("stored state", value) for value in unnamed)):
            for form in _forms(value):
                forms.setdefault(form, name)
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        # Named by position, because a name of a group is no place for what an operator calls a secret.
        self._names = [forms[form] for form in ordered]
        self._pattern = re.compile("|".join(f"({_loose(form)})" for form in ordered), re.I) if ordered else None

    def text(self, text: str) -> str:
        """``text`` without values of secrets and without control characters."""
        if self._pattern is not None:
            text = self._pattern.sub(lambda match: f"<{self._names[(match.lastindex or 1) - 1]}>", text)
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _forms(value: str) -> set[str]:
    if not value.strip():
        return set()
    forms = {value, value.strip(), quote(value, safe=""), quote(value), quote_plus(value), html.escape(value)}
    forms |= {html.escape(value, quote=False), json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    # What JavaScript's old escape() makes of it, and a form that is not in UTF-8.
    forms |= {quote(value, safe="", encoding="latin-1", errors="replace")}
    return {form for form in forms if form.strip()}


def _loose(form: str) -> str:
    pattern = r"\s+".join(re.escape(word) for word in form.split())
    return rf"(?<!\w){pattern}(?!\w)" if len(form) < _SHORT else pattern
