"""Exports of the audit log: asked for, made by a worker, and downloaded, also bit by bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.objects import export_for, exports_visible_to
from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.api.problems import Problem, Refused
from apps.api.reading import Choice, Moment, Strict, Text, Whole
from apps.api.views import Resource
from apps.audit.exports import asking, downloading
from apps.audit.exports.models import Export, Format, State
from apps.audit.exports.ranges import Unsatisfiable
from apps.audit.requests import actor_of
from apps.audit.search import Wanted
from apps.audit.vocabulary import Action

_ACTIONS: Final = {action.label: action for action in Action}
_NEW: Final = {"format": "jsonl", "since": "2026-11-01T00:00:00Z", "action": "refusal"}
_WHOLE_LOG: Final = {"format": "bundle"}


class ExportSerializer(serializers.ModelSerializer[Export]):
    """An export of the log, and how far it is."""

    format = serializers.ChoiceField(choices=Format.choices, help_text="How it is written.")
    filters = serializers.DictField(
        child=serializers.CharField(), source="wanted", help_text="What it is of, by the names of the filters."
    )
    state = serializers.ChoiceField(choices=State.choices, help_text="Where it is in its life.")
    only = serializers.IntegerField(
        allow_null=True, help_text="The position of the one entry that it is of; null if it is of more."
    )
    file = serializers.SerializerMethodField(help_text="Where its file is; null while there is none.")
    asked_by = serializers.UUIDField(
        source="by_id", allow_null=True, help_text="The user who asked, also for a token of theirs."
    )
    asked_by_name = serializers.CharField(source="by_name", help_text="What they were called then.")

    class Meta:
        model = Export
        fields = (
            "id", "format", "filters", "only", "size", "state", "reason", "looked", "entries", "bytes", "digest",
            "file", "asked_by", "asked_by_name", "created", "ended", "expires",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "size": {"help_text": "Entries of the log when it was asked for: it is of those below this position."},
            "reason": {"help_text": "The stable code of why it failed; empty where it has not."},
            "looked": {"help_text": "How many of those were looked at so far."},
            "entries": {"help_text": "How many are in it, once it is ready."},
            "bytes": {"help_text": "Of its file, so far."},
            "digest": {"help_text": "SHA-256 of its file; empty before it is ready."},
            "created": {"help_text": "When it was asked for."},
            "ended": {"help_text": "When it was ready, or had failed; null before."},
            "expires": {"help_text": "When its file is deleted; null before it is ready."},
        }
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_file(self, export: Export) -> str | None:
        return reverse("api:export-file", args=[export.id]) if export.state == State.READY else None


class NewExportSerializer(Strict):
    """An export to be made. Filters are those of the log; without any it is of the whole log."""

    format = Choice(choices=Format.choices, help_text="How it is to be written.")
    since = Moment(required=False, help_text="From this moment on.")
    until = Moment(required=False, help_text="Up to this moment, without it.")
    actor = serializers.UUIDField(required=False, help_text="Of this user, or a token of theirs.")
    token = serializers.UUIDField(required=False, help_text="By this token.")
    action = Choice(choices=list(_ACTIONS), required=False, help_text="Of this kind.")
    object_type = Text(required=False, max_length=255, help_text="About this kind of object, as app_label.model.")
    object_pk = Text(required=False, max_length=255, help_text="About this object. Needs `object_type`.")
    request_id = serializers.UUIDField(required=False, help_text="Of this request.")
    index = Whole(required=False, min_value=0, max_value=2**63 - 1, help_text="At this place of the log.")
    entry = Whole(
        required=False, min_value=1, max_value=2**63 - 1,
        help_text="The id of the only entry that it is to be of: a bundle then has its proof apart, too.",
    )  # fmt: skip

    def validate(self, attrs: Mapping[str, Any]) -> Any:
        if "object_pk" in attrs and "object_type" not in attrs:
            words = "An object is found by its type and its key together."
            raise serializers.ValidationError({"object_type": words}, code="required")
        return attrs


_RANGE: Final = OpenApiParameter(
    "Range", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="One range of bytes (RFC 9110, section 14): `bytes=1048576-` goes on after the first MiB.",
)  # fmt: skip
_IF_RANGE: Final = OpenApiParameter(
    "If-Range", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="The `ETag` of the bytes that are there already: of another file all bytes are sent.",
)  # fmt: skip
_FILES: Final = {
    (status, kind): OpenApiTypes.BINARY
    for status in (200, 206)
    for kind in ("application/jsonl; charset=utf-8", "text/csv; charset=utf-8", "application/zip")
}


class Exports(Resource):
    """Exports of the tenant's audit log."""

    resource = "exports"
    permissions = {
        "create": Permission.AUDIT_EXPORT,
        "list": Permission.AUDIT_EXPORT,
        "retrieve": Permission.AUDIT_EXPORT,
        "file": Permission.AUDIT_EXPORT,
    }
    carries = {"create": Carries(example=_NEW)}
    queryset = Export.objects.none()
    serializer_class = ExportSerializer
    lookup_url_kwarg = "export_id"

    @extend_schema(operation_id="list_audit_exports", summary="List exports of the audit log")
    def list(self, request: Request) -> Response:
        """Everybody's, in the order of their ids, those that have expired included."""
        return self.page(exports_visible_to(request._request), ExportSerializer)

    @extend_schema(
        operation_id="create_audit_export",
        summary="Export the audit log",
        request=NewExportSerializer,
        examples=[
            OpenApiExample("What was refused", _NEW, request_only=True),
            OpenApiExample("The whole log, to be verified", _WHOLE_LOG, request_only=True),
        ],
        responses={201: ExportSerializer},
    )
    def create(self, request: Request) -> Response:
        """It is made by a worker: ask for it until it is ready. It is of the log as it is signed now, in the order
        of the log; that it was asked for is an entry, which is not in it. Five may be under way at once."""
        given = self.read(NewExportSerializer)

        def act() -> Response:
            export = asking.ask(
                Format(given["format"]), _wanted(given), actor_of(request._request), entry=given.get("entry")
            )
            return Response(ExportSerializer(export).data, 201)

        return self.once(act)

    @extend_schema(operation_id="get_audit_export", summary="Read how far an export is")
    def retrieve(self, request: Request, export_id: str) -> Response:
        """Its state, and its file's digest once it is ready."""
        return Response(ExportSerializer(export_for(request._request, export_id, Permission.AUDIT_EXPORT)).data)

    @extend_schema(
        operation_id="download_audit_export",
        summary="Download an export",
        parameters=[_RANGE, _IF_RANGE],
        responses=_FILES,
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def file(self, request: Request, export_id: str) -> HttpResponseBase:
        """The file, whole or one range of it; `ETag` is its SHA-256. Each download is an entry of the audit log."""
        export = export_for(request._request, export_id, Permission.AUDIT_EXPORT)
        answer = downloading.answer(request._request, export)
        if isinstance(answer, Unsatisfiable):
            raise Refused(_behind_the_end(answer))
        return answer


def _behind_the_end(asked: Unsatisfiable) -> Problem:
    words = f"The file has {asked.size:,} bytes, and none of them is asked for. Ask for what is left, or for all."
    return Problem(416, "range-not-satisfiable", words, headers={"Content-Range": asked.content_range})


def _wanted(given: Mapping[str, Any]) -> Wanted:
    return Wanted(
        since=given.get("since"),
        until=given.get("until"),
        actor_id=given.get("actor"),
        token_id=given.get("token"),
        action=_ACTIONS[given["action"]] if "action" in given else None,
        object_type=given.get("object_type"),
        object_pk=given.get("object_pk"),
        request_id=given.get("request_id"),
        index=given.get("index"),
    )
