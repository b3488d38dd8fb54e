"""Exceptions: a failing check is accepted for a while, with a reason, an owner and an end; it is never hidden."""

from __future__ import annotations

import datetime
import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from apps.access.permissions import Permission, may
from apps.access.specimen import Fixed, carries
from apps.accounts.models import Role, User
from apps.compliance import exempting
from apps.compliance.access import exception_for, exceptions_visible_to
from apps.compliance.catalogue import catalogue
from apps.compliance.errors import ComplianceError, ExceptionEnded
from apps.compliance.models import Exempt
from apps.compliance.standing import posture
from apps.console import forms_of_posture as forms
from apps.console.posture.sight import sight_of
from apps.console.sites import ConsoleSite

P = Permission
_SHOWN = 100


def exceptions(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """Those that hold, the soonest to end first, and those that are over."""
    now = timezone.now()
    titles = {key: check.title for key, check in catalogue().checks.items()}
    found = [(one, titles.get(one.check_key, one.check_key)) for one in exceptions_visible_to(request)[:_SHOWN]]
    held = [(one, title) for one, title in found if _holds(one, now)]
    return site.render(
        request, "console/posture/exceptions.html", "Exceptions", sight=sight_of(request),
        held=sorted(held, key=lambda pair: pair[0].expires),
        over=[(one, title) for one, title in found if not _holds(one, now)], most=_SHOWN,
    )  # fmt: skip


def _holds(one: Exempt, now: datetime.datetime) -> bool:
    return one.ended is None and one.expires > now


@carries(path={"check": Fixed("log.only_grows")})
def accept(request: HttpRequest, site: ConsoleSite, check: str) -> HttpResponseBase:
    """Accepting a check that fails."""
    found = posture().check(check)
    if found is None:
        raise Http404
    form = forms.Accept(_people(), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = exempting.accept(check, by=_whoever(request), **form.wanted())
        except ComplianceError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Accepted until {made.expires:%-d %B %Y}. It stays visible as accepted.")
            return redirect(site.address("posture_check", check))
    return site.render(
        request, "console/posture/accept.html", f"Accept: {found.check.title}", one=found, form=form,
        can_be=found.outcome is not None and not found.outcome.is_good,
    )  # fmt: skip


def exception(request: HttpRequest, site: ConsoleSite, exception: uuid.UUID) -> HttpResponseBase:
    """One of them; and another reason, owner or end for it."""
    found = exception_for(request, exception, P.COMPLIANCE_READ)
    now = timezone.now()
    last = (found.expires - datetime.timedelta(microseconds=1)).astimezone(datetime.UTC).date()
    initial = {"reason": found.reason, "owner": str(found.owner_id), "until": last}
    keeps = may(request, P.COMPLIANCE_MANAGE) and _holds(found, now)
    form = forms.Accept(_people(), request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            exempting.change(found, **form.wanted())
        except ExceptionEnded as over:
            messages.error(request, str(over))
            return redirect(site.address("posture_exception", found.pk))
        except ComplianceError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"It holds until {found.expires:%-d %B %Y} now.")
            return redirect(site.address("posture_exception", found.pk))
    check = catalogue().checks.get(found.check_key)
    return site.render(
        request, "console/posture/exception.html", f"Exception: {check.title if check else found.check_key}",
        exception=found, check=check, holds=_holds(found, now), form=form if keeps else None,
    )  # fmt: skip


def end(request: HttpRequest, site: ConsoleSite, exception: uuid.UUID) -> HttpResponseBase:
    """From now on it counts as not kept again."""
    found = exception_for(request, exception, P.COMPLIANCE_MANAGE)
    try:
        exempting.end(found, _whoever(request))
    except ComplianceError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "It has ended. While the check fails, it counts as not kept.")
    return redirect(site.address("posture_exception", found.pk))


def _people() -> list[User]:
    """Who can see to something: everybody who has an account and is no auditor."""
    return list(User.objects.filter(is_active=True).exclude(role=Role.AUDITOR).order_by("name", "id")[:500])


def _whoever(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
