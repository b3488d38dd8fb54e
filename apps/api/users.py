"""The people of a tenant, and who asks."""

from __future__ import annotations

import datetime
from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.declarations import Public
from apps.access.objects import user_for, users_visible_to
from apps.access.permissions import Permission, permissions
from apps.access.specimen import Carries
from apps.accounts import people
from apps.accounts.credentials import Kind
from apps.accounts.models import Role, User
from apps.api.reading import Choice, Moment, Strict
from apps.api.views import Resource

_CHANGE: Final = {"role": "engineer"}
Window = tuple[datetime.datetime, datetime.datetime]


class WindowSerializer(Strict):
    """When an auditor is let in."""

    begins = Moment(help_text="The first moment.")
    ends = Moment(help_text="The first moment after it, within 366 days.")


class UserSerializer(serializers.ModelSerializer[User]):
    """A person with an account here."""

    role = serializers.ChoiceField(choices=Role.choices, help_text="From which follows what they may do.")
    window = serializers.SerializerMethodField(help_text="When an auditor is let in; null for everybody else.")

    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "window", "is_active", "created", "last_login")
        extra_kwargs = {
            "id": {"help_text": "Their id here. The same person has another one in another tenant."},
            "email": {"help_text": "Their address, in small letters."},
            "name": {"help_text": "How they are called."},
            "is_active": {"help_text": "Whether they may come in. Who may not keeps their name in what they did."},
            "created": {"help_text": "Since when they are here."},
            "last_login": {"help_text": "When they last signed in by password; null if never."},
        }
        read_only_fields = fields

    @extend_schema_field(WindowSerializer(allow_null=True))
    def get_window(self, user: User) -> dict[str, Any] | None:
        return window_of(user)


def window_of(one: Any) -> dict[str, Any] | None:
    """The window of a person or an invitation, as it is shown."""
    if one.window_from is None:
        return None
    return {"begins": one.window_from, "ends": one.window_until}


class RoleChangeSerializer(Strict):
    """Another role, or another window."""

    role = Choice(choices=Role.choices, help_text="The role from now on.")
    window = WindowSerializer(
        required=False, allow_null=True, help_text="For the role auditor, which needs one; for no other role."
    )


def window_in(wanted: dict[str, Any]) -> Window | None:
    """What a body says of a window."""
    given = wanted.get("window")
    return None if given is None else (given["begins"], given["ends"])


class Users(Resource):
    """The people of the tenant."""

    resource = "users"
    permissions = {
        "list": Permission.USERS_READ,
        "retrieve": Permission.USERS_READ,
        "partial_update": Permission.USERS_MANAGE,
        "deactivate": Permission.USERS_MANAGE,
        "reactivate": Permission.USERS_MANAGE,
    }
    carries = {"partial_update": Carries(example=_CHANGE)}
    queryset = User.objects.none()
    serializer_class = UserSerializer
    lookup_url_kwarg = "user_id"

    @extend_schema(operation_id="list_users", summary="List the people of the tenant")
    def list(self, request: Request) -> Response:
        """In the order of their ids, those who were deactivated included."""
        return self.page(users_visible_to(request._request), UserSerializer)

    @extend_schema(operation_id="get_user", summary="Read a person")
    def retrieve(self, request: Request, user_id: str) -> Response:
        """One person of the tenant."""
        return _shown(user_for(request._request, user_id, Permission.USERS_READ))

    @extend_schema(
        operation_id="change_role",
        summary="Change a person's role or window",
        request=RoleChangeSerializer,
        examples=[OpenApiExample("An engineer", _CHANGE, request_only=True)],
    )
    def partial_update(self, request: Request, user_id: str) -> Response:
        """They are signed out everywhere; their tokens may from now on do what the new role may. Needs `users.read`
        too."""
        user = user_for(request._request, user_id, Permission.USERS_MANAGE)
        wanted = self.read(RoleChangeSerializer)
        people.change_role(user, Role(wanted["role"]), window_in(wanted))
        return _shown(user)

    @extend_schema(operation_id="deactivate_user", summary="Deactivate a person", request=None)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, user_id: str) -> Response:
        """Ends their sessions and makes their tokens worthless, and keeps who they were. Doing it again changes
        nothing. Needs `users.read` too."""
        return self.once(lambda: self._change(user_id, people.deactivate))

    @extend_schema(operation_id="reactivate_user", summary="Let a person in again", request=None)
    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, user_id: str) -> Response:
        """Takes a seat again. Doing it again changes nothing. Needs `users.read` too."""
        return self.once(lambda: self._change(user_id, people.reactivate))

    def _change(self, user_id: str, change: Any) -> Response:
        user = user_for(self.request._request, user_id, Permission.USERS_MANAGE)
        change(user)
        return _shown(user)


class MeSerializer(serializers.Serializer[Any]):
    """Who asks, and what they may do."""

    user = UserSerializer(help_text="The person, also where a token asks for them.")
    credential = serializers.ChoiceField(
        choices=[Kind.SESSION.value, Kind.TOKEN.value], help_text="By what they are known."
    )
    permissions = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(Permission)),
        help_text="What this request may do: by the role, and for a token by its scopes as well.",
    )


_EVERYBODY: Final = Public("whoever has proven anything may ask who they are; a stranger is refused in the view")


class Me(Resource):
    """Whoever asks."""

    resource = "me"
    permissions = {"show": _EVERYBODY}
    serializer_class = MeSerializer
    pagination_class = None

    @extend_schema(operation_id="get_me", summary="Read who asks", responses=MeSerializer)
    def show(self, request: Request) -> Response:
        """Needs no scope: a good token is enough."""
        if not request.user.is_authenticated:
            raise NotAuthenticated
        credential: Kind = request._request.credential.kind  # type: ignore[attr-defined]
        may = sorted(permissions(request._request))
        return Response({"user": UserSerializer(request.user).data, "credential": credential.value, "permissions": may})


def _shown(user: User) -> Response:
    return Response(UserSerializer(user).data)
