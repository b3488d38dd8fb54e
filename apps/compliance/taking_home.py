"""Giving out evidence as a file: what whoever asks may see of the days that they name, streamed, and in the log."""

from __future__ import annotations

import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.compliance.access import (
    exceptions_visible_to,
    is_auditor,
    messages_visible_to,
    runs_visible_to,
    window_for,
)
from apps.compliance.catalogue import catalogue
from apps.compliance.errors import NoSuchControl
from apps.compliance.evidence_zip import Wanted, write
from apps.tenants.afterwards import Streamed


def answer(request: HttpRequest, first: datetime.date, last: datetime.date, control: str | None = None) -> Streamed:
    """The file. Whoever asks may read compliance; an auditor gets the days that are theirs among those asked for.

    Raises Http404 for a control that is not there, and PermissionDenied for an auditor of none of these days.
    """
    ours = catalogue()
    try:
        controls = tuple(ours.controls.values()) if control is None else (ours.control(control),)
    except NoSuchControl as error:
        raise Http404 from error
    if is_auditor(request):
        window = window_for(request)
        if window is None or window.last < first or last < window.first:
            raise PermissionDenied
        first, last = max(first, window.first), min(last, window.last)
    wanted = Wanted(
        controls, first, last, runs_visible_to(request), exceptions_visible_to(request), messages_visible_to(request)
    )
    details = {"first": first.isoformat(), "last": last.isoformat(), "control": control or "all"}
    record(Action.EXPORT, kind="compliance.run", details=details, narrative="Takes evidence of controls home")
    response = Streamed(write(wanted), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{wanted.file_name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
