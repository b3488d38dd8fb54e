"""A list as a file: streamed row by row, and itself an entry of the log."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from django.http import StreamingHttpResponse
from django.utils import timezone

from apps.audit.exports.cells import as_cell
from apps.audit.recording import record
from apps.audit.vocabulary import Action

_TOGETHER: Final = 100
"""Rows of a piece that is sent at once."""


class Format(Enum):
    """How a file is written. CSV is for spreadsheets, which take cells for formulas: there each is defused. JSON lines
    are for programs: there each value is what it is."""

    CSV = "csv"
    JSONL = "jsonl"

    @property
    def content_type(self) -> str:
        return {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}[self.value]


Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class List:
    """What is exported: its name (of the file too), its columns, its rows. ``filtered_by`` are names of filters."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Row]
    kind: str
    filtered_by: Sequence[str] = ()


def export(given: List, as_format: Format) -> StreamingHttpResponse:
    """The file. The log has its entry before the first row is sent; whoever asks has been allowed to."""
    details = {"kind": given.kind, "format": as_format.value, "filtered_by": sorted(given.filtered_by)}
    narrative = f"Exports {given.name.replace('-', ' ')} as {as_format.value.upper()}"
    record(Action.EXPORT, kind=given.kind, details=details, narrative=narrative)
    written = _csv(given) if as_format is Format.CSV else _jsonl(given)
    response = StreamingHttpResponse(_joined(written), content_type=as_format.content_type)
    named = f"specward-{given.name}-{timezone.now():%Y-%m-%d}.{as_format.value}"
    response.headers["Content-Disposition"] = f'attachment; filename="{named}"'
    return response


def _joined(written: Iterator[str]) -> Iterator[bytes]:
    held: list[str] = []
    for line in written:
        held.append(line)
        if len(held) >= _TOGETHER:
            yield "".join(held).encode()
            held.clear()
    if held:
        yield "".join(held).encode()


def _csv(given: List) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    yield _written(writer, buffer, given.columns)
    for row in given.rows:
        yield _written(writer, buffer, [as_cell(_text(row[column])) for column in given.columns])


def _written(writer: Any, buffer: io.StringIO, cells: Iterable[str]) -> str:
    buffer.seek(0)
    buffer.truncate()
    writer.writerow(cells)
    return buffer.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _jsonl(given: List) -> Iterator[str]:
    for row in given.rows:
        yield json.dumps({column: _plain(row[column]) for column in given.columns}, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    return value if value is None or isinstance(value, str | int | float | bool | list | dict) else str(value)
