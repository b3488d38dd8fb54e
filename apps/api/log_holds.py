"""Legal holds of the audit log: while one stands, nothing of the log is pruned."""

from __future__ import annotations

from typing import Final

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.objects import log_hold_for, log_holds_visible_to
from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.accounts.names import one_line
from apps.api.reading import Strict, Text
from apps.api.views import Resource
from apps.audit import holds
from apps.audit.models import Hold
from apps.audit.requests import actor_of

_WHY: Final = {"why": "Proceedings 7/26"}
_SETTLED: Final = {"why": "Proceedings 7/26 are settled"}


class LogHoldSerializer(serializers.ModelSerializer[Hold]):
    """A legal hold of the whole log."""

    class Meta:
        model = Hold
        fields = (
            "id", "why", "placed", "placed_by", "placed_by_name", "lifted", "lifted_by", "lifted_by_name", "lifted_why",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "why": {"help_text": "What was said why."},
            "placed": {"help_text": "When it was placed."},
            "placed_by_name": {"help_text": "What they were called then."},
            "lifted": {"help_text": "When it was lifted; null while it stands."},
            "lifted_by_name": {"help_text": "What they were called then."},
            "lifted_why": {"help_text": "What was said why."},
        }
        read_only_fields = fields

    placed_by = serializers.UUIDField(source="placed_by_id", allow_null=True, help_text="Who placed it.")
    lifted_by = serializers.UUIDField(source="lifted_by_id", allow_null=True, help_text="Who lifted it.")


class LogHoldWhySerializer(Strict):
    """Why a hold is placed or lifted."""

    why = Text(max_length=500, validators=[one_line], help_text="Why: for the audit log, and for others.")


class LogHolds(Resource):
    """The legal holds of the tenant's log."""

    resource = "log-holds"
    permissions = {
        "list": Permission.AUDIT_READ,
        "retrieve": Permission.AUDIT_READ,
        "create": Permission.AUDIT_MANAGE,
        "lift": Permission.AUDIT_MANAGE,
    }
    carries = {"create": Carries(example=_WHY), "lift": Carries(example=_SETTLED)}
    queryset = Hold.objects.none()
    serializer_class = LogHoldSerializer
    lookup_url_kwarg = "log_hold_id"

    @extend_schema(operation_id="list_log_holds", summary="List legal holds of the log")
    def list(self, request: Request) -> Response:
        """In the order of their ids, those that were lifted included."""
        return self.page(log_holds_visible_to(request._request), LogHoldSerializer)

    @extend_schema(operation_id="get_log_hold", summary="Read a legal hold of the log")
    def retrieve(self, request: Request, log_hold_id: str) -> Response:
        """One of the tenant's."""
        return _shown(log_hold_for(request._request, log_hold_id, Permission.AUDIT_READ))

    @extend_schema(
        operation_id="hold_log",
        summary="Place a legal hold of the log",
        request=LogHoldWhySerializer,
        examples=[OpenApiExample("A dispute", _WHY, request_only=True)],
        responses={201: LogHoldSerializer},
    )
    def create(self, request: Request) -> Response:
        """From now on no entry is pruned, whatever the plan says, until each hold is lifted."""
        why = self.read(LogHoldWhySerializer)["why"]
        return self.once(lambda: _shown(holds.place(actor_of(request._request), why), 201))

    @extend_schema(
        operation_id="lift_log_hold",
        summary="Lift a legal hold of the log",
        request=LogHoldWhySerializer,
        examples=[OpenApiExample("It is over", _SETTLED, request_only=True)],
        responses={200: LogHoldSerializer},
    )
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, log_hold_id: str) -> Response:
        """It stays as a record. What is overdue is pruned soon after, unless another hold stands. Needs `audit.read`
        too."""
        found = log_hold_for(request._request, log_hold_id, Permission.AUDIT_MANAGE)
        why = self.read(LogHoldWhySerializer)["why"]

        def act() -> Response:
            holds.lift(found.id, actor_of(request._request), why)
            return _shown(found)

        return self.once(act)


def _shown(hold: Hold, status: int = 200) -> Response:
    hold.refresh_from_db()
    return Response(LogHoldSerializer(hold).data, status)
