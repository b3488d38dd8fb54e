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
from specward.tlog.leaves import MAX_DEPTH, is_timestamp

FORM: Final = 1

_MOMENT: Final = """CASE WHEN {0} >= '0001-01-01 00:00:00+00' AND {0} < '10000-01-01 00:00:00+00'
    THEN to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE {0}::text END"""


def moment(column: str) -> str:
    """A time as entries write it, by SQL: the same text as ``specward.tlog.timestamp``'s. One that this cannot write
    (infinite, or beyond four digits of a year) is PostgreSQL's own text."""
    return _MOMENT.format(column)


COLUMNS: Final = (
    f"e.id, {moment('e.timestamp')}, e.transaction_id, e.action, e.source, e.narrative, "
    "e.object_type, e.object_pk, e.object_repr, e.changes::text, e.additional_data::text, "
    "e.actor_kind, e.actor_id::text, e.actor_name, e.actor_email, e.actor_token::text, "
    "e.database_role, e.request_id::text, e.client_request_id, abbrev(e.remote_addr), e.content_type_id"
)
"""Of ``audit_entry e``, in the order in which :func:`content` takes them: all that there are."""

_ACTIONS: Final = {action.value: action.label for action in Action}
_LONGEST_WHOLE: Final = 18
"""Digits of a number that is below 2^63 in any case."""
_NO_TIME: Final = "0001-01-01T00:00:00.000000Z"


def content(row: Sequence[Any], logged: str) -> bytes:
    """The canonical bytes of an entry that got its place at ``logged``, a time as text. ``row`` holds :data:`COLUMNS`.

    What cannot stand in an entry as it is stands otherwise, under another name, so that no other row is written alike:
    a number that is no double and too large stands as its digits, and ``numbers`` says where; a document that is too
    deep or too long as ``changes_digest`` or ``details_digest``; a time that is none in ``no_time``. Only somebody who
    writes past the application can bring these about.
    """
    said = _document(row, logged)
    try:
        return canonical(said)
    except LeafRefused:
        return _otherwise(said, row)


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
        "actor_kind": row[11],
        "actor_id": row[12],
        "actor_name": row[13],
        "actor_email": row[14],
        "actor_token": row[15],
        "database_role": row[16],
        "request_id": row[17],
        "client_request_id": row[18],
        "remote_addr": row[19],
        "content_type": row[20],
    }
    said = {name: value for name, value in said.items() if value is not None and value != ""}
    # A null of JSON is another row than none at all.
    if row[9] is not None:
        said["changes"] = _read(row[9])
    if row[10] is not None:
        said["details"] = _read(row[10])
    if action in (Action.PRUNING, Action.LOG_KEY) and isinstance(said.get("details"), dict):
        said |= _about_the_log(action, said["details"])
    return said


def _about_the_log(action: int, details: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says of the log itself, where the verifier looks for it."""
    if action == Action.LOG_KEY and isinstance(details.get("log_key"), str):
        return {"log_key": details["log_key"]}
    stretch = stretch_of(details) if action == Action.PRUNING else None
    return {} if stretch is None else {"prunes": list(stretch)}


def stretch_of(details: object) -> tuple[int, int] | None:
    """The first and the last index of what an entry announces as pruned; None where it announces nothing."""
    said = details.get("prunes") if isinstance(details, dict) else None
    return (said[0], said[1]) if isinstance(said, list) and [type(each) for each in said] == [int, int] else None


# ---- a jsonb, as PostgreSQL prints it -------------------------------------------------------------------------------


class _Digits(str):
    """A number that neither a double nor 63 bits hold: no digit of it can be changed unseen. ``canonical`` takes no
    such type, so that it is told from a text."""


class _TooDeep:
    """A document that is deeper than Python reads."""


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_WHOLE else _Digits(digits)


def _decimal(digits: str) -> float | str:
    number = float(digits)
    return number if repr(number) == digits else _Digits(digits)


_DECODER: Final = json.JSONDecoder(parse_int=_whole, parse_float=_decimal)


def _read(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except RecursionError:
        return _TooDeep()


# ---- what cannot stand as it is -------------------------------------------------------------------------------------


def _otherwise(said: dict[str, Any], row: Sequence[Any]) -> bytes:
    for name in ("time", "logged"):
        if not is_timestamp(said[name]):
            said.setdefault("no_time", {})[name] = said[name]
            said[name] = _NO_TIME
    numbers: list[str] = []
    try:
        plain = {name: _plain(said[name], f"/{name}", numbers) for name in ("changes", "details") if name in said}
        return canonical(said | plain | ({"numbers": sorted(numbers)} if numbers else {}))
    except LeafRefused:
        for name, text in (("changes", row[9]), ("details", row[10])):
            if text is not None:
                said[f"{name}_digest"] = {
                    "sha256": hashlib.sha256(text.encode()).hexdigest(),
                    "bytes": len(text.encode()),
                }
                del said[name]
        return canonical(said)


def _plain(value: Any, place: str, numbers: list[str], depth: int = 1) -> Any:
    """The value with digits as text. Their places go to ``numbers``, as JSON pointers (RFC 6901)."""
    if depth > MAX_DEPTH:
        raise LeafRefused("It is too deep.")
    if isinstance(value, _Digits):
        numbers.append(place)
        return str(value)
    if isinstance(value, dict):
        return {
            name: _plain(each, f"{place}/{name.replace('~', '~0').replace('/', '~1')}", numbers, depth + 1)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_plain(each, f"{place}/{at}", numbers, depth + 1) for at, each in enumerate(value)]
    return value
