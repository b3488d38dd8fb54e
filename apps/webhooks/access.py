"""Which endpoints and deliveries a request may see, and the one that it names (see ``apps.access.objects``)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.access.objects import Id, one_for
from apps.access.permissions import Permission, may
from apps.webhooks.models import Delivery, Endpoint


def endpoints_visible_to(request: HttpRequest) -> QuerySet[Endpoint]:
    """All of the tenant's that are not taken away, for those who may read them."""
    if may(request, Permission.WEBHOOKS_READ):
        return Endpoint.objects.filter(removed=None)
    return Endpoint.objects.none()


def deliveries_visible_to(request: HttpRequest) -> QuerySet[Delivery]:
    """Those of the endpoints that may be seen."""
    if may(request, Permission.WEBHOOKS_READ):
        return Delivery.objects.filter(endpoint__removed=None).select_related("endpoint", "event")
    return Delivery.objects.none()


def endpoint_for(request: HttpRequest, id: Id, permission: Permission) -> Endpoint:
    """The endpoint with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, endpoints_visible_to(request), id, permission)


def delivery_for(request: HttpRequest, id: Id, permission: Permission) -> Delivery:
    """The delivery with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, deliveries_visible_to(request), id, permission)
