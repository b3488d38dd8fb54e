"""Which specs a request may see, and the one that it names (see ``apps.access.objects``)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.access.objects import Id, one_for
from apps.access.permissions import Permission, may
from apps.specs.models import Spec, SpecVersion


def specs_visible_to(request: HttpRequest) -> QuerySet[Spec]:
    """All of the tenant's, for those who may read them."""
    return Spec.objects.all() if may(request, Permission.SPECS_READ) else Spec.objects.none()


def versions_visible_to(request: HttpRequest) -> QuerySet[SpecVersion]:
    """Those of the specs that may be seen."""
    return SpecVersion.objects.all() if may(request, Permission.SPECS_READ) else SpecVersion.objects.none()


def spec_for(request: HttpRequest, id: Id, permission: Permission) -> Spec:
    """The spec with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, specs_visible_to(request), id, permission)


def version_for(request: HttpRequest, id: Id, permission: Permission) -> SpecVersion:
    """The version with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, versions_visible_to(request), id, permission)
