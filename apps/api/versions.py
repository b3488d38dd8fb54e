"""Versions of specs: read, checked, edited, approved. What one says is told to those who may read specs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.api.problems import Wrong, refuse
from apps.api.reading import LargeJson, Strict, Text
from apps.api.views import Resource
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.specs import approving, editing
from apps.specs.access import version_for, versions_visible_to
from apps.specs.models import SpecVersion
from apps.specs.opening import opened
from specward.language.findings import Finding, Rule
from specward.writing.models.writers import Writer

LONGEST_TEXT: Final = 65_536
_TEXT: Final = {"text": 'spec("Look", origin="https://shop.example")\n\nwith step("Look"):\n    goto("/")\n'}
_APPROVAL: Final = {"digest": "0" * 64}
_NOTES: Final = ("notes", "secrets", "fixtures", "requires")


class FindingSerializer(serializers.Serializer[Any]):
    """One thing that the gate says of a text."""

    rule = serializers.ChoiceField(choices=[(rule.value, rule.doc) for rule in Rule], help_text="The rule, by its id.")
    line = serializers.IntegerField(min_value=1, help_text="Where: the line, from 1.")
    column = serializers.IntegerField(min_value=1, help_text="And the column, from 1.")
    message = serializers.CharField(help_text="What is wrong.")
    hint = serializers.CharField(help_text="What to do.")


class VersionSerializer(serializers.ModelSerializer[SpecVersion]):
    """A version, without what it says."""

    spec = serializers.UUIDField(source="spec_id", help_text="The spec that it is one of.")
    state = serializers.ChoiceField(choices=SpecVersion.State.choices, help_text="Whether it is used.")
    recording = serializers.UUIDField(
        source="recording_id", allow_null=True, help_text="The recording that it was made of; null for an edit."
    )
    written_by = serializers.UUIDField(
        source="written_by_id", allow_null=True, help_text="Who wrote it; null where it was generated."
    )
    approved_by = serializers.UUIDField(source="approved_by_id", allow_null=True, help_text="Who approved it.")
    writer = serializers.ChoiceField(
        choices=[("", "-"), *((one.value, one.value.capitalize()) for one in Writer)],
        help_text="Who was to write it: baseline, or refined or authored by a model; empty: an edit.",
    )

    class Meta:
        model = SpecVersion
        fields = (
            "id", "spec", "number", "state", "digest", "ungrounded", "recording", "writer", "fallback", "based_on",
            "written_by", "written_by_name", "created", "approved", "approved_by", "approved_by_name",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "number": {"help_text": "The versions of a spec count from 1."},
            "digest": {"help_text": "SHA-256 of its text: what is approved."},
            "ungrounded": {"help_text": "How much of it the recording does not bear out: somebody else approves it."},
            "fallback": {"help_text": "Why the baseline wrote it where a model was to, as a code; empty if not."},
            "based_on": {"help_text": "The number of the version that was edited; null for none."},
            "written_by_name": {"help_text": "What its writer was called then."},
            "created": {"help_text": "When it was made."},
            "approved": {"help_text": "When it was approved; null if not."},
            "approved_by_name": {"help_text": "What whoever approved it was called then."},
        }
        read_only_fields = fields


class WholeVersionSerializer(VersionSerializer):
    """A version with what it says."""

    text = serializers.CharField(help_text="The spec.")
    notes = serializers.JSONField(help_text="What its reader should know: notes, secrets, fixtures, what it requires.")
    findings = FindingSerializer(many=True, help_text="What today's gate says of it: what is not borne out.")

    class Meta(VersionSerializer.Meta):
        fields = (*VersionSerializer.Meta.fields, "text", "notes", "findings")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class TextSerializer(Strict):
    """A text that is to be a spec."""

    text = Text(max_length=LONGEST_TEXT, trim_whitespace=False, help_text="The spec, 64 KiB of UTF-8 at most.")


class ApprovalSerializer(Strict):
    """An approval."""

    digest = Text(
        min_length=64, max_length=64, help_text="The digest of what was read: another version is not approved by it."
    )


class CheckedSerializer(serializers.Serializer[Any]):
    """What the gate says of a text."""

    passes = serializers.BooleanField(help_text="Whether it is a spec, and could be kept.")
    text = serializers.CharField(allow_null=True, help_text="As it would be kept; null where it is no spec.")
    findings = FindingSerializer(many=True, help_text="What is wrong, or not borne out by the recording.")


_FILTERS: Final = (
    OpenApiParameter("spec", OpenApiTypes.UUID, OpenApiParameter.QUERY, description="Of this spec."),
    OpenApiParameter(
        "state", OpenApiTypes.STR, OpenApiParameter.QUERY, description="In this state.", enum=SpecVersion.State.values
    ),
)


class Versions(Resource):
    """The versions of the tenant's specs."""

    resource = "versions"
    permissions = {
        "list": Permission.SPECS_READ,
        "retrieve": Permission.SPECS_READ,
        "check": Permission.SPECS_EDIT,
        "edit": Permission.SPECS_EDIT,
        "approve": Permission.SPECS_APPROVE,
    }
    carries = {
        "list": Carries(query={"spec": "spec"}),
        "check": Carries(example=_TEXT),
        "edit": Carries(example=_TEXT),
        "approve": Carries(example=_APPROVAL),
    }
    filters = frozenset(one.name for one in _FILTERS)
    only_tell = frozenset({"check"})
    queryset = SpecVersion.objects.none()
    serializer_class = VersionSerializer
    lookup_url_kwarg = "version_id"

    @extend_schema(operation_id="list_versions", summary="List versions of specs", parameters=list(_FILTERS))
    def list(self, request: Request) -> Response:
        """In the order of their ids, without what they say."""
        return self.page(_wanted(request), VersionSerializer)

    @extend_schema(operation_id="get_version", summary="Read a version", responses=WholeVersionSerializer)
    def retrieve(self, request: Request, version_id: str) -> Response:
        """With its text, its notes, and what today's gate says of it."""
        whole = opened(version_for(request._request, version_id, Permission.SPECS_READ))
        record(Action.ACCESS, whole.version, details={"number": whole.version.number})
        return Response(
            {
                **VersionSerializer(whole.version).data,
                "text": whole.text,
                "notes": {name: whole.notes.get(name, []) for name in _NOTES},
                "findings": _told(whole.checked.findings),
            }
        )

    @extend_schema(
        operation_id="check_text",
        summary="Check a text",
        request=TextSerializer,
        examples=[OpenApiExample("A spec", _TEXT, request_only=True)],
        responses=CheckedSerializer,
    )
    @action(detail=True, methods=["post"], parser_classes=[LargeJson])
    def check(self, request: Request, version_id: str) -> Response:
        """What the gate would say of this text as an edit of the version. Nothing is kept. Needs `specs.read` too."""
        version = version_for(request._request, version_id, Permission.SPECS_EDIT)
        checked = editing.check(version, self.read(TextSerializer)["text"])
        passes = checked.spec is not None
        record(Action.CHECK, version, details={"passes": passes})
        return Response({"passes": passes, "text": checked.text, "findings": _told(checked.findings)})

    @extend_schema(
        operation_id="edit_version",
        summary="Edit a version",
        request=TextSerializer,
        examples=[OpenApiExample("A spec", _TEXT, request_only=True)],
        responses={201: VersionSerializer},
    )
    @action(detail=True, methods=["post"], parser_classes=[LargeJson])
    def edit(self, request: Request, version_id: str) -> Response:
        """Keeps the text as the newest version of the spec, a draft. What is no spec is refused with the place of each
        mistake (`spec.does_not_pass`); so is an edit of what is not the newest version any more (`spec.overtaken`).
        Needs `specs.read` too."""
        version = version_for(request._request, version_id, Permission.SPECS_EDIT)
        text = self.read(TextSerializer)["text"]

        def act() -> Response:
            made = editing.edit(
                version.spec,
                text,
                by=request.user,  # type: ignore[arg-type]
                based_on=version.number,
            )
            return Response(VersionSerializer(made).data, 201)

        return self.once(act)

    @extend_schema(
        operation_id="approve_version",
        summary="Approve a version",
        request=ApprovalSerializer,
        examples=[OpenApiExample("By its digest", _APPROVAL, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, version_id: str) -> Response:
        """From now on it is what is exported and run, and the one before it is retired. Who wrote what the recording
        does not bear out does not approve it (403, `spec.needs_another_person`). Needs `specs.read` too."""
        version = version_for(request._request, version_id, Permission.SPECS_APPROVE)
        digest = self.read(ApprovalSerializer)["digest"]

        def act() -> Response:
            approving.approve(version, digest=digest, by=request.user)  # type: ignore[arg-type]
            version.refresh_from_db()
            return Response(VersionSerializer(version).data)

        return self.once(act)


def _told(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [
        {"rule": one.rule.value, "line": one.line, "column": one.column, "message": one.message, "hint": one.hint}
        for one in findings
    ]


def _wanted(request: Request) -> Any:
    found = versions_visible_to(request._request)
    asked = request.query_params
    wrong: list[Wrong] = []
    if (spec := asked.get("spec")) is not None:
        try:
            found = found.filter(spec=uuid.UUID(spec))
        except ValueError:
            wrong.append(Wrong("invalid", "Write a UUID.", parameter="spec"))
    if (state := asked.get("state")) is not None:
        if state in SpecVersion.State.values:
            found = found.filter(state=state)
        else:
            words = f"Write one of: {', '.join(SpecVersion.State.values)}."
            wrong.append(Wrong("invalid", words, parameter="state"))
    if wrong:
        raise refuse(*wrong)
    return found
