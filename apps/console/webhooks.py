"""The endpoints of webhooks: listed, made, tried, switched on and off, taken away; with what was sent to each."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern

from apps.access.declarations import needs
from apps.access.permissions import Permission, may
from apps.console import forms
from apps.console.filters import Days, EndpointState
from apps.console.kinds import Kind
from apps.webhooks import endpoints, signing
from apps.webhooks.access import deliveries_visible_to, delivery_for, endpoint_for, endpoints_visible_to
from apps.webhooks.errors import WebhookError
from apps.webhooks.models import Delivery, Endpoint, SigningKey

P = Permission
SHOWN = 30
"""Deliveries on the page of an endpoint; the API has all of them."""


class Endpoints(Kind):
    """Where the tenant is told of what happens."""

    permissions = {"view": P.WEBHOOKS_READ, "change": P.WEBHOOKS_MANAGE}  # read by apps/access
    called = ("endpoint", "endpoints")
    change_list_template = "console/webhooks.html"
    list_display = ["origin", "created"]
    list_filter = [EndpointState, Days.of("created", "Made")]
    search_fields = ["origin", "description"]
    exported = ("id", "origin", "description", "events", "created", "disabled", "disabled_why", "failing_since")
    ordering = ["-created", "-id"]

    def further_pages(self) -> list[URLPattern]:
        manage = needs(GET=P.WEBHOOKS_MANAGE, POST=P.WEBHOOKS_MANAGE)
        return [
            self.at("new/", manage(self.new), "new"),
            self.at("key/", needs(POST=P.WEBHOOKS_MANAGE)(self.another_key), "key"),
            self.at("<uuid:webhook>/", needs(GET=P.WEBHOOKS_READ, POST=P.WEBHOOKS_MANAGE)(self.one), "change"),
            self.at("<uuid:webhook>/history/", needs(GET=P.WEBHOOKS_READ)(self.history_of_endpoint), "history"),
            self.at("delivery/<uuid:delivery>/again/", needs(POST=P.WEBHOOKS_MANAGE)(self.again), "again"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        return endpoints_visible_to(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        more = {
            "may_manage": may(request, P.WEBHOOKS_MANAGE),
            # Looking makes none: it is there once there is an endpoint.
            "key": SigningKey.objects.filter(signs_until=None).first() if may(request, P.WEBHOOKS_READ) else None,
        }
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def new(self, request: HttpRequest) -> HttpResponseBase:
        form = forms.NewEndpoint(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                made = endpoints.make(**form.cleaned_data)
            except WebhookError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, f"{made.origin} is told from now on. Try it, to see whether it hears.")
                return redirect(self.admin_site.address(self.name_of("change"), made.pk))
        return self.admin_site.render(request, "console/webhook_new.html", "New endpoint", form=form)

    def another_key(self, request: HttpRequest) -> HttpResponseBase:
        signing.rotate()
        messages.success(request, "There is a new key. The old one signs beside it for a day: tell your receivers.")
        return redirect(self.admin_site.address(self.name_of("changelist")))

    def one(self, request: HttpRequest, webhook: uuid.UUID) -> HttpResponseBase:
        if request.method == "POST":
            return self._changed(request, endpoint_for(request, webhook, P.WEBHOOKS_MANAGE))
        found = endpoint_for(request, webhook, P.WEBHOOKS_READ)
        sent = deliveries_visible_to(request).filter(endpoint=found).prefetch_related("attempts")[:SHOWN]
        return self.admin_site.render(
            request,
            "console/webhook.html",
            found.origin,
            webhook=found,
            deliveries=[(each, list(each.attempts.all())[-1:]) for each in sent],
            may_manage=may(request, P.WEBHOOKS_MANAGE),
            lines=self.last_of(request, found),
        )

    def _changed(self, request: HttpRequest, found: Endpoint) -> HttpResponseBase:
        here = self.admin_site.address(self.name_of("change"), found.pk)
        match request.POST.get("do"):
            case "try" if found.disabled is None:
                endpoints.try_out(found)
                messages.success(request, "It is on its way. Load this page again to see how it went.")
            case "on":
                endpoints.change(found, enabled=True)
                messages.success(request, f"{found.origin} is told again.")
            case "off":
                endpoints.change(found, enabled=False)
                messages.success(request, f"{found.origin} is told nothing any more. What waited was given up.")
            case "remove":
                endpoints.remove(found)
                messages.success(request, f"{found.origin} is taken away, and its address deleted.")
                here = self.admin_site.address(self.name_of("changelist"))
        return redirect(here)

    def again(self, request: HttpRequest, delivery: uuid.UUID) -> HttpResponseBase:
        found: Delivery = delivery_for(request, delivery, P.WEBHOOKS_MANAGE)
        try:
            endpoints.redeliver(found)
            messages.success(request, "It is sent again, under the same id.")
        except WebhookError as error:
            messages.error(request, str(error))
        return redirect(self.admin_site.address(self.name_of("change"), found.endpoint_id))

    def history_of_endpoint(self, request: HttpRequest, webhook: uuid.UUID) -> HttpResponseBase:
        found = endpoint_for(request, webhook, P.AUDIT_READ)
        return self.history(request, found, found.origin)
