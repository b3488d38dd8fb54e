"""Specs: which there are, retiring one, and taking approved ones out as tests."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.db.models import Count, OuterRef, Subquery
from django.db.models.query import QuerySet
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.api.problems import Wrong, refuse
from apps.api.views import Resource
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.specs import approving, exporting
from apps.specs.access import spec_for, specs_visible_to
from apps.specs.exporting import MOST, Form
from apps.specs.models import Spec, SpecVersion


class SpecSerializer(serializers.ModelSerializer[Spec]):
    """A spec: one path through a site, with its versions apart."""

    title = serializers.SerializerMethodField(
        help_text="What it is called; null where an answer is given again, which does not keep it."
    )
    sessions = serializers.IntegerField(help_text="How many of the sessions that came in walked its path.")
    newest = serializers.UUIDField(source="newest_id", allow_null=True, help_text="Its newest version.")
    approved = serializers.UUIDField(
        source="approved_id", allow_null=True, help_text="The version that is exported and run; null if none is."
    )
    retired_by = serializers.UUIDField(source="retired_by_id", allow_null=True, help_text="Who retired it.")

    class Meta:
        model = Spec
        fields = (
            "id", "title", "sessions", "newest", "approved", "created", "retired", "retired_by", "retired_by_name",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "created": {"help_text": "When it was first made."},
            "retired": {"help_text": "Since when it is not used any more; null while it is."},
            "retired_by_name": {"help_text": "What they were called then."},
        }
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_title(self, spec: Spec) -> str:
        return spec.title.reveal()


_TARGET: Final = OpenApiParameter(
    "target",
    OpenApiTypes.STR,
    OpenApiParameter.QUERY,
    default=Form.SPEC.value,
    enum=[form.value for form in Form],
    description="The spec itself, its test as one file, or a project with the tests of all as a ZIP file.",
)
_SPECS: Final = OpenApiParameter(
    "specs",
    {"type": "string", "minLength": 32, "maxLength": 37 * MOST},
    OpenApiParameter.QUERY,
    required=True,
    description=f"The ids of 1 to {MOST} specs, with commas between them; of one where the target is one file.",
)


class Specs(Resource):
    """The specs of the tenant."""

    resource = "specs"
    permissions = {
        "list": Permission.SPECS_READ,
        "retrieve": Permission.SPECS_READ,
        "retire": Permission.SPECS_APPROVE,
        "export": Permission.SPECS_EXPORT,
    }
    carries = {"export": Carries(query={"specs": "spec"})}
    parameters = {"export": frozenset({"specs", "target"})}
    secrets = frozenset({"title"})
    queryset = Spec.objects.none()
    serializer_class = SpecSerializer
    lookup_url_kwarg = "spec_id"

    @extend_schema(operation_id="list_specs", summary="List specs")
    def list(self, request: Request) -> Response:
        """In the order of their ids, those that are retired included."""
        return self.page(_told(specs_visible_to(request._request)), SpecSerializer)

    @extend_schema(operation_id="get_spec", summary="Read a spec")
    def retrieve(self, request: Request, spec_id: str) -> Response:
        """What it is called, and its newest and its approved version."""
        spec = spec_for(request._request, spec_id, Permission.SPECS_READ)
        record(Action.ACCESS, spec)
        return _shown(spec)

    @extend_schema(operation_id="retire_spec", summary="Retire a spec", request=None)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, spec_id: str) -> Response:
        """Takes it and all of its versions out of use; what was exported stays where it is. Needs `specs.read` too."""

        def act() -> Response:
            spec = spec_for(request._request, spec_id, Permission.SPECS_APPROVE)
            approving.retire(spec, by=request.user)  # type: ignore[arg-type]
            return _shown(spec)

        return self.once(act)

    @extend_schema(
        operation_id="export_specs",
        summary="Export specs",
        parameters=[_SPECS, _TARGET],
        responses={
            (200, "text/plain; charset=utf-8"): OpenApiTypes.STR,
            (200, "application/zip"): OpenApiTypes.BINARY,
        },
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def export(self, request: Request) -> HttpResponse:
        """The approved versions, as they were approved; each is an entry of the audit log. Needs `specs.read` too."""
        form, ids = _asked(request)
        found = {spec.id: spec for spec in specs_visible_to(request._request).filter(id__in=ids)}
        if len(found) < len(ids):
            raise Http404
        made = exporting.export([found[id] for id in ids], form)
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return HttpResponse(made.content, content_type=made.content_type, headers=headers)


def _asked(request: Request) -> tuple[Form, list[uuid.UUID]]:
    """The target, and the ids in their order, each once."""
    wrong: list[Wrong] = []
    form, ids = Form.SPEC, list[uuid.UUID]()
    try:
        form = Form(request.query_params.get("target", form))
    except ValueError:
        words = f"Write one of: {', '.join(form.value for form in Form)}."
        wrong.append(Wrong("invalid", words, parameter="target"))
    try:
        given = request.query_params.get("specs", "").split(",")
        ids = list(dict.fromkeys(uuid.UUID(one) for one in given[:MOST]))
    except ValueError:
        given = []
    if not 1 <= len(given) <= MOST:
        words = f"Write the ids of 1 to {MOST} specs, with commas between them."
        wrong.append(Wrong("invalid", words, parameter="specs"))
    if wrong:
        raise refuse(*wrong)
    return form, ids


def _shown(spec: Spec) -> Response:
    return Response(SpecSerializer(_told(Spec.objects.all()).get(id=spec.id)).data)


def _told(found: QuerySet[Spec]) -> Any:
    """With all that is said of one: titles opened, versions and sessions looked up."""
    wanted: Any = found
    versions = SpecVersion.objects.filter(spec=OuterRef("pk"))
    return wanted.with_sealed().annotate(
        sessions=Count("sightings"),
        newest_id=Subquery(versions.order_by("-number").values("id")[:1]),
        approved_id=Subquery(versions.filter(state=SpecVersion.State.APPROVED).values("id")[:1]),
    )
