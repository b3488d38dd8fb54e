"""One's own account."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters

from apps.access.objects import own_id, session_for, user_for
from apps.access.permissions import Permission
from apps.accounts import sessions as accounts_sessions
from apps.accounts.models import Session
from apps.accounts.passwords import change_password
from apps.accounts.signing_in import begin_session
from apps.audit.acting import narrating
from apps.console import forms
from apps.console.sites import ConsoleSite


def profile(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    user = user_for(request, own_id(request), Permission.ACCOUNT_OWN)
    form = forms.Name(request.POST if request.method == "POST" else None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        with narrating("Changes their own name"):
            user.name = form.cleaned_data["name"]
            user.save(update_fields=["name"])
        messages.success(request, "Your name is changed.")
        return redirect(site.address("account"))
    return site.render(request, "console/account.html", "Profile", form=form, password=forms.ChangePassword())


@sensitive_post_parameters("current", "password", "again")
def password(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    user = user_for(request, own_id(request), Permission.ACCOUNT_OWN)
    form = forms.ChangePassword(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not user.check_password(form.cleaned_data["current"]):
            form.add_error("current", "This is not your current password.")
        else:
            try:
                with narrating("Changes their own password"):
                    change_password(user, form.cleaned_data["password"])
            except ValidationError as error:
                form.add_error("password", error)
            else:
                begin_session(request, user)
                messages.success(request, "Your password is changed. Every other browser is signed out.")
                return redirect(site.address("account"))
    return site.render(request, "console/account_password.html", "Change your password", form=form)


def sessions(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    here: Session | None = request.credential.session  # type: ignore[attr-defined]
    if request.method == "POST":
        if session_id := request.POST.get("session"):
            session = session_for(request, session_id, Permission.ACCOUNT_OWN)
            with narrating("Signs one of their own browsers out"):
                accounts_sessions.end(session)
            messages.success(request, "That browser is signed out.")
        else:
            user = user_for(request, own_id(request), Permission.ACCOUNT_OWN)
            with narrating("Signs out everywhere else"):
                ended = accounts_sessions.end_all(user, but=here)
            messages.success(request, f"Signed out everywhere else: {ended}.")
        return redirect(site.address("account_sessions"))
    found = list(Session.objects.filter(user_id=own_id(request)))
    return site.render(request, "console/sessions.html", "Sessions", sessions=found, here=here)
