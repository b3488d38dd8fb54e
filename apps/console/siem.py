"""Where the log is pushed to: listed, made, changed, tried, sent to again, switched on and off, taken away."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern

from apps.access.declarations import needs
from apps.access.permissions import Permission, may
from apps.audit import placed
from apps.console import forms
from apps.console.filters import Days, EndpointState
from apps.console.kinds import Kind
from apps.siem import health, sinks
from apps.siem.access import sink_for, sinks_visible_to
from apps.siem.errors import SiemError
from apps.siem.models import Sink

P = Permission


class Sinks(Kind):
    """Collectors of the tenant's own."""

    permissions = {"view": P.SIEM_READ, "change": P.SIEM_MANAGE}  # read by apps/access
    called = ("sink", "sinks")
    change_list_template = "console/sinks.html"
    list_display = ["origin", "created"]
    list_filter = [EndpointState, Days.of("created", "Made")]
    search_fields = ["origin", "description"]
    exported = (
        "id", "origin", "description", "format", "batch_size", "created", "disabled", "disabled_why", "position",
        "delivered", "batches", "failed", "pruned", "faulty", "tried", "heard", "status", "failing_since",
    )  # fmt: skip
    ordering = ["-created", "-id"]

    def further_pages(self) -> list[URLPattern]:
        manage = needs(GET=P.SIEM_MANAGE, POST=P.SIEM_MANAGE)
        return [
            self.at("new/", manage(self.new), "new"),
            self.at("<uuid:sink>/", needs(GET=P.SIEM_READ, POST=P.SIEM_MANAGE)(self.one), "change"),
            self.at("<uuid:sink>/settings/", manage(self.settings), "settings"),
            self.at("<uuid:sink>/replay/", needs(POST=P.SIEM_MANAGE)(self.replay), "replay"),
            self.at("<uuid:sink>/test/", needs(GET=P.SIEM_READ)(self.test), "test"),
            self.at("<uuid:sink>/history/", needs(GET=P.SIEM_READ)(self.history_of_sink), "history"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sink]:
        return health.measured(sinks_visible_to(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)  # which refuses it
        more = {"may_manage": may(request, P.SIEM_MANAGE), "size": placed.signed_size()}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def new(self, request: HttpRequest) -> HttpResponseBase:
        form = forms.NewSink(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                made = sinks.make(**form.cleaned_data)
            except SiemError as error:
                form.add_error(None, str(error))
            else:
                messages.success(
                    request, f"The log is pushed to {made.origin} from now on. Try it, to see whether it hears."
                )
                return redirect(self._page_of(made))
        return self.admin_site.render(request, "console/sink_form.html", "New sink", form=form)

    def settings(self, request: HttpRequest, sink: uuid.UUID) -> HttpResponseBase:
        found = sink_for(request, sink, P.SIEM_MANAGE)
        initial = {
            "format": found.format, "proof": forms.ChangeSink.KEEP, "batch_size": found.batch_size,
            "description": found.description,
        }  # fmt: skip
        form = forms.ChangeSink(request.POST if request.method == "POST" else None, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                sinks.change(found, **form.wanted())
            except SiemError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, f"{found.origin} is pushed to as you say from now on.")
                return redirect(self._page_of(found))
        return self.admin_site.render(
            request, "console/sink_form.html", f"Settings of {found.origin}", form=form, sink=found
        )

    def one(self, request: HttpRequest, sink: uuid.UUID) -> HttpResponseBase:
        if request.method == "POST":
            return self._changed(request, sink_for(request, sink, P.SIEM_MANAGE))
        return self._shown(request, sink_for(request, sink, P.SIEM_READ), forms.Replay())

    def replay(self, request: HttpRequest, sink: uuid.UUID) -> HttpResponseBase:
        found = sink_for(request, sink, P.SIEM_MANAGE)
        form = forms.Replay(request.POST)
        if form.is_valid():
            since = form.cleaned_data["since"]
            try:
                first = sinks.replay(
                    found, form.cleaned_data["first"], None if since is None else forms.midnight(since)
                )
            except SiemError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, f"Everything from entry {first:,} on is sent again.")
                return redirect(self._page_of(found))
        return self._shown(request, found, form)

    def test(self, request: HttpRequest, sink: uuid.UUID) -> HttpResponseBase:
        """How far the test is, for the page that waits for it."""
        found = sink_for(request, sink, P.SIEM_READ)
        state = "done" if found.test_state in (Sink.Test.ENDED, Sink.Test.NONE) else found.test_state
        return JsonResponse({"state": state, "words": found.get_test_state_display(), "steps": {}})

    def history_of_sink(self, request: HttpRequest, sink: uuid.UUID) -> HttpResponseBase:
        found = sink_for(request, sink, P.AUDIT_READ)
        return self.history(request, found, found.origin)

    def _shown(self, request: HttpRequest, found: Sink, form: forms.Replay) -> HttpResponseBase:
        return self.admin_site.render(
            request,
            "console/sink.html",
            found.origin,
            sink=found,
            how=health.of(found),
            form=form,
            may_manage=may(request, P.SIEM_MANAGE),
            lines=self.last_of(request, found),
        )

    def _changed(self, request: HttpRequest, found: Sink) -> HttpResponseBase:
        here = self._page_of(found)
        match request.POST.get("do"):
            case "try":
                try:
                    sinks.ask_test(found)
                except SiemError as error:
                    messages.error(request, str(error))
            case "on":
                sinks.change(found, enabled=True)
                messages.success(request, f"The log is pushed to {found.origin} again: it goes on where it was.")
            case "off":
                sinks.change(found, enabled=False)
                messages.success(
                    request, f"Nothing is pushed to {found.origin} any more. It keeps its place in the log."
                )
            case "remove":
                sinks.remove(found)
                messages.success(request, f"{found.origin} is taken away, and its address and secret deleted.")
                here = self.admin_site.address(self.name_of("changelist"))
        return redirect(here)

    def _page_of(self, found: Sink) -> str:
        return self.admin_site.address(self.name_of("change"), found.pk)
