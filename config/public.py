"""Settings of what everybody may know: each fails loudly, by its name (see ``config.environment``)."""

from __future__ import annotations

import datetime
import re

from config.environment import SettingRefused, text

_CONTACT = re.compile(r"mailto:[^@\s,]+@[^@\s,]+|https://[^\s]+", re.ASCII)


def rows(name: str, columns: int) -> tuple[tuple[str, ...], ...]:
    """Rows with semicolons between them, their columns with ``|``; none by default."""
    found = []
    for row in text(name, "").split(";"):
        parts = tuple(part.strip() for part in row.split("|"))
        if parts == ("",):
            continue
        if len(parts) != columns or not all(parts):
            raise SettingRefused(f"{name}: each row has {columns} parts with | between them, and none is empty.")
        found.append(parts)
    return tuple(found)


def security_contact(name: str) -> str:
    """Where weaknesses are reported, as a URI (RFC 9116, 2.5.3); empty by default."""
    value = text(name, "")
    if value and not _CONTACT.fullmatch(value):
        raise SettingRefused(f"{name} is {value!r}. Write mailto:ADDRESS, or an https address.")
    return value


def past_day(name: str) -> datetime.date | None:
    """A day that has come, as 2026-11-28; None by default."""
    value = text(name, "")
    if not value:
        return None
    try:
        day = datetime.date.fromisoformat(value)
    except ValueError:
        raise SettingRefused(f"{name} is {value!r}. Write a day as 2026-11-28.") from None
    if day > datetime.datetime.now(datetime.UTC).date():
        raise SettingRefused(f"{name} is {value}, which has not come yet. Write the day when somebody looked.")
    return day
