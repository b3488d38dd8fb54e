"""The people of a tenant: listed, invited, given roles, let go."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import action
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone

from apps.access.declarations import needs
from apps.access.objects import (
    invitation_for,
    invitations_visible_to,
    own_id,
    session_for,
    user_for,
    users_visible_to,
)
from apps.access.permissions import Permission, may
from apps.accounts import invitations, lockout, people, sessions
from apps.accounts.errors import AccountsError
from apps.accounts.models import Role, User
from apps.audit.acting import narrating
from apps.console import forms
from apps.console.filters import Days
from apps.console.kinds import Kind

P = Permission


class People(Kind):
    """Users, with those who are invited below them."""

    permissions = {"view": P.USERS_READ, "change": P.USERS_MANAGE}  # read by apps/access
    called = ("person", "people")
    change_list_template = "console/people.html"
    list_display = ["name", "email", "role", "is_active"]
    list_filter = ["role", "is_active", Days.of("created", "Here since")]
    search_fields = ["name", "email"]
    exported = ("id", "name", "email", "role", "is_active", "window_from", "window_until", "created", "last_login")
    ordering = ["name", "id"]
    actions = ["deactivate_chosen", "sign_out_chosen"]

    def further_pages(self) -> list[URLPattern]:
        return [
            self.at("invite/", needs(GET=P.USERS_MANAGE, POST=P.USERS_MANAGE)(self.invite), "invite"),
            self.at("<uuid:user>/", needs(GET=P.USERS_READ, POST=P.USERS_MANAGE)(self.person), "change"),
            self.at("<uuid:user>/history/", needs(GET=P.AUDIT_READ)(self.history_of_person), "history"),
            self.at("invitations/<uuid:invitation>/", needs(POST=P.USERS_MANAGE)(self.withdraw), "withdraw"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return users_visible_to(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        invited = invitations_visible_to(request).filter(accepted=None, withdrawn=None, expires__gt=timezone.now())
        return super().changelist_view(
            request, {"invited": invited, "may_manage": may(request, P.USERS_MANAGE), **(extra_context or {})}
        )

    @action(description="Deactivate", permissions=["change"])
    def deactivate_chosen(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._each(request, chosen, people.deactivate, "Deactivates", "deactivated")

    @action(description="Sign out everywhere", permissions=["change"])
    def sign_out_chosen(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._each(request, chosen, sessions.end_all, "Signs out", "signed out")

    def _each(
        self, request: HttpRequest, chosen: QuerySet[User], do: Callable[[User], object], says: str, done: str
    ) -> None:
        names = []
        for user in chosen.order_by("name", "id"):
            try:
                with narrating(f"{says} {user.name}, with others in a list"):
                    do(user)
                names.append(user.name)
            except AccountsError as error:
                messages.error(request, str(error))
        if names:
            messages.success(request, f"{', '.join(names)}: {done}.")

    def invite(self, request: HttpRequest) -> HttpResponseBase:
        form = forms.Invite(request.POST if request.method == "POST" else None, initial={"role": Role.ENGINEER})
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            inviter = user_for(request, own_id(request), P.USERS_MANAGE)
            try:
                with narrating(f"Invites {given['email']} as {Role(given['role']).label.lower()}"):
                    invitations.invite(inviter, given["email"], Role(given["role"]), form.window())
            except AccountsError as error:
                form.add_error(None, str(error))
            except ValidationError as error:
                form.add_error("ends", error)
            else:
                messages.success(request, f"{given['email']} is invited. The link in the mail is good for a week.")
                return redirect(self.admin_site.address(self.name_of("changelist")))
        return self.admin_site.render(request, "console/invite.html", "Invite somebody", form=form)

    def withdraw(self, request: HttpRequest, invitation: uuid.UUID) -> HttpResponseBase:
        found = invitation_for(request, invitation, P.USERS_MANAGE)
        with narrating(f"Withdraws the invitation of {found.email}"):
            invitations.withdraw(found)
        messages.success(request, f"The invitation of {found.email} is withdrawn.")
        return redirect(self.admin_site.address(self.name_of("changelist")))

    def person(self, request: HttpRequest, user: uuid.UUID) -> HttpResponseBase:
        found = user_for(request, user, P.USERS_MANAGE if request.method == "POST" else P.USERS_READ)
        do = request.POST.get("do", "")
        form = self._role_form(request, found, bound=do == "role")
        if request.method == "POST" and self._done(request, found, do, form):
            return redirect(self.admin_site.address(self.name_of("change"), found.pk))
        shown: dict[str, Any] = {"person": found, "form": form, "may_manage": may(request, P.USERS_MANAGE)}
        if shown["may_manage"]:
            shown["sessions"] = list(found.sessions.all())
            shown["locked_until"] = lockout.locked_until(found.email)
        shown["lines"] = self.last_of(request, found)
        return self.admin_site.render(request, "console/person.html", found.name, **shown)

    def history_of_person(self, request: HttpRequest, user: uuid.UUID) -> HttpResponseBase:
        found = user_for(request, user, P.AUDIT_READ)
        return self.history(request, found, found.name)

    def _role_form(self, request: HttpRequest, user: User, *, bound: bool) -> forms.RoleAndWindow:
        last = None if user.window_until is None else (user.window_until - datetime.timedelta(microseconds=1)).date()
        initial = {"role": user.role, "begins": user.window_from and user.window_from.date(), "ends": last}
        return forms.RoleAndWindow(request.POST if bound else None, initial=initial)

    def _done(self, request: HttpRequest, user: User, do: str, form: forms.RoleAndWindow) -> bool:
        """Whether it was done, or refused for a reason that stands in a message; else the form says what is wrong."""
        try:
            if do == "role":
                if not form.is_valid():
                    return False
                role = Role(form.cleaned_data["role"])
                with narrating(f"Gives {user.name} the role {role.label.lower()}"):
                    people.change_role(user, role, form.window())
                said = f"{user.name} is {role.label.lower()} now, and signed out everywhere."
            elif do == "deactivate":
                with narrating(f"Deactivates {user.name}"):
                    people.deactivate(user)
                said = f"{user.name} is deactivated. Their sessions have ended, their tokens work no more."
            elif do == "reactivate":
                with narrating(f"Lets {user.name} in again"):
                    people.reactivate(user)
                said = f"{user.name} may sign in again."
            elif do == "sign_out":
                with narrating(f"Signs {user.name} out everywhere"):
                    sessions.end_all(user)
                said = f"{user.name} is signed out everywhere."
            elif do == "end_session":
                session = session_for(request, request.POST.get("session", ""), P.USERS_MANAGE)
                if session.user_id != user.pk:
                    raise Http404
                with narrating(f"Signs one browser of {user.name} out"):
                    sessions.end(session)
                said = f"One browser of {user.name} is signed out."
            elif do == "unlock":
                with narrating(f"Lets {user.name} try to sign in again at once"):
                    lockout.unlock(user.email)
                said = f"{user.name} may try to sign in again."
            else:
                return False
        except ValidationError as error:
            form.add_error("ends", error)
            return False
        except AccountsError as error:
            if do == "role":
                form.add_error(None, str(error))
                return False
            messages.error(request, str(error))
            return True
        messages.success(request, said)
        return True
