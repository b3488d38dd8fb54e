"""Pages for those who have yet to prove who they are."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from apps.access.declarations import needs, public
from apps.access.permissions import Permission
from apps.accounts import invitations, lockout, password_reset, signing_in
from apps.accounts.client_address import client_address
from apps.accounts.errors import AccountsError, LinkRefused
from apps.console import forms
from apps.console.sites import site_of


@public("whoever comes to the host is led to where they may begin", "GET")
def front_door(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("sign_in")
    return redirect(site_of(request).address("index"))


@public("signing in is how somebody becomes known", "GET", "POST")
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and request.method != "POST":
        return redirect("front_door")
    form = forms.SignIn(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if signing_in.sign_in(request, given["email"], given["password"]) is not None:
            return redirect("front_door")
        # An address that nobody has is locked like any other, so that this tells a stranger nothing.
        form.add_error(None, _why_not(request, given["email"]))
    return render(request, "console/sign_in.html", {"title": "Sign in", "form": form})


def _why_not(request: HttpRequest, email: str) -> str:
    one = lockout.attempt(email, client_address(request))
    with signing_in.as_claimed(request):
        locked = lockout.is_locked(one)
    if not locked:
        return "That address and password do not fit together. Check both, or choose a new password below."
    return (
        "There were too many attempts, so signing in is paused for a while, 15 minutes at most. Nothing is lost: wait, "
        "then try again, or ask an owner of your account."
    )


@needs(POST=Permission.ACCOUNT_OWN)
def sign_out(request: HttpRequest) -> HttpResponse:
    signing_in.sign_out(request)
    return redirect("sign_in")


@public("somebody who forgot their password cannot sign in", "GET", "POST")
def forgot(request: HttpRequest) -> HttpResponse:
    form = forms.Forgot(request.POST if request.method == "POST" else None)
    sent = request.method == "POST" and form.is_valid()
    if sent:
        password_reset.ask(request, form.cleaned_data["email"])
    return render(request, "console/forgot.html", {"title": "Choose a new password", "form": form, "sent": sent})


@public("the link of the mail is the credential here", "GET", "POST")
@sensitive_post_parameters("password", "again")
def reset(request: HttpRequest, reset_link: str) -> HttpResponse:
    if not password_reset.is_good(request, reset_link):
        return _spent(request)
    form = forms.NewPassword(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            password_reset.spend(request, reset_link, form.cleaned_data["password"])
        except LinkRefused:
            return _spent(request)
        except ValidationError as error:
            form.add_error("password", error)
        else:
            return render(request, "console/done.html", {"title": "Your password is changed"})
    return render(request, "console/set_password.html", {"title": "Choose a new password", "form": form})


@public("the link of the mail is the credential here", "GET", "POST")
@sensitive_post_parameters("password", "again")
def join(request: HttpRequest, invitation_link: str) -> HttpResponse:
    try:
        invitation = invitations.by_link(request, invitation_link)
    except LinkRefused:
        return _spent(request)
    form = forms.Join(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            invitations.accept(request, invitation_link, form.cleaned_data["name"], form.cleaned_data["password"])
        except LinkRefused:
            return _spent(request)
        except AccountsError as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error("password", error)
        else:
            return render(request, "console/done.html", {"title": "Welcome"})
    return render(request, "console/join.html", {"title": "Join", "form": form, "invitation": invitation})


def _spent(request: HttpRequest) -> HttpResponse:
    return render(request, "console/link_spent.html", {"title": "This link is not valid any more"}, status=404)
