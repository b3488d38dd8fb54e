"""One line of JSON for each event that is logged: when, how grave, who logs, in which request, for which tenant, what.

Of an exception there are its kind and the places that it passed, and its words only where they are ours: what a
database, a parser or a page says may quote what a customer keeps.
"""

from __future__ import annotations

import datetime
import json
import logging
import traceback
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

from apps.watching.redaction import GONE, redacted

FIELDS: Final = ("method", "route", "status", "milliseconds")
"""What a record may carry besides (``extra``)."""
_DEEPEST: Final = 40
_PATHS_OF: Final = "django."
"""Loggers whose arguments hold the path of the request, in which there may be a link's secret."""


class Line(logging.Formatter):
    """Writes a record as one line. Nothing in it can begin another: JSON escapes what ends a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": _given(record, "request_id", _request_id),
            "tenant_id": _given(record, "tenant_id", _tenant_id),
            "task": _given(record, "task_id", _task_id),
            "message": redacted(_message(record)),
            **{name: getattr(record, name) for name in FIELDS if hasattr(record, name)},
            "exception": _exception(record.exc_info),
        }
        return json.dumps({name: value for name, value in line.items() if value is not None}, default=_plain)


def _plain(value: object) -> str:
    return redacted(str(value))


def _given(record: logging.LogRecord, name: str, otherwise: Any) -> str | None:
    found = getattr(record, name, None)
    return str(found) if isinstance(found, str | uuid.UUID) else otherwise()


def _message(record: logging.LogRecord) -> str:
    try:
        return _safe(record).getMessage()
    except Exception:  # noqa: BLE001  # arguments that do not fit their message: the line is not lost for that
        return str(record.msg)


def _safe(record: logging.LogRecord) -> logging.LogRecord:
    """The record without a request's path and without an exception's words, where its arguments hold either."""
    request = getattr(record, "request", None)
    given = record.args
    if request is not None and record.name.startswith(_PATHS_OF) and isinstance(given, tuple):
        route = _route(request)
        given = tuple(route if isinstance(one, str) and one.startswith("/") else one for one in given)
    if isinstance(given, Mapping):
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        given = {name: _told(error) if name in ("exc", "traceback") else value for name, value in given.items()}
    elif isinstance(given, tuple):
        given = tuple(_told(one) if isinstance(one, BaseException) else one for one in given)
    safe = logging.makeLogRecord(record.__dict__)
    safe.args = given
    return safe


def _route(request: Any) -> str:
    from apps.audit.requests import route_of

    return route_of(request) if getattr(request, "resolver_match", None) is not None else "(no such address)"


def _told(error: object) -> str:
    """An exception in a line: its kind, and its words where they are ours."""
    if not isinstance(error, BaseException):
        return GONE
    ours = isinstance(getattr(error, "code", None), str) and type(error).__module__.split(".")[0] in _OURS
    words = f": {error}" if ours or isinstance(error, ImproperlyConfigured) else ""
    return f"{type(error).__module__}.{type(error).__qualname__}{words}"


_OURS: Final = ("apps", "config", "specward")


def _exception(found: Any) -> list[str] | None:
    error = found[1] if isinstance(found, tuple) else found
    if not isinstance(error, BaseException):
        return None
    lines: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        lines += [redacted(_told(error)), *_places(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return lines[:_DEEPEST]


def _places(trace: TracebackType | None) -> list[str]:
    """Where it passed, outermost first; the lines of the source say nothing of values."""
    return [f"  {frame.f_code.co_filename}:{number} {frame.f_code.co_name}" for frame, number in _walked(trace)]


def _walked(trace: TracebackType | None) -> list[tuple[Any, int]]:
    return list(traceback.walk_tb(trace))[-_DEEPEST:]


# ---- whom it is about -----------------------------------------------------------------------------------------------


def _request_id() -> str | None:
    from django.apps import apps

    if not apps.ready:  # the web server's own process, which knows no request
        return None
    from apps.audit.acting import current

    acting = current()
    return str(acting.request_id) if acting is not None and acting.request_id is not None else None


def _tenant_id() -> str | None:
    from django.apps import apps

    if not apps.ready:
        return None
    from apps.tenants.walls import connection, tenant_of

    walls = connection().walls
    found = walls.tenant_id or tenant_of(walls.schema)
    return str(found) if found is not None else None


def _task_id() -> str | None:
    from celery import current_task

    task = current_task
    return str(task.request.id) if task and task.request.id else None


_NEVER: Final = 1_000
"""Above every level."""


def logging_to_one_place(level: str) -> dict[str, Any]:
    """For ``logging.config.dictConfig``: everything, in lines, to the standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "apps.watching.lines.Line"}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {
            # Theirs by default write elsewhere, or to an address of their own.
            **{name: {"handlers": [], "propagate": True} for name in ("django", "django.server", "gunicorn.error")},
            # It says paths. Requests are told by our own middleware, by their route.
            "gunicorn.access": {"handlers": [], "propagate": False, "level": _NEVER},
        },
    }
