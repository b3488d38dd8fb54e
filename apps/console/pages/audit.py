"""The audit log: what happened, found by when, who, what and to what."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from apps.access.objects import users_visible_to
from apps.access.permissions import Permission, may
from apps.audit import search
from apps.audit.errors import CursorRefused
from apps.audit.models import Entry
from apps.audit.proving import place_of, verify_now
from apps.console import forms, telling
from apps.console.exporting import Format, List, Row, export
from apps.console.inert import inert
from apps.console.saved_filters import saved_here
from apps.console.sites import ConsoleSite


def log(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    asked = request.GET.copy()
    cursor = asked.pop("after", [""])[-1]
    form = forms.AuditFilter(asked, _people(request))
    page = None
    if form.is_valid():
        try:
            after = search.Cursor.parse(cursor) if cursor else None
        except CursorRefused as error:
            raise Http404 from error
        page = search.page(_wanted(form.cleaned_data), after)
    query = urlencode([(name, value) for name, value in asked.items() if value])
    shown = {"lines": telling.lines(page.entries, site), "next": page.next} if page is not None else {}
    return site.render(
        request, "console/audit.html", "Audit log", form=form, query=query, is_filtered=bool(query),
        is_later_page=bool(cursor), is_sound=page is not None, may_export=may(request, Permission.AUDIT_EXPORT),
        ranges=_ranges(asked), printed=timezone.now(),
        listing="audit", saved=saved_here(request, "audit"), **shown,
    )  # fmt: skip


def _people(request: HttpRequest) -> list[tuple[str, str]]:
    return [(str(user.pk), inert(user.name)) for user in users_visible_to(request)]


@dataclass(frozen=True, slots=True)
class Range:
    """A stretch of days that is often asked for, up to today, with everything else as it is asked."""

    title: str
    query: str
    is_here: bool


def _ranges(asked: QueryDict) -> list[Range]:
    today = timezone.now().date()
    found = []
    for title, days in (("All", None), ("Today", 0), ("7 days", 6), ("30 days", 29), ("90 days", 89)):
        since = "" if days is None else f"{today - datetime.timedelta(days=days):%Y-%m-%d}"
        wanted = asked.copy()
        wanted["since"], wanted["until"] = since, ""
        here = asked.get("since", "") == since and not asked.get("until")
        found.append(Range(title, urlencode([(name, value) for name, value in wanted.items() if value]), here))
    return found


COLUMNS: Final = (
    "id", "timestamp", "action", "object_type", "object_pk", "object_repr", "narrative", "changes", "additional_data",
    "actor_kind", "actor", "actor_name", "actor_email", "actor_token", "remote_addr", "request_id", "source",
    "database_role",
)  # fmt: skip
"""What an export of the log holds of each entry."""


def export_csv(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    return _export(request, site, Format.CSV)


def export_jsonl(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    return _export(request, site, Format.JSONL)


def _export(request: HttpRequest, site: ConsoleSite, as_format: Format) -> HttpResponseBase:
    """What the page shows with the same filters, all pages of it."""
    form = forms.AuditFilter(request.GET, _people(request))
    if not form.is_valid():
        return redirect(f"{site.address('audit')}?{request.GET.urlencode()}")
    wanted = _wanted(form.cleaned_data)
    # Read before the export has an entry of its own: a file of the log ends where it was asked for.
    newest = search.page(wanted, None, size=search.MOST)
    rows = map(_row, _from(newest, wanted))
    used = [name for name, value in request.GET.items() if value]
    return export(List("audit-log", COLUMNS, rows, Entry._meta.label_lower, used), as_format)


def _from(page: search.Page, wanted: search.Wanted) -> Iterator[Entry]:
    """Every entry of a page and of those after it, newest first; what is added meanwhile is not in it."""
    yield from page.entries
    while page.next is not None:
        page = search.page(wanted, page.next, size=search.MOST)
        yield from page.entries


def _row(entry: Entry) -> Row:
    values = {column: getattr(entry, column) for column in COLUMNS if column not in ("action", "actor")}
    return {**values, "action": entry.get_action_display(), "actor": entry.actor_id}


def _wanted(given: dict[str, Any]) -> search.Wanted:
    until = given["until"]
    return search.Wanted(
        since=None if given["since"] is None else forms.midnight(given["since"]),
        until=None if until is None else forms.midnight(until) + datetime.timedelta(days=1),
        actor_id=given["actor"],
        action=given["action"],
        object_type=given["object_type"] or None,
        object_pk=given["object_pk"] or None,
        request_id=given["request_id"],
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A column of a row, before and after."""

    column: str
    before: Any
    after: Any
    is_secret: bool


def entry(request: HttpRequest, site: ConsoleSite, entry: int) -> HttpResponseBase:
    found = Entry.objects.filter(id=entry).order_by().first() if entry < 2**63 else None
    if found is None:
        raise Http404
    (line,) = telling.lines([found], site)
    looked = verify_now(found) if request.GET.get("verify") == "now" else None
    return site.render(
        request, "console/audit_entry.html", f"Entry {found.id}", entry=found, line=line, changes=_changes(found),
        place=place_of(found.id), looked=looked, holds=looked and all(one.holds for one in looked), now=timezone.now(),
        details=list(found.additional_data.items()) if isinstance(found.additional_data, dict) else [],
    )  # fmt: skip


def _changes(entry: Entry) -> list[Change]:
    found = []
    for column, pair in sorted((entry.changes or {}).items()):
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        secret = any(isinstance(one, dict) and set(one) == {"digest"} for one in (before, after))
        found.append(Change(column, _shown(before), _shown(after), secret))
    return found


def _shown(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"digest"}:
        return str(value["digest"])[:16] + "…"
    return ", ".join(map(str, value)) if isinstance(value, list) else value
