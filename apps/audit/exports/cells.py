"""Cells of a CSV file. Spreadsheets take some for formulas: there each is defused."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula (OWASP, CSV Injection): it then begins with ``'``."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
