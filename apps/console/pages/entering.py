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
from apps.audit.acting import narrating
from apps.console import forms
from apps.console.sites import site_of
from apps.tenants.models import Tenant
from apps.tenants.walls import connection


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
        with narrating("Signs in"):
            user = signing_in.sign_in(request, given["email"], given["password"])
        if user is not None:
            return redirect("front_door")
        # An address that nobody has is locked like any other, so that this tells a stranger nothing.
        form.add_error(None, _why_not(locked=_is_locked(request, given["email"])))
    return _page(request, "console/sign_in.html", "Sign in", form=form)


def _is_locked(request: HttpRequest, email: str) -> bool:
    with signing_in.as_claimed(request):
        return lockout.is_locked(lockout.attempt(email, client_address(request)))


def _page(request: HttpRequest, template: str, title: str, status: int = 200, **context: object) -> HttpResponse:
    """A page for a stranger, which says at whose door they stand."""
    with signing_in.as_claimed(request):
        tenant = Tenant.objects.filter(id=connection().walls.proven).order_by().values_list("name", flat=True)[0]
    return render(request, template, {"title": title, "tenant_name": tenant, **context}, status=status)


def _why_not(*, locked: bool) -> str:
    if not locked:
        return "That address and password do not fit together. Check both, or choose a new password below."
    return (
        "There were too many attempts, so signing in is paused for a while, 15 minutes at most. Nothing is lost: wait, "
        "then try again, or ask an owner of your account."
    )


@needs(POST=Permission.ACCOUNT_OWN)
def sign_out(request: HttpRequest) -> HttpResponse:
    with narrating("Signs out"):
        signing_in.sign_out(request)
    return redirect("sign_in")


@public("somebody who forgot their password cannot sign in", "GET", "POST")
def forgot(request: HttpRequest) -> HttpResponse:
    form = forms.Forgot(request.POST if request.method == "POST" else None)
    sent = request.method == "POST" and form.is_valid()
    if sent:
        with narrating("Asks for a link to choose a new password"):
            password_reset.ask(request, form.cleaned_data["email"])
    return _page(request, "console/forgot.html", "Choose a new password", form=form, sent=sent)


@public("the link of the mail is the credential here", "GET", "POST")
@sensitive_post_parameters("password", "again")
def reset(request: HttpRequest, reset_link: str) -> HttpResponse:
    if not password_reset.is_good(request, reset_link):
        return _spent(request)
    form = forms.NewPassword(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with narrating("Chooses a new password by the link of a mail"):
                password_reset.spend(request, reset_link, form.cleaned_data["password"])
        except LinkRefused:
            return _spent(request)
        except ValidationError as error:
            form.add_error("password", error)
        else:
            return _page(request, "console/done.html", "Your password is changed")
    return _page(request, "console/set_password.html", "Choose a new password", form=form)


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
            with narrating(f"Joins as {invitation.get_role_display().lower()}, by the link of a mail"):
                invitations.accept(request, invitation_link, form.cleaned_data["name"], form.cleaned_data["password"])
        except LinkRefused:
            return _spent(request)
        except AccountsError as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error("password", error)
        else:
            return _page(request, "console/done.html", "Welcome")
    return _page(request, "console/join.html", "Join", form=form, invitation=invitation)


def _spent(request: HttpRequest) -> HttpResponse:
    return _page(request, "console/link_spent.html", "This link is not valid any more", status=404)
