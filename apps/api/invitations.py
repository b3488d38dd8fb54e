"""Asking people to join."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.objects import invitation_for, invitations_visible_to
from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.accounts import invitations
from apps.accounts.models import Invitation, Role
from apps.api.reading import Choice, Strict, Text
from apps.api.users import WindowSerializer, window_in, window_of
from apps.api.views import Resource

_NEW: Final = {"email": "dora@acme.example", "role": "engineer"}


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation. Its link is in the mail, and nowhere else."""

    role = serializers.ChoiceField(choices=Role.choices, help_text="As what they are asked to join.")
    window = serializers.SerializerMethodField(help_text="When an auditor is let in; null for everybody else.")
    invited_by = serializers.UUIDField(source="invited_by_id", allow_null=True, help_text="Who asked them.")

    class Meta:
        model = Invitation
        fields = ("id", "email", "role", "window", "invited_by", "created", "expires", "accepted", "withdrawn")
        extra_kwargs = {
            "id": {"help_text": "Its id, which is not what the link holds."},
            "email": {"help_text": "To whom it was sent."},
            "created": {"help_text": "When it was sent."},
            "expires": {"help_text": "Until when the link is good."},
            "accepted": {"help_text": "When they joined; null if not."},
            "withdrawn": {"help_text": "When it was withdrawn; null if not."},
        }
        read_only_fields = fields

    @extend_schema_field(WindowSerializer(allow_null=True))
    def get_window(self, invitation: Invitation) -> dict[str, Any] | None:
        return window_of(invitation)


class NewInvitationSerializer(Strict):
    """Somebody to be asked."""

    email = Text(max_length=254, help_text="Where the link is sent.")
    role = Choice(choices=Role.choices, help_text="As what they join.")
    window = WindowSerializer(
        required=False, allow_null=True, help_text="For the role auditor, which needs one; for no other role."
    )


class Invitations(Resource):
    """Invitations of the tenant."""

    resource = "invitations"
    permissions = {
        "list": Permission.USERS_READ,
        "retrieve": Permission.USERS_READ,
        "create": Permission.USERS_MANAGE,
        "withdraw": Permission.USERS_MANAGE,
    }
    carries = {"create": Carries(example=_NEW)}
    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    lookup_url_kwarg = "invitation_id"

    @extend_schema(operation_id="list_invitations", summary="List invitations")
    def list(self, request: Request) -> Response:
        """In the order of their ids, those that were accepted, withdrawn or expired included."""
        return self.page(invitations_visible_to(request._request), InvitationSerializer)

    @extend_schema(operation_id="get_invitation", summary="Read an invitation")
    def retrieve(self, request: Request, invitation_id: str) -> Response:
        """One of the tenant's."""
        return _shown(invitation_for(request._request, invitation_id, Permission.USERS_READ))

    @extend_schema(
        operation_id="invite",
        summary="Invite somebody",
        request=NewInvitationSerializer,
        examples=[OpenApiExample("A colleague", _NEW, request_only=True)],
        responses={201: InvitationSerializer},
    )
    def create(self, request: Request) -> Response:
        """They get a link by mail, which is good once, for a week. It takes a seat until then."""
        wanted = self.read(NewInvitationSerializer)
        return self.once(lambda: self._create(request, wanted))

    def _create(self, request: Request, wanted: dict[str, Any]) -> Response:
        invitation = invitations.invite(
            request.user,  # type: ignore[arg-type]
            wanted["email"],
            Role(wanted["role"]),
            window_in(wanted),
        )
        return Response(InvitationSerializer(invitation).data, 201)

    @extend_schema(operation_id="withdraw_invitation", summary="Withdraw an invitation", request=None)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, invitation_id: str) -> Response:
        """Its link is good no more, and its seat is free. Doing it again changes nothing. Needs `users.read` too."""
        return self.once(lambda: self._withdraw(invitation_id))

    def _withdraw(self, invitation_id: str) -> Response:
        invitation = invitation_for(self.request._request, invitation_id, Permission.USERS_MANAGE)
        invitations.withdraw(invitation)
        invitation.refresh_from_db()
        return _shown(invitation)


def _shown(invitation: Invitation) -> Response:
    return Response(InvitationSerializer(invitation).data)
