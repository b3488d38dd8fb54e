"""Reading the members of an entry for OCSF: each as what its attribute takes, or not at all."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Final

PRODUCT: Final = "Specward"

_EMAIL: Final = re.compile(r"[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]+")
"""Narrower than OCSF's own pattern, whose ``+-/`` is a range by mistake."""
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

Entry = Mapping[str, Any]


def text(entry: Entry, name: str) -> str | None:
    """The member if it is a text with something in it."""
    value = entry.get(name)
    return value if isinstance(value, str) and value else None


def details_of(entry: Entry) -> Mapping[str, Any]:
    """What belongs to the action beside changes; empty where there is nothing."""
    details = entry.get("details")
    return details if isinstance(details, Mapping) else {}


def email_of(entry: Entry) -> str | None:
    """The actor's address if OCSF takes it for one."""
    email = text(entry, "actor_email")
    return email if email is not None and _EMAIL.fullmatch(email) else None


def ip_of(entry: Entry) -> str | None:
    """The client's address if it is one."""
    try:
        return ipaddress.ip_address(text(entry, "remote_addr") or "").compressed
    except ValueError:
        return None


def milliseconds(moment: Any) -> int:
    """Since 1970, rounded down. Raises ValueError for what is no time with a zone."""
    if not isinstance(moment, str) or not moment.endswith("Z"):
        raise ValueError("An entry without a time in UTC has no event.")
    return (datetime.datetime.fromisoformat(moment) - _EPOCH) // datetime.timedelta(milliseconds=1)


def without_none(found: Mapping[str, Any]) -> dict[str, Any]:
    """What there is of it: OCSF has no null."""
    return {name: value for name, value in found.items() if value is not None}


_PEOPLE: Final[Mapping[str | None, tuple[int, str]]] = {
    "user": (1, "User"),
    "token": (1, "User"),
    "staff": (2, "Admin"),
}
"""Kinds of actors that are a person, or act for one: OCSF's type of the user."""


def actor_of(entry: Entry) -> dict[str, Any]:
    """Who acted: a person, a program with a person's token, a part of the service, a role of the database, nobody."""
    kind = text(entry, "actor_kind") or ""
    if kind in _PEOPLE:
        number, caption = _PEOPLE[kind]
        name = text(entry, "actor_name")
        token = text(entry, "actor_token")
        user = {
            "type_id": number,
            "type": caption,
            "uid": text(entry, "actor_id"),
            "name": text(entry, "actor_email") or name or "unknown",
            "full_name": name,
            "email_addr": email_of(entry),
            "programmatic_credentials": [{"uid": token, "type": "API token"}] if token else None,
        }
        return {"user": without_none(user)}
    if kind == "database":
        name = text(entry, "database_role") or text(entry, "actor_name") or "unknown"
        return {"user": {"type_id": 4, "type": "Service", "name": name}, "app_name": "database"}
    if kind == "system":
        return {"app_name": text(entry, "actor_name") or PRODUCT}
    return {"user": {"type_id": 0, "type": "Unknown", "name": "anonymous" if kind == "anonymous" else "unknown"}}


def placed_in_all(entry: Entry) -> frozenset[str]:
    """The members that have their attribute in every class."""
    found = {"time", *(name for name in ("action", "narrative", "source", "request_id") if text(entry, name))}
    if type(entry.get("id")) is int:
        found.add("id")
    if ip_of(entry) is not None:
        found.add("remote_addr")
    if text(entry, "actor_kind") in _PEOPLE:
        found |= {name for name in ("actor_id", "actor_name", "actor_token") if text(entry, name)}
        if email_of(entry) is not None:
            found.add("actor_email")
    elif text(entry, "actor_kind") == "system" and text(entry, "actor_name"):
        found.add("actor_name")
    return frozenset(found)
