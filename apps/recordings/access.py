"""Which recordings a request may see, and the one that it names (see ``apps.access.objects``)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from apps.access.objects import Id, one_for
from apps.access.permissions import Permission, may
from apps.recordings.models import Recording, Upload


def recordings_visible_to(request: HttpRequest) -> QuerySet[Recording]:
    """All of the tenant's, for those who may read them."""
    return Recording.objects.all() if may(request, Permission.RECORDINGS_READ) else Recording.objects.none()


def recording_for(request: HttpRequest, id: Id, permission: Permission) -> Recording:
    """The recording with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, recordings_visible_to(request), id, permission)


def uploads_visible_to(request: HttpRequest) -> QuerySet[Upload]:
    """All of the tenant's that are not over, for those who may upload."""
    if may(request, Permission.RECORDINGS_UPLOAD):
        return Upload.objects.filter(expires__gt=Now())
    return Upload.objects.none()


def upload_for(request: HttpRequest, id: Id) -> Upload:
    """The upload with this id, for whoever began it. Raises Http404, and PermissionDenied for anybody else's."""
    upload = one_for(request, uploads_visible_to(request), id, Permission.RECORDINGS_UPLOAD)
    if upload.by_id != request.user.pk:
        raise PermissionDenied
    return upload
