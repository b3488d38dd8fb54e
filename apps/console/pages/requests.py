"""Requests of auditors about a control, and the answers."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.permissions import Permission
from apps.access.specimen import Fixed, carries
from apps.accounts.models import User
from apps.compliance import threads
from apps.compliance.access import messages_visible_to
from apps.compliance.catalogue import catalogue
from apps.compliance.errors import ComplianceError
from apps.console import forms_of_posture as forms
from apps.console.pages.control import shown
from apps.console.sites import ConsoleSite

P = Permission


@carries(path={"control": Fixed("C-LOG-1")})
def ask(request: HttpRequest, site: ConsoleSite, control: str) -> HttpResponseBase:
    """An auditor's request."""
    _known(control)
    if not isinstance(request.user, User):
        raise PermissionDenied
    try:
        threads.ask(control, request.user, request.POST.get("body", ""))
    except ComplianceError as refused:
        return _refused(request, site, control, refused)
    messages.success(request, "It is asked. Whoever keeps the controls is told, and the answer stands here.")
    return redirect(site.address("posture_control", control) + "#requests")


@carries(path={"control": Fixed("C-LOG-1")}, body={"auditor": "asking_auditor"})
def answer(request: HttpRequest, site: ConsoleSite, control: str) -> HttpResponseBase:
    """An answer to an auditor, or the end of the thread."""
    _known(control)
    if not isinstance(request.user, User):
        raise PermissionDenied
    auditor = _auditor(request, control)
    try:
        if request.POST.get("do") == "close":
            threads.close(control, auditor, request.user)
        else:
            threads.answer(control, auditor, request.user, request.POST.get("body", ""))
    except ComplianceError as refused:
        return _refused(request, site, control, refused)
    said = "The thread is closed." if request.POST.get("do") == "close" else "It is answered."
    messages.success(request, said)
    return redirect(site.address("posture_control", control) + "#requests")


def _known(control: str) -> None:
    if control not in catalogue().controls:
        raise Http404


def _auditor(request: HttpRequest, control: str) -> User:
    """Whose thread it is, out of those who have one about this control."""
    typed = forms.Whose(request.POST)
    id = typed.cleaned_data["auditor"] if typed.is_valid() else None
    first = messages_visible_to(request).filter(control_key=control, auditor_id=id).order_by().first()
    if first is None:
        raise Http404
    return first.auditor


def _refused(request: HttpRequest, site: ConsoleSite, control: str, refused: ComplianceError) -> HttpResponseBase:
    return shown(request, site, control, refused=str(refused), typed=request.POST.get("body", ""))
