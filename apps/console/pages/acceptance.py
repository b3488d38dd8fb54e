"""The promises in full: what is contractual, what of it is new since it was accepted, and accepting it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.permissions import Permission, may
from apps.accounts.models import User
from apps.compliance import accepting, promises
from apps.compliance.catalogue import catalogue
from apps.compliance.errors import ComplianceError
from apps.compliance.models import Acceptance
from apps.console.posture.differences import differences
from apps.console.sites import ConsoleSite

_SHOWN = 20


def acceptance(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    if request.method == "POST":
        return _accept(request, site)
    ours, digest = catalogue(), promises.digest()
    accepted = list(Acceptance.objects.all()[:_SHOWN])
    newest = accepted[0] if accepted else None
    return site.render(
        request, "console/posture/acceptance.html", "The promises in full", promises=ours.promises,
        threats=ours.threats, version=promises.VERSION, digest=digest, accepted=accepted, newest=newest,
        is_accepted=newest is not None and newest.digest == digest,
        differences=differences(newest.promised, promises.as_data()) if newest is not None else [],
        may_accept=may(request, Permission.COMPLIANCE_ACCEPT),
    )  # fmt: skip


def _accept(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """By the digest of what stood on the page: what has changed meanwhile is read first."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    try:
        accepting.accept(request.POST.get("digest", ""), request.user)
    except ComplianceError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Version {promises.VERSION} of the promises is accepted.")
    return redirect(site.address("posture_acceptance"))
