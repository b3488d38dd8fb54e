"""The audit log: what happened, found by when, who, what and to what."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from apps.access.objects import users_visible_to
from apps.audit import search
from apps.audit.errors import CursorRefused
from apps.audit.models import Entry
from apps.console import forms
from apps.console.sites import ConsoleSite


def log(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    asked = request.GET.copy()
    cursor = asked.pop("after", [""])[-1]
    form = forms.AuditFilter(asked)
    people = [("", "Anybody"), *((str(user.pk), user.name) for user in users_visible_to(request))]
    form.fields["actor"].widget.choices = people
    page = None
    if form.is_valid():
        try:
            after = search.Cursor.parse(cursor) if cursor else None
        except CursorRefused as error:
            raise Http404 from error
        page = search.page(_wanted(form.cleaned_data), after)
    set_to = [(name, field) for name, field in asked.items() if field]
    return site.render(
        request, "console/audit.html", "Audit log", form=form, page=page, query=asked.urlencode(),
        is_filtered=bool(set_to), is_later_page=bool(cursor),
    )  # fmt: skip


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
    return site.render(
        request, "console/audit_entry.html", f"Entry {found.id}", entry=found, changes=_changes(found)
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
