"""Which recordings a request may see, and the one that it names (see ``apps.access.objects``)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.access.objects import Id, one_for
from apps.access.permissions import Permission, may
from apps.recordings.models import Recording


def recordings_visible_to(request: HttpRequest) -> QuerySet[Recording]:
    """All of the tenant's, for those who may read them."""
    return Recording.objects.all() if may(request, Permission.RECORDINGS_READ) else Recording.objects.none()


def recording_for(request: HttpRequest, id: Id, permission: Permission) -> Recording:
    """The recording with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, recordings_visible_to(request), id, permission)
