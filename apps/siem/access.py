"""Which sinks a request may see, and the one that it names (see ``apps.access.objects``)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.access.objects import Id, one_for
from apps.access.permissions import Permission, may
from apps.siem.models import Sink


def sinks_visible_to(request: HttpRequest) -> QuerySet[Sink]:
    """All of the tenant's that are not taken away, for those who may read them."""
    if may(request, Permission.SIEM_READ):
        return Sink.objects.filter(removed=None)
    return Sink.objects.none()


def sink_for(request: HttpRequest, id: Id, permission: Permission) -> Sink:
    """The sink with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, sinks_visible_to(request), id, permission)
