"""Which calls of models a request may see, and the one that it names (see ``apps.access.objects``)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.access.objects import Id, one_for
from apps.access.permissions import Permission, may
from apps.inference.models import ModelCall


def calls_visible_to(request: HttpRequest) -> QuerySet[ModelCall]:
    """All of the tenant's, for those who may read them."""
    return ModelCall.objects.all() if may(request, Permission.INFERENCE_READ) else ModelCall.objects.none()


def call_for(request: HttpRequest, id: Id, permission: Permission) -> ModelCall:
    """The call with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, calls_visible_to(request), id, permission)
