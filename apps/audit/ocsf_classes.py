"""Which class of OCSF an entry is, what was done, and what that class has of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from apps.audit.ocsf_members import PRODUCT, Entry, actor_of, details_of, text, without_none

ACCOUNT_CHANGE: Final = 3001
AUTHENTICATION: Final = 3002
ENTITY_MANAGEMENT: Final = 3004
GROUP_MANAGEMENT: Final = 3006
API_ACTIVITY: Final = 6003

CLASSES: Final[Mapping[int, str]] = {
    ACCOUNT_CHANGE: "Account Change",
    AUTHENTICATION: "Authentication",
    ENTITY_MANAGEMENT: "Entity Management",
    GROUP_MANAGEMENT: "Group Management",
    API_ACTIVITY: "API Activity",
}
CATEGORIES: Final = {3: "Identity & Access Management", 6: "Application Activity"}
OTHER: Final = 99
ACTIVITIES: Final[Mapping[int, Mapping[int, str]]] = {
    ACCOUNT_CHANGE: {1: "Create", 2: "Enable", 3: "Password Change", 5: "Disable", 6: "Delete"},
    AUTHENTICATION: {1: "Logon", 2: "Logoff"},
    ENTITY_MANAGEMENT: {1: "Create", 2: "Read", 3: "Update", 4: "Delete", 12: "Suspend", 13: "Resume"},
    GROUP_MANAGEMENT: {3: "Add User"},
    API_ACTIVITY: {1: "Create", 2: "Read", 3: "Update", 4: "Delete"},
}
_CREATE, _READ, _UPDATE, _DELETE = 1, 2, 3, 4
"""The same in Entity Management and API Activity."""
_SUSPEND, _RESUME = 12, 13

_ACCOUNT: Final = "accounts.user"
_ADMINISTERED: Final = frozenset({"access", "accounts", "audit", "inference", "siem", "tenants", "vault", "webhooks"})
"""Apps whose objects are how a tenant is set up: Entity Management. Those of all others are its data: API Activity."""

METHODS: Final = {"GET": _READ, "HEAD": _READ, "POST": _CREATE, "PUT": _UPDATE, "PATCH": _UPDATE, "DELETE": _DELETE}


@dataclass(frozen=True, slots=True)
class Shape:
    """What is the class's own: its number, what was done, and the attributes with the members that they hold."""

    class_uid: int
    activity_id: int
    attributes: Mapping[str, Any] = field(default_factory=dict)
    placed: frozenset[str] = frozenset()


def shape_of(entry: Entry) -> Shape:
    """The class of an entry by its action. An action that is not known here is "Other", under its own name."""
    return _SHAPES.get(text(entry, "action") or "", _something)(entry)


def _authenticated(activity_id: int) -> Callable[[Entry], Shape]:
    def shape(entry: Entry) -> Shape:
        user, placed = _account(entry)
        attributes = {"user": user, "service": {"name": PRODUCT}, "is_remote": True}
        return Shape(AUTHENTICATION, activity_id, attributes, placed)

    return shape


def _account(entry: Entry) -> tuple[dict[str, Any], frozenset[str]]:
    """The account that it is about: the object where there is one, else who acts."""
    if text(entry, "object_pk") or text(entry, "object_repr"):
        user = {"uid": text(entry, "object_pk"), "full_name": text(entry, "object_repr")}
        held = frozenset(name for name in ("object_pk", "object_repr") if text(entry, name))
        return without_none({**user, "name": user["full_name"] or "unknown"}), held
    actor: dict[str, Any] | None = actor_of(entry).get("user")
    return (dict(actor) if actor else {"name": "unknown"}), frozenset()


def _written(activity_id: int) -> Callable[[Entry], Shape]:
    def shape(entry: Entry) -> Shape:
        if entry.get("object_type") == _ACCOUNT:
            return _account_written(entry, activity_id)
        return _done_to_object(entry, activity_id)

    return shape


