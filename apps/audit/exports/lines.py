"""The formats with a line for each entry: JSON lines, CSV, OCSF events.

A line of JSON is the entry as it was hashed, byte by byte, with its position in front. In CSV what is not text is JSON
in its cell, and the last column holds what no other does. What was pruned has no line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from apps.audit import ocsf
from apps.audit.exports.cells import as_cell
from apps.audit.exports.models import Export, Format
from apps.audit.exports.selecting import entries_of
from apps.audit.placed import Placed
from apps.vault.binding import tenant_here
from specward import __version__

COLUMNS: Final = (
    "index", "id", "time", "logged", "action", "source", "narrative", "object_type", "object_pk", "object_repr",
    "changes", "details", "actor_kind", "actor_id", "actor_name", "actor_email", "actor_token", "remote_addr",
    "request_id", "client_request_id", "transaction", "database_role", "prunes", "log_key", "more",
)  # fmt: skip
"""Of a CSV file: members of an entry by their names, and ``more`` for those that are none of these."""
_TOGETHER: Final = 100
"""Lines that are written at once."""


class Writable(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> Any: ...


def write_lines(export: Export, out: Writable, heard: Callable[[int], None]) -> int:
    """Writes all lines of the export; says how many entries there are. ``heard``: see :func:`entries_of`."""
    kind = Format(export.format)
    line = {Format.JSONL: _json_line, Format.CSV: _csv_line, Format.OCSF: _ocsf_line}[kind]
    if kind is Format.CSV:
        out.write(_row(COLUMNS))
    entries = 0
    for lines in _together(line(one) for one in entries_of(export, heard)):
        out.write(b"".join(lines))
        entries += len(lines)
    return entries


def _together(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        if len(held) >= _TOGETHER:
            yield held
            held = []
    if held:
        yield held


def _json_line(one: Placed) -> bytes:
    return b'{"index":%d,%s\n' % (one.index, one.content[1:])


def _csv_line(one: Placed) -> bytes:
    entry = one.entry
    more = {name: value for name, value in entry.items() if name not in COLUMNS}
    values = {**entry, "index": one.index, "more": more or None}
    return _row([as_cell(_text(values.get(column))) for column in COLUMNS])


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _compact(value)


def _row(cells: Any) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow(cells)
    return buffer.getvalue().encode("utf-8")


def _ocsf_line(one: Placed) -> bytes:
    event = ocsf.event(one.entry, index=one.index, tenant=tenant_here(), product_version=__version__)
    return _compact(event).encode("utf-8") + b"\n"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
