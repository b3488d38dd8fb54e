"""One's own tokens: made, shown once, rotated, revoked."""

from __future__ import annotations

import datetime
import uuid

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from apps.access.objects import own_id, token_for, tokens_visible_to, user_for
from apps.access.permissions import Permission, grantable
from apps.accounts import tokens as accounts_tokens
from apps.accounts.errors import TokenRefused
from apps.audit.acting import narrating
from apps.console import forms
from apps.console.sites import ConsoleSite


def tokens(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    found = list(tokens_visible_to(request).filter(user_id=own_id(request)))
    return site.render(request, "console/own_tokens.html", "Your tokens", tokens=found)


def new(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    may_give = grantable(request)
    in_90_days = timezone.now().date() + datetime.timedelta(days=90)
    form = forms.NewToken(may_give, request.POST or None, initial={"expires": in_90_days})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        user = user_for(request, own_id(request), Permission.TOKENS_OWN)
        try:
            with narrating(f"Makes the token {given['name']}"):
                made = accounts_tokens.make(
                    user,
                    given["name"],
                    given["scopes"],
                    forms.midnight(given["expires"]),
                    grantable=frozenset(p.value for p in may_give),
                    networks=given["networks"].split(),
                )
        except TokenRefused as error:
            form.add_error(None, str(error))
        else:
            return site.render(request, "console/token_made.html", "Your new token", made=made)
    return site.render(request, "console/token_new.html", "New token", form=form)


def detail(request: HttpRequest, site: ConsoleSite, token: uuid.UUID) -> HttpResponseBase:
    found = token_for(request, token, Permission.TOKENS_OWN)
    in_90_days = timezone.now().date() + datetime.timedelta(days=90)
    rotating = request.method == "POST" and request.POST.get("do") == "rotate"
    form = forms.RotateToken(request.POST if rotating else None, initial={"expires": in_90_days})
    if request.method == "POST" and request.POST.get("do") == "revoke":
        with narrating(f"Revokes the token {found.name}"):
            accounts_tokens.revoke(found)
        messages.success(request, f"{found.name} is revoked. Whoever still uses it is refused from now on.")
        return redirect(site.address("account_tokens"))
    if rotating and form.is_valid():
        grace = datetime.timedelta(hours=form.cleaned_data["grace"])
        try:
            with narrating(f"Rotates the token {found.name}"):
                made = accounts_tokens.rotate(found, forms.midnight(form.cleaned_data["expires"]), grace)
        except TokenRefused as error:
            form.add_error(None, str(error))
        else:
            return site.render(request, "console/token_made.html", "Your new token", made=made, grace=grace)
    return site.render(request, "console/token.html", found.name, token=found, form=form, is_own=True)
