"""Saving a filter, and deleting one."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.objects import own_id, user_for
from apps.access.permissions import Permission
from apps.audit.acting import narrating
from apps.console import forms
from apps.console.saved_filters import address_of, save, saved_filter_for
from apps.console.sites import ConsoleSite


def keep(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    address = address_of(site, request.POST.get("listing", ""))
    user = user_for(request, own_id(request), Permission.ACCOUNT_OWN)
    form = forms.SaveFilter(request.POST)
    query: str = request.POST.get("query", "").removeprefix("?")[:8000]
    if not form.is_valid():
        messages.error(request, "A saved filter has a name of one line, of up to 60 characters.")
        return redirect(f"{address}?{query}")
    try:
        saved = save(user, request.POST["listing"], form.cleaned_data["name"], query)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(f"{address}?{query}")
    messages.success(request, f"Saved as {form.cleaned_data['name']}.")
    return redirect(f"{address}?{saved.query.reveal()}")


def delete(request: HttpRequest, site: ConsoleSite, saved_filter: uuid.UUID) -> HttpResponseBase:
    found = saved_filter_for(request, saved_filter)
    address = address_of(site, found.listing)
    with narrating("Deletes a saved filter of theirs"):
        found.delete()
    messages.success(request, "The saved filter is deleted.")
    return redirect(address)