def _account_written(entry: Entry, activity_id: int) -> Shape:
    user, placed = _account(entry)
    if activity_id != _UPDATE:
        return Shape(ACCOUNT_CHANGE, {_CREATE: 1, _DELETE: 6}[activity_id], {"user": user}, placed)
    changes = entry.get("changes")
    changes = changes if isinstance(changes, Mapping) else {}
    role = _after(changes, "role")
    if isinstance(role, str) and role:
        group = {"name": role, "type": "role"}
        return Shape(GROUP_MANAGEMENT, 3, {"user": user, "group": group}, placed)
    if "is_active" in changes:
        return Shape(ACCOUNT_CHANGE, 2 if _after(changes, "is_active") else 5, {"user": user}, placed)
    return Shape(ACCOUNT_CHANGE, 3 if "password" in changes else OTHER, {"user": user}, placed)


def _after(changes: Mapping[str, Any], column: str) -> Any:
    pair = changes.get(column)
    return pair[1] if isinstance(pair, list | tuple) and len(pair) == 2 else None


def _done_to_object(entry: Entry, activity_id: int) -> Shape:
    kind = text(entry, "object_type") or ""
    if kind.partition(".")[0] in _ADMINISTERED:
        return _managed(entry, activity_id)
    return _called(entry, activity_id)


def _managed(entry: Entry, activity_id: int) -> Shape:
    thing, placed = _thing(entry)
    thing.setdefault("name", thing.get("uid") or thing.get("type") or "unknown")
    return Shape(ENTITY_MANAGEMENT, activity_id, {"entity": {**thing, "type_id": OTHER}}, placed)


def _called(entry: Entry, activity_id: int) -> Shape:
    details = details_of(entry)
    said = filter(None, (text(details, "method"), text(details, "route")))
    thing, placed = _thing(entry)
    api: dict[str, Any] = {
        "operation": " ".join(said) or " ".join(filter(None, (text(entry, "action"), text(entry, "object_type")))),
        "service": {"name": PRODUCT},
    }
    if request_id := text(entry, "request_id"):
        api["request"] = {"uid": request_id}
    attributes: dict[str, Any] = {"api": api}
    if thing:
        thing.setdefault("name", thing.get("uid") or thing.get("type") or "unknown")
        attributes["resources"] = [{**thing, "role_id": 1}]
    return Shape(API_ACTIVITY, activity_id, attributes, placed)


def _thing(entry: Entry) -> tuple[dict[str, Any], frozenset[str]]:
    members = {"uid": "object_pk", "name": "object_repr", "type": "object_type"}
    thing = without_none({attribute: text(entry, member) for attribute, member in members.items()})
    return thing, frozenset(members[attribute] for attribute in thing)


def _requested(entry: Entry) -> Shape:
    """A refusal or a failure: what was asked for, by the request's method."""
    return _called(entry, METHODS.get(text(details_of(entry), "method") or "", OTHER))


def _used(activity_id: int) -> Callable[[Entry], Shape]:
    return lambda entry: _done_to_object(entry, activity_id)


def _state_changed(entry: Entry) -> Shape:
    changes = {"suspend": _SUSPEND, "resume": _RESUME, "drop": _DELETE}
    return _managed(entry, changes.get(text(details_of(entry), "change") or "", _UPDATE))


def _key_taken(entry: Entry) -> Shape:
    """A new key of the log: whatever object it names, the key is what was made."""
    shape = _managed(entry, _CREATE)
    key = text(entry, "log_key")
    if key is None:
        return shape
    return Shape(ENTITY_MANAGEMENT, _CREATE, {"entity": {"uid": key, "name": key, "type": "log key", "type_id": OTHER}})


def _something(entry: Entry) -> Shape:
    return _called(entry, OTHER)


_SHAPES: Final[Mapping[str, Callable[[Entry], Shape]]] = {
    "create": _written(_CREATE),
    "update": _written(_UPDATE),
    "delete": _written(_DELETE),
    "access": _used(_READ),
    "sign-in": _authenticated(1),
    "sign-in failed": _authenticated(1),
    "sign-out": _authenticated(2),
    "refusal": _requested,
    "failure": _requested,
    "export": lambda entry: _called(entry, _READ),
    "check": _something,
    "state change": _state_changed,
    "pruning": lambda entry: _called(entry, _DELETE),
    "log key": _key_taken,
    "token use": _something,
    "operation": _something,
}
MAPPED: Final = frozenset(_SHAPES)
"""The actions that have their class here, by their labels."""
