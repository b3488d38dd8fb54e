"""What of an entry is hashed: its row as a document (docs/audit-log.md, section 2), always the same for the same row.

The row is the truth: the document is made from it again whenever somebody looks, so that a row that was changed no
longer fits its leaf. Nothing of it may depend on the time, the settings or the release. :data:`FORM` is frozen: another
way of writing gets another number, and leaves keep the one that they were made with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from apps.audit.vocabulary import Action
from specward.tlog import LeafRefused, canonical

FORM: Final = 1

_MOMENT: Final = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def moment(column: str) -> str:
    """A time as entries write it, by SQL: the same text as ``specward.tlog.timestamp``'s."""
    return _MOMENT.format(column)


COLUMNS: Final = (
    f"e.id, {moment('e.timestamp')}, e.transaction_id, e.action, e.source, e.narrative, "
    "e.object_type, e.object_pk, e.object_repr, e.changes::text, e.additional_data::text, "
    "e.actor_kind, e.actor_id::text, e.actor_name, e.actor_email, e.actor_token::text, "
    "e.database_role, e.request_id::text, e.client_request_id, host(e.remote_addr)"
)
"""Of ``audit_entry e``, in the order in which :func:`content` takes them."""

_ACTIONS: Final = {action.value: action.label for action in Action}
_LONGEST_WHOLE: Final = 18
"""Digits of a number that is below 2^63 in any case."""


def content(row: Sequence[Any], logged: str) -> bytes:
    """The canonical bytes of an entry that got its place at ``logged``, a time as text. ``row`` holds :data:`COLUMNS`.

    What cannot stand in an entry (deeper than 64, longer than 1 MiB) stands as its digest.
    """
    said = _document(row, logged)
    try:
        return canonical(said)
    except LeafRefused:
        for name, text in (("changes", row[9]), ("details", row[10])):
            if text is not None:
                said[name] = {"digest": hashlib.sha256(text.encode()).hexdigest(), "bytes": len(text.encode())}
        return canonical(said)


def _document(row: Sequence[Any], logged: str) -> dict[str, Any]:
    action = row[3]
    said = {
        "id": row[0],
        "time": row[1],
        "logged": logged,
        "transaction": row[2],
        # A number without a name can only have come past the application.
        "action": _ACTIONS.get(action, f"unknown {action}"),
        "source": row[4],
        "narrative": row[5],
        "object_type": row[6],
        "object_pk": row[7],
        "object_repr": row[8],
        "changes": None if row[9] is None else read_json(row[9]),
        "details": None if row[10] is None else read_json(row[10]),
        "actor_kind": row[11],
        "actor_id": row[12],
        "actor_name": row[13],
        "actor_email": row[14],
        "actor_token": row[15],
        "database_role": row[16],
        "request_id": row[17],
        "client_request_id": row[18],
        "remote_addr": row[19],
    }
    said = {name: value for name, value in said.items() if value is not None and value != ""}
    if action in (Action.PRUNING, Action.LOG_KEY) and isinstance(said.get("details"), dict):
        said |= _about_the_log(action, said["details"])
    return said


def _about_the_log(action: int, details: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says of the log itself, where the verifier looks for it."""
    if action == Action.LOG_KEY and isinstance(details.get("log_key"), str):
        return {"log_key": details["log_key"]}
    prunes = details.get("prunes")
    if action == Action.PRUNING and isinstance(prunes, list) and [type(each) for each in prunes] == [int, int]:
        return {"prunes": prunes}
    return {}


def read_json(text: str) -> Any:
    """A ``jsonb`` as PostgreSQL prints it. A number that a double or 63 bits would not hold stands as its digits: no
    digit of it can be changed unseen."""
    return json.loads(text, parse_int=_whole, parse_float=_decimal)


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_WHOLE else digits


def _decimal(digits: str) -> float | str:
    number = float(digits)
    return number if repr(number) == digits else digits
