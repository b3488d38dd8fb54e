"""Exceptions: failing checks that are accepted for a while."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.objects import user_for
from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.accounts.models import User
from apps.api.reading import Moment, Strict, Text
from apps.api.views import Resource
from apps.compliance import exempting
from apps.compliance.access import exception_for, exceptions_visible_to
from apps.compliance.models import Exempt

_MANAGE: Final = Permission.COMPLIANCE_MANAGE
_NEW: Final = {
    "check": "log.merge-delay",
    "reason": "The sequencer moves to another machine this week.",
    "expires": "2027-01-31T12:00:00Z",
}
_CHANGE: Final = {"reason": "It takes a week longer."}


class ExceptionSerializer(serializers.ModelSerializer[Exempt]):
    """An exception. It counts until it expires or is ended."""

    check = serializers.SerializerMethodField(help_text="Which check.")

    class Meta:
        model = Exempt
        fields = ("id", "check", "reason", "owner", "expires", "made", "made_by", "ended", "ended_by")
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "reason": {"help_text": "Why it is accepted."},
            "owner": {"help_text": "The user who sees to it."},
            "expires": {"help_text": "From then on the check counts as failing again."},
            "made": {"help_text": "When it was made."},
            "made_by": {"help_text": "The user who made it."},
            "ended": {"help_text": "When it was ended before; null where it was not."},
            "ended_by": {"help_text": "The user who ended it; null where nobody did."},
        }
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_check(self, exempt: Exempt) -> str:
        return exempt.check_key


class NewExceptionSerializer(Strict):
    """An exception to be made."""

    reason = Text(max_length=exempting.MOST_WORDS, help_text="Why it is accepted, for whoever reads it in a year.")
    owner = serializers.UUIDField(required=False, help_text="The user who sees to it; you, if left out.")
    expires = Moment(help_text="When it ends, within a year.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `check` as an attribute of the class would hide nothing, and still read as Python's word for it.
        return {"check": Text(max_length=60, help_text="The key of a check that fails now."), **super().get_fields()}


class ChangedExceptionSerializer(Strict):
    """What is to be changed of an exception: what is not named stays."""

    reason = Text(required=False, max_length=exempting.MOST_WORDS, help_text="Another reason.")
    owner = serializers.UUIDField(required=False, help_text="Another owner.")
    expires = Moment(required=False, help_text="Another end.")


class Exceptions(Resource):
    """Failing checks that are accepted for a while."""

    resource = "exceptions"
    permissions = {
        "list": Permission.COMPLIANCE_READ,
        "retrieve": Permission.COMPLIANCE_READ,
        "create": _MANAGE,
        "partial_update": _MANAGE,
        "end": _MANAGE,
    }
    carries = {
        "create": Carries(example=_NEW, body={"owner": "user"}),
        "partial_update": Carries(example=_CHANGE, body={"owner": "user"}),
    }
    queryset = Exempt.objects.none()
    serializer_class = ExceptionSerializer
    lookup_url_kwarg = "exception_id"

    @extend_schema(operation_id="list_exceptions", summary="List exceptions")
    def list(self, request: Request) -> Response:
        """In the order of their ids, those that have ended included."""
        return self.page(exceptions_visible_to(request._request), ExceptionSerializer)

    @extend_schema(operation_id="get_exception", summary="Read an exception")
    def retrieve(self, request: Request, exception_id: str) -> Response:
        """One exception."""
        return _shown(exception_for(request._request, exception_id, Permission.COMPLIANCE_READ))

    @extend_schema(
        operation_id="create_exception",
        summary="Accept a failing check",
        request=NewExceptionSerializer,
        examples=[OpenApiExample("For a move", _NEW, request_only=True)],
        responses={201: ExceptionSerializer},
    )
    def create(self, request: Request) -> Response:
        """It stays visible as accepted. `owner` needs `users.read` too."""
        given = self.read(NewExceptionSerializer)

        def act() -> Response:
            user: Any = request.user
            made = exempting.accept(
                given["check"], reason=given["reason"], owner=_owner(request, given) or user,
                expires=given["expires"], by=user,
            )  # fmt: skip
            return Response(ExceptionSerializer(made).data, 201)

        return self.once(act)

    @extend_schema(
        operation_id="change_exception",
        summary="Change an exception",
        request=ChangedExceptionSerializer,
        examples=[OpenApiExample("It takes longer", _CHANGE, request_only=True)],
    )
    def partial_update(self, request: Request, exception_id: str) -> Response:
        """Its reason, its owner or its end. Needs `compliance.read` too, and `users.read` for an owner."""
        found = exception_for(request._request, exception_id, _MANAGE)
        given = self.read(ChangedExceptionSerializer)
        return _shown(
            exempting.change(
                found, reason=given.get("reason", found.reason), owner=_owner(request, given) or found.owner,
                expires=given.get("expires", found.expires),
            )
        )  # fmt: skip

    @extend_schema(
        operation_id="end_exception", summary="End an exception", request=None, responses={200: ExceptionSerializer}
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, exception_id: str) -> Response:
        """The check counts as failing again. Needs `compliance.read` too."""

        def act() -> Response:
            user: Any = request.user
            return _shown(exempting.end(exception_for(request._request, exception_id, _MANAGE), user))

        return self.once(act)


def _owner(request: Request, given: dict[str, Any]) -> User | None:
    if "owner" not in given:
        return None
    return user_for(request._request, given["owner"], Permission.USERS_READ)


def _shown(exempt: Exempt) -> Response:
    return Response(ExceptionSerializer(exempt).data)
