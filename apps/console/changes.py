"""Suspending, resuming and closing a customer: asked for with a reason and the name typed, and followed."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone

from apps.access.declarations import View, needs
from apps.access.permissions import Permission, may
from apps.audit.acting import narrating
from apps.console import forms
from apps.console.filters import Days
from apps.console.kinds import Kind
from apps.console.sites import ConsoleSite
from apps.tenants import changing_queue
from apps.tenants.changing import Step
from apps.tenants.changing_queue import Asker
from apps.tenants.errors import ChangeRefused
from apps.tenants.models import DropCertificate, StateChange, Tenant

P = Permission
Change = StateChange.Kind


@dataclass(frozen=True, slots=True)
class Offer:
    """What staff may ask for a tenant, in words. ``page`` is the end of its address's name."""

    kind: StateChange.Kind
    page: str
    title: str
    says: str
    button: str
    is_harm: bool


OFFERS: Final[Mapping[StateChange.Kind, Offer]] = {
    Change.SUSPEND: Offer(
        Change.SUSPEND, "suspend", "Suspend", "Everybody is turned away at its hosts, and its tasks stop. Nothing is "
        "deleted.", "Suspend it", is_harm=True,
    ),
    Change.RESUME: Offer(
        Change.RESUME, "resume", "Resume", "Its people are let in again, and its tasks start.", "Resume it",
        is_harm=False,
    ),
    Change.CLOSE: Offer(
        Change.CLOSE, "close", "Close", "Off-boarding: everybody is turned away at once. When the days are over, all "
        "that it holds is dropped, for ever. Until then it can be called off.", "Close it", is_harm=True,
    ),
    Change.CALL_OFF: Offer(
        Change.CALL_OFF, "call_off", "Call off the closing", "It is again what it was before, and nothing is dropped.",
        "Call it off", is_harm=False,
    ),
}  # fmt: skip
_FITS: Final[Mapping[str, tuple[StateChange.Kind, ...]]] = {
    Tenant.State.ACTIVE: (Change.SUSPEND, Change.CLOSE),
    Tenant.State.SUSPENDED: (Change.RESUME, Change.CLOSE),
    Tenant.State.CLOSING: (Change.CALL_OFF,),
}


def offers_for(request: HttpRequest, tenant: Tenant) -> list[Offer]:
    """What may be asked for a tenant in the state it is in, by whoever asks."""
    if tenant.is_platform or not may(request, P.PLATFORM_TENANTS_MANAGE):
        return []
    return [OFFERS[kind] for kind in _FITS.get(tenant.state, ())]


def asking(site: Callable[[], ConsoleSite], offer: Offer) -> View:
    """The page on which one change is asked for."""

    def ask(request: HttpRequest, tenant: uuid.UUID) -> HttpResponseBase:
        found = Tenant.objects.filter(id=tenant).first()
        if found is None:
            raise Http404
        grace = changing_queue.GRACE.days if offer.kind is Change.CLOSE else None
        form = forms.ChangeTenant(found.name, grace, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                with narrating(f"Asks to {offer.title.lower()}: {found.name}"):
                    asked = _ask(request, offer.kind, found, form)
            except ChangeRefused as error:
                form.add_error(None, str(error))
            else:
                return redirect(site().address("tenants_statechange_change", asked.pk))
        title = f"{offer.title}: {found.name}"
        return site().render(request, "console/change_ask.html", title, customer=found, form=form, offer=offer)

    return needs(P.PLATFORM_TENANTS_MANAGE)(ask)


def _ask(
    request: HttpRequest, kind: StateChange.Kind, tenant: Tenant, form: forms.ChangeTenant
) -> StateChange:  # fmt: skip
    if not request.user.is_authenticated:
        raise PermissionDenied
    asker, why = Asker(request.user.name, request.user.email, request.user.pk), form.cleaned_data["why"]
    if kind is Change.CLOSE:
        days = datetime.timedelta(days=form.cleaned_data["grace"])
        return changing_queue.ask_to_close(tenant, why, asker, days)
    ask = {
        Change.SUSPEND: changing_queue.ask_to_suspend,
        Change.RESUME: changing_queue.ask_to_resume,
        Change.CALL_OFF: changing_queue.ask_to_call_off,
    }[kind]
    return ask(tenant, why, asker)


class StateChanges(Kind):
    """What was asked for, and how far it is."""

    permissions = {"view": P.PLATFORM_TENANTS_READ}  # read by apps/access
    called = ("change", "changes")
    change_list_template = "console/changes.html"
    list_display = ["tenant_name", "kind", "state"]
    list_filter = ["kind", "state", Days.of("asked", "Asked")]
    search_fields = ["tenant_name", "why", "asked_by_name"]
    exported = (
        "id", "tenant_id", "tenant_name", "kind", "why", "asked_by_name", "asked_by_email", "state", "asked", "due",
        "closes", "ended", "error",
    )  # fmt: skip
    actions = None

    def further_pages(self) -> list[URLPattern]:
        read = needs(GET=P.PLATFORM_TENANTS_READ)
        return [
            self.at("<uuid:state_change>/", read(self.progress), "change"),
            self.at("<uuid:state_change>/state/", read(self.state), "state"),
        ]

    def progress(self, request: HttpRequest, state_change: uuid.UUID) -> HttpResponseBase:
        found = _change(state_change)
        now = timezone.now()
        return self.admin_site.render(
            request, "console/change.html", f"{found.get_kind_display()}: {found.tenant_name}", asked=found,
            step=Step.of(Change(found.kind)), step_state=_step_state(found), is_due=found.due <= now,
            certificate=DropCertificate.objects.filter(tenant_id=found.tenant_id).first(),
            may_call_off=_may_call_off(request, found),
        )  # fmt: skip

    def state(self, request: HttpRequest, state_change: uuid.UUID) -> HttpResponseBase:
        found = _change(state_change)
        steps = {Step.of(Change(found.kind)).value: _step_state(found)}
        return JsonResponse({"state": found.state, "words": found.get_state_display(), "steps": steps})


def _change(id: uuid.UUID) -> StateChange:
    found = StateChange.objects.filter(id=id).first()
    if found is None:
        raise Http404
    return found


def _step_state(asked: StateChange) -> str:
    known = {StateChange.State.DONE: "done", StateChange.State.RUNNING: "running", StateChange.State.FAILED: "failed"}
    return known.get(StateChange.State(asked.state), "waiting")


def _may_call_off(request: HttpRequest, asked: StateChange) -> bool:
    if asked.kind not in (Change.CLOSE, Change.DROP) or not may(request, P.PLATFORM_TENANTS_MANAGE):
        return False
    return Tenant.objects.filter(id=asked.tenant_id, state=Tenant.State.CLOSING).exists()
