"""Models: what a tenant lets write its specs, every call of one, and what this month took."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone

from apps.access.declarations import needs
from apps.access.permissions import Permission, may
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.console import forms, month_use
from apps.console.exporting import Row
from apps.console.filters import CallEnded, Days, InMonth, OfModel
from apps.console.kinds import Kind
from apps.inference import configuring, installation, prices, trying, using
from apps.inference.access import call_for, calls_visible_to
from apps.inference.budget import month_of
from apps.inference.errors import NotConfigured, SettingsRefused
from apps.inference.models import Client, ModelCall, ModelSettings
from apps.inference.words import PURPOSES, words_of_call
from apps.recordings.access import recordings_visible_to

P = Permission
_FIRST: Final = 1


class Calls(Kind):
    """Every call of a model, newest first, below what this month took."""

    permissions = {"view": P.INFERENCE_READ, "change": P.INFERENCE_MANAGE}  # read by apps/access
    called = ("call of a model", "calls of models")
    change_list_template = "console/models.html"
    list_display = ["id", "model"]
    list_filter = [InMonth, CallEnded, "purpose", OfModel, Days.of("created", "Called")]
    search_fields = ["id", "prompt_digest", "recording_id"]
    exported = (
        "id", "created", "month", "purpose", "recording_id", "client", "model", "region", "retention", "shapes_only",
        "prompt_digest", "request_bytes", "reserved", "state", "outcome", "input_tokens", "output_tokens",
        "cache_read_tokens", "cache_written_tokens", "counted", "cost", "milliseconds",
    )  # fmt: skip
    ordering = ["-created", "-id"]

    def further_pages(self) -> list[URLPattern]:
        changes = needs(GET=P.INFERENCE_READ, POST=P.INFERENCE_MANAGE)
        return [
            self.at("settings/", changes(self.settings), "settings"),
            self.at("settings/history/", needs(GET=P.AUDIT_READ)(self.history_of_settings), "settings_history"),
            self.at("try/", needs(POST=P.INFERENCE_MANAGE)(self.try_out), "try"),
            self.at("<uuid:call>/", needs(GET=P.INFERENCE_READ)(self.one), "change"),
            self.at("<uuid:call>/history/", needs(GET=P.AUDIT_READ)(self.history_of_call), "history"),
        ]

    # ---- the list -----------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelCall]:
        return calls_visible_to(request)

    def row(self, one: ModelCall) -> Row:
        whole = {column: getattr(one, column) for column in self.exported if column != "month"}
        return {**whole, "month": f"{one.month_id:%Y-%m}"}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)  # which refuses it
        wanted = configuring.current()
        month = month_of(timezone.now())
        more = {
            "settings": wanted,
            "has_key": installation.is_configured(wanted.client),
            "use": month_use.of(using.of_month(month), wanted.monthly_tokens, using.by_day(month)),
            "may_manage": may(request, P.INFERENCE_MANAGE),
        }
        return super().changelist_view(request, {**more, **(extra_context or {})})

    # ---- one of them --------------------------------------------------------------------------------------------

    def one(self, request: HttpRequest, call: uuid.UUID) -> HttpResponseBase:
        found = call_for(request, call, P.INFERENCE_READ)
        lines = self.last_of(request, found)  # asked before it is noted that they were read
        record(Action.ACCESS, found, narrative="Read on the console")
        recording = None
        if found.recording_id is not None:
            recording = recordings_visible_to(request).filter(pk=found.recording_id).first()
        return self.admin_site.render(
            request,
            "console/model_call.html",
            f"Call {str(found.pk)[:8]}",
            call=found,
            words=words_of_call(found),
            what_for=PURPOSES[ModelCall.Purpose(found.purpose)],
            recording=recording,
            lines=lines,
            price_source=prices.SOURCE,
        )

    def history_of_call(self, request: HttpRequest, call: uuid.UUID) -> HttpResponseBase:
        found = call_for(request, call, P.AUDIT_READ)
        return self.history(request, found, f"call {str(found.pk)[:8]}")

    # ---- the settings -------------------------------------------------------------------------------------------

    def settings(self, request: HttpRequest) -> HttpResponseBase:
        before = configuring.current()
        initial = {name: getattr(before, name) for name in configuring.FIELDS}
        initial["shapes_only"] = "yes" if before.shapes_only else "no"
        form = forms.ModelSettings(request.POST if request.method == "POST" else None, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                configuring.change(**_wanted(form.cleaned_data, before))
            except SettingsRefused as refused:
                form.add_error(refused.field, str(refused))
            else:
                messages.success(request, "The settings are changed, for the next call on.")
                return redirect(self.admin_site.address(self.name_of("settings")))
        return self.admin_site.render(
            request, "console/model_settings.html", "Settings of models", form=form, settings=before,
            has_key=installation.is_configured(before.client), no_key=installation.NO_KEY, offered=_offered(),
            may_manage=may(request, P.INFERENCE_MANAGE), sees_log=may(request, P.AUDIT_READ),
        )  # fmt: skip

    def history_of_settings(self, request: HttpRequest) -> HttpResponseBase:
        """What the log holds of the settings: its own list, filtered."""
        query = f"?object_type={ModelSettings._meta.label_lower}&object_pk={_FIRST}"
        return redirect(self.admin_site.address("audit") + query)

    def try_out(self, request: HttpRequest) -> HttpResponseBase:
        try:
            trying.ask_for()
        except NotConfigured as refused:
            messages.error(request, str(refused))
            return redirect(self.admin_site.address(self.name_of("settings")))
        messages.success(request, "The model is being asked. Load this page again to see how it went.")
        return redirect(self.admin_site.address(self.name_of("changelist")))


def _wanted(typed: dict[str, Any], before: ModelSettings) -> dict[str, Any]:
    """What was typed, without what stands there from another client."""
    wanted = dict(typed)
    for name in ("model", "region"):
        is_left = wanted["client"] != before.client and wanted[name] == getattr(before, name)
        if wanted["client"] == Client.NONE or is_left:
            del wanted[name]
    return wanted


def _offered() -> list[str]:
    return [model for models in configuring.OFFERED.values() for model in models]
