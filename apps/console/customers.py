"""The platform's own pages: who the customers are, and making new ones."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern

from apps.access.declarations import needs
from apps.access.permissions import Permission, may
from apps.audit.acting import narrating
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.console import forms
from apps.console.changes import OFFERS, Offer, asking, offers_for
from apps.console.exporting import Row
from apps.console.filters import Days
from apps.console.kinds import Kind
from apps.tenants.models import Domain, Plan, Provisioning, StateChange, Tenant
from apps.tenants.provisioning import FirstOwner, Step
from apps.tenants.provisioning_queue import ask_for

P = Permission


class Tenants(Kind):
    """All customers with their state."""

    permissions = {"view": P.PLATFORM_TENANTS_READ}  # read by apps/access
    called = ("tenant", "tenants")
    change_list_template = "console/tenants.html"
    list_display = ["name", "plan", "state"]
    list_select_related = ["plan"]
    list_filter = ["state", "plan", Days.of("created", "Since")]
    exported = ("id", "name", "plan", "state", "hosts", "created")
    search_fields = ["name", "domains__domain"]
    actions = None

    def further_pages(self) -> list[URLPattern]:
        return [
            self.at("<uuid:tenant>/", needs(GET=P.PLATFORM_TENANTS_READ)(self.one), "change"),
            self.at("<uuid:tenant>/history/", needs(GET=P.PLATFORM_TENANTS_READ)(self.history_of_tenant), "history"),
            *(self._asking(offer) for offer in OFFERS.values()),
        ]

    def _asking(self, offer: Offer) -> URLPattern:
        route = f"<uuid:tenant>/{offer.page.replace('_', '-')}/"
        return self.at(route, asking(lambda: self.admin_site, offer), offer.page)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(
            request, {"may_manage": may(request, P.PLATFORM_TENANTS_MANAGE), **(extra_context or {})}
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        first = Prefetch("domains", Domain.objects.order_by("-is_primary", "domain"), to_attr="hosts")
        return Tenant.objects.select_related("plan").prefetch_related(first)

    def row(self, one: Tenant) -> Row:
        hosts: list[Domain] = one.hosts
        return {
            "id": one.id, "name": one.name, "plan": str(one.plan), "state": one.state,
            "hosts": [host.domain for host in hosts], "created": one.created,
        }  # fmt: skip

    def one(self, request: HttpRequest, tenant: uuid.UUID) -> HttpResponseBase:
        found = Tenant.objects.select_related("plan").filter(id=tenant).first()
        if found is None:
            raise Http404
        hosts = list(Domain.objects.filter(tenant=found).order_by("-is_primary", "domain"))
        lines = self.last_of(request, found)  # asked before it is noted that they were read
        record(Action.ACCESS, found, narrative="Staff looks at a customer")
        return self.admin_site.render(
            request, "console/tenant.html", found.name, customer=found, hosts=hosts, lines=lines,
            offers=[(o, f"admin:{self.name_of(o.page)}") for o in offers_for(request, found)],
            changes=list(StateChange.objects.filter(tenant_id=found.id).order_by("-asked", "-due")[:5]),
        )  # fmt: skip

    def history_of_tenant(self, request: HttpRequest, tenant: uuid.UUID) -> HttpResponseBase:
        found = Tenant.objects.filter(id=tenant).first()
        if found is None:
            raise Http404
        if not may(request, P.AUDIT_READ):
            raise PermissionDenied
        return self.history(request, found, found.name)


class Provisionings(Kind):
    """What was asked for, and how far it is."""

    permissions = {"view": P.PLATFORM_TENANTS_READ}  # read by apps/access
    called = ("new tenant", "new tenants")
    change_list_template = "console/provisionings.html"
    list_display = ["name", "host", "state"]
    list_filter = ["state", Days.of("asked", "Asked")]
    exported = ("id", "name", "host", "plan_id", "state", "step", "owner_name", "owner_email", "asked", "ended")
    search_fields = ["name", "host"]
    actions = None

    def further_pages(self) -> list[URLPattern]:
        return [
            self.at("new/", needs(GET=P.PLATFORM_TENANTS_MANAGE, POST=P.PLATFORM_TENANTS_MANAGE)(self.new), "new"),
            self.at("<uuid:provisioning>/", needs(GET=P.PLATFORM_TENANTS_READ)(self.progress), "change"),
            self.at("<uuid:provisioning>/state/", needs(GET=P.PLATFORM_TENANTS_READ)(self.state), "state"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> Any:
        return super().changelist_view(
            request, {"may_manage": may(request, P.PLATFORM_TENANTS_MANAGE), **(extra_context or {})}
        )

    def new(self, request: HttpRequest) -> HttpResponseBase:
        form = forms.NewTenant(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            if (
                Domain.objects.filter(domain=given["host"]).exists()
                or Provisioning.objects.filter(host=given["host"]).exists()
            ):
                form.add_error("host", "This host is taken. Choose another one, or look into the queue.")
            else:
                with narrating(f"Asks for the tenant {given['name']}"):
                    asked = ask_for(
                        given["name"],
                        given["host"],
                        Plan.Code(given["plan"]),
                        FirstOwner(given["owner_email"], given["owner_name"]),
                    )
                    # The queue is a shared table, which no trigger of a tenant's log sees.
                    details = {"change": "provision", "stage": "asked", "request": str(asked.pk)}
                    record(Action.STATE_CHANGE, asked, details=details)
                return redirect(self.admin_site.address(self.name_of("change"), asked.pk))
        return self.admin_site.render(request, "console/tenant_new.html", "New tenant", form=form)

    def progress(self, request: HttpRequest, provisioning: uuid.UUID) -> HttpResponseBase:
        found = _provisioning(provisioning)
        return self.admin_site.render(
            request, "console/provisioning.html", found.name, asked=found, steps=_steps(found)
        )  # fmt: skip

    def state(self, request: HttpRequest, provisioning: uuid.UUID) -> HttpResponseBase:
        found = _provisioning(provisioning)
        steps = {step.value: state for step, state in _steps(found)}
        return JsonResponse({"state": found.state, "words": found.get_state_display(), "steps": steps})


def _provisioning(id: uuid.UUID) -> Provisioning:
    found = Provisioning.objects.filter(id=id).first()
    if found is None:
        raise Http404
    return found


def _steps(asked: Provisioning) -> list[tuple[Step, str]]:
    """Each step as done, running, failed or waiting."""
    order = list(Step)
    at = order.index(Step(asked.step)) if asked.step else 0
    now = {Provisioning.State.RUNNING: "running", Provisioning.State.FAILED: "failed"}.get(
        Provisioning.State(asked.state), "waiting"
    )
    if asked.state == Provisioning.State.DONE:
        return [(step, "done") for step in order]
    return [(step, "done" if i < at else now if i == at else "waiting") for i, step in enumerate(order)]
