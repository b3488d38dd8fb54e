"""The audit log: what happened, found by when, who, what and to what."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone

from apps.access.objects import users_visible_to
from apps.access.permissions import Permission, may
from apps.audit import search
from apps.audit.errors import CursorRefused
from apps.audit.models import Entry
from apps.audit.proving import place_of, verify_now
from apps.audit.reading import note_reading
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.console import forms, telling
from apps.console.inert import inert
from apps.console.saved_filters import saved_here
from apps.console.sites import ConsoleSite


def log(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    asked = request.GET.copy()
    cursor = asked.pop("after", [""])[-1]
    form = forms.AuditFilter(asked, people_of(request))
    page = None
    if form.is_valid():
        try:
            after = search.Cursor.parse(cursor) if cursor else None
        except CursorRefused as error:
            raise Http404 from error
        page = search.page(wanted_of(form.cleaned_data), after)
        note_reading()
    query = urlencode([(name, value) for name, value in asked.items() if value])
    may_export = may(request, Permission.AUDIT_EXPORT) and not asked.get("index")
    shown = {"lines": telling.lines(page.entries, site), "next": page.next} if page is not None else {}
    return site.render(
        request, "console/audit.html", "Audit log", form=form, query=query, is_filtered=bool(query),
        is_later_page=bool(cursor), is_sound=page is not None, may_export=may_export,
        ranges=_ranges(asked), printed=timezone.now(),
        listing="audit", saved=saved_here(request, "audit"), **shown,
    )  # fmt: skip


def people_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Those whom the log can be filtered by: ids and names."""
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


def wanted_of(given: dict[str, Any]) -> search.Wanted:
    """What the cleaned data of a form that filters the log looks for."""
    until = given["until"]
    return search.Wanted(
        since=None if given["since"] is None else forms.midnight(given["since"]),
        until=None if until is None else forms.midnight(until) + datetime.timedelta(days=1),
        actor_id=given["actor"],
        action=given["action"],
        object_type=given["object_type"] or None,
        object_pk=given["object_pk"] or None,
        request_id=given["request_id"],
        token_id=given["token"],
        index=given.get("index"),
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
    note_reading()
    (line,) = telling.lines([found], site)
    looked = verify_now(found) if request.GET.get("verify") == "now" else None
    if looked is not None:
        record(Action.CHECK, found, details={"holds": all(one.holds for one in looked)}, narrative="Verified now")
    return site.render(
        request, "console/audit_entry.html", f"Entry {found.id}", entry=found, line=line, changes=_changes(found),
        place=place_of(found.id), looked=looked, holds=looked and all(one.holds for one in looked), now=timezone.now(),
        details=list(found.additional_data.items()) if isinstance(found.additional_data, dict) else [],
    )  # fmt: skip


def _changes(entry: Entry) -> list[Change]:
    found = []
    for column, pair in sorted(entry.changes.items() if isinstance(entry.changes, dict) else ()):
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        secret = any(isinstance(one, dict) and set(one) == {"digest"} for one in (before, after))
        found.append(Change(column, _shown(before), _shown(after), secret))
    return found


def _shown(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"digest"}:
        return str(value["digest"])[:16] + "…"
    return ", ".join(map(str, value)) if isinstance(value, list) else value
