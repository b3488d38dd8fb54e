"""An entry as an event of the Open Cybersecurity Schema Framework, version 1.8.0 (https://schema.ocsf.io/1.8.0).

Nothing of an entry is lost: each member stands in an attribute that OCSF has for it, or under ``unmapped`` by its own
name. Who receives an event twice knows it by ``metadata.uid``, the tenant and the entry's place in its log.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from apps.audit.ocsf_classes import ACTIVITIES, CATEGORIES, CLASSES, METHODS, OTHER, shape_of
from apps.audit.ocsf_members import (
    PRODUCT,
    Entry,
    actor_of,
    details_of,
    ip_of,
    milliseconds,
    placed_in_all,
    text,
    without_none,
)

VERSION: Final = "1.8.0"

_INFORMATIONAL, _LOW, _MEDIUM = 1, 2, 3
_SEVERITIES: Final = {_INFORMATIONAL: "Informational", _LOW: "Low", _MEDIUM: "Medium"}
_SEVERE: Final = {"sign-in failed": _LOW, "refusal": _LOW, "failure": _MEDIUM, "pruning": _LOW, "log key": _LOW}
_FAILED: Final = frozenset({"sign-in failed", "refusal", "failure"})


def event(entry: Entry, index: int, tenant: uuid.UUID, product_version: str) -> dict[str, Any]:
    """The event of an entry's content (form 1) that stands at ``index`` of the log of ``tenant``.

    Times are milliseconds since 1970, as OCSF wants them; ``metadata.original_time`` and ``unmapped.logged`` keep the
    microseconds. Raises ValueError for an entry without a time.
    """
    action = text(entry, "action") or "unknown"
    shape = shape_of(entry)
    severity = _MEDIUM if text(entry, "actor_kind") == "database" else _SEVERE.get(action, _INFORMATIONAL)
    category = shape.class_uid // 1000
    activity = ACTIVITIES[shape.class_uid].get(shape.activity_id, "Other")
    narrative = text(entry, "narrative")
    placed = placed_in_all(entry) | shape.placed
    unmapped = {name: value for name, value in entry.items() if name not in placed}
    return {
        "category_uid": category,
        "category_name": CATEGORIES[category],
        "class_uid": shape.class_uid,
        "class_name": CLASSES[shape.class_uid],
        "activity_id": shape.activity_id,
        "activity_name": action if shape.activity_id == OTHER else activity,
        "type_uid": shape.class_uid * 100 + shape.activity_id,
        "type_name": f"{CLASSES[shape.class_uid]}: {activity}",
        "time": milliseconds(entry.get("time")),
        "timezone_offset": 0,
        "severity_id": severity,
        "severity": _SEVERITIES[severity],
        **_status(entry, action),
        "message": narrative or _words(entry, action),
        "metadata": _metadata(entry, index, tenant, product_version, action),
        "actor": actor_of(entry),
        "src_endpoint": _source(entry),
        **_request(entry),
        **shape.attributes,
        **({"unmapped": unmapped} if unmapped else {}),
    }


def _metadata(entry: Entry, index: int, tenant: uuid.UUID, product_version: str, action: str) -> dict[str, Any]:
    return without_none(
        {
            "version": VERSION,
            "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": product_version},
            "uid": f"{tenant}:{index}",
            "sequence": index,
            "tenant_uid": str(tenant),
            "log_name": "audit",
            "log_provider": PRODUCT,
            "log_source": text(entry, "source"),
            "event_code": action,
            "original_time": entry.get("time"),
            "original_event_uid": str(entry["id"]) if type(entry.get("id")) is int else None,
            "correlation_uid": text(entry, "request_id"),
            "logged_time": milliseconds(entry["logged"]) if "logged" in entry else None,
        }
    )


def _status(entry: Entry, action: str) -> dict[str, Any]:
    is_failure = action in _FAILED
    code = details_of(entry).get("status")
    return {
        "status_id": 2 if is_failure else 1,
        "status": "Failure" if is_failure else "Success",
        **({"status_code": str(code)} if type(code) is int else {}),
    }


def _source(entry: Entry) -> dict[str, Any]:
    """From where: the client's address, or the service itself where no client is behind it."""
    address = ip_of(entry)
    return {"svc_name": PRODUCT} if address is None else {"ip": address}


def _request(entry: Entry) -> dict[str, Any]:
    details = details_of(entry)
    method, status = text(details, "method"), details.get("status")
    known = method if method in METHODS or method == "OPTIONS" else None
    request = without_none({"uid": text(entry, "request_id"), "http_method": known})
    return {
        **({"http_request": request} if request else {}),
        **({"http_response": {"code": status}} if type(status) is int else {}),
    }


def _words(entry: Entry, action: str) -> str:
    about = text(entry, "object_repr") or text(entry, "object_pk")
    return " ".join(filter(None, (action, text(entry, "object_type"), about)))
