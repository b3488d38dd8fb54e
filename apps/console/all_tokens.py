"""Everybody's tokens, for those who watch over them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.admin import action
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern

from apps.access.declarations import needs
from apps.access.objects import token_for, tokens_visible_to
from apps.access.permissions import Permission, may
from apps.accounts import tokens
from apps.accounts.models import Token
from apps.audit.acting import narrating
from apps.console.exporting import Row
from apps.console.filters import Days, TokenState
from apps.console.kinds import Kind

P = Permission


class Tokens(Kind):
    """A list with states; revoking, one or many."""

    permissions = {"view": P.TOKENS_READ, "change": P.TOKENS_MANAGE}  # read by apps/access
    called = ("access token", "access tokens")
    change_list_template = "console/tokens.html"
    list_display = ["name", "user", "expires", "last_used"]
    list_filter = [TokenState, Days.of("created", "Made")]
    search_fields = ["name", "prefix", "user__name"]
    exported = (
        "id", "name", "user", "prefix", "scopes", "networks", "created", "expires", "revoked", "last_used",
    )  # fmt: skip
    ordering = ["-created", "id"]
    actions = ["revoke_chosen"]

    def further_pages(self) -> list[URLPattern]:
        return [
            self.at("<uuid:token>/", needs(GET=P.TOKENS_READ, POST=P.TOKENS_MANAGE)(self.one), "change"),
            self.at("<uuid:token>/history/", needs(GET=P.AUDIT_READ)(self.history_of_token), "history"),
        ]

    def row(self, one: Token) -> Row:
        return {**super().row(one), "user": one.user.email}

    def history_of_token(self, request: HttpRequest, token: uuid.UUID) -> HttpResponseBase:
        found = token_for(request, token, P.AUDIT_READ)
        return self.history(request, found, found.name)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"may_make": may(request, P.TOKENS_OWN), **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Token]:
        return tokens_visible_to(request)

    @action(description="Revoke", permissions=["change"])
    def revoke_chosen(self, request: HttpRequest, chosen: QuerySet[Token]) -> None:
        names = []
        for token in chosen.filter(revoked=None).order_by("name", "id"):
            with narrating(f"Revokes the token {token.name}, with others in a list"):
                tokens.revoke(token)
            names.append(token.name)
        messages.success(request, f"Revoked: {', '.join(names)}." if names else "They are revoked already.")

    def one(self, request: HttpRequest, token: uuid.UUID) -> HttpResponseBase:
        needed = P.TOKENS_MANAGE if request.method == "POST" else P.TOKENS_READ
        found = token_for(request, token, needed)
        if request.method == "POST":
            with narrating(f"Revokes the token {found.name} of {found.user.name}"):
                tokens.revoke(found)
            messages.success(request, f"{found.name} is revoked. Whoever still uses it is refused from now on.")
            return redirect(self.admin_site.address(self.name_of("change"), found.pk))
        manage = may(request, P.TOKENS_MANAGE)
        return self.admin_site.render(
            request,
            "console/token.html",
            found.name,
            token=found,
            may_manage=manage,
            lines=self.last_of(request, found),
        )
