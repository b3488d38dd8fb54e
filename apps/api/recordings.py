"""Recordings: how far each is, and what is done with it. What one holds is never in an answer."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import Any, Final

from django.db.models import F
from django.db.models.query import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.accounts.names import one_line
from apps.api.problems import Wrong, refuse
from apps.api.reading import Moment, Strict, Text
from apps.api.views import Resource
from apps.audit.recording import record
from apps.audit.requests import actor_of
from apps.audit.vocabulary import Action
from apps.recordings import discarding, end_users, life
from apps.recordings.access import recording_for, recordings_visible_to
from apps.recordings.models import Certificate, Recording, State, Step, Why
from apps.recordings.naming import name_of

LONGEST_END_USER: Final = 255
_HOLD: Final = {"why": "A dispute with the shop"}
_FORGET: Final = {"end_user": "customer-4711"}


class CertificateSerializer(serializers.ModelSerializer[Certificate]):
    """That a recording was discarded. It is never changed, and never taken away."""

    reason = serializers.ChoiceField(choices=Why.choices, help_text="Why.")

    class Meta:
        model = Certificate
        fields = ("id", "digest", "size", "reason", "discarded")
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "digest": {"help_text": "SHA-256 of the bytes that were discarded."},
            "size": {"help_text": "How many they were."},
            "discarded": {"help_text": "When."},
        }
        read_only_fields = fields


class HoldSerializer(serializers.Serializer[Any]):
    """A legal hold."""

    since = serializers.DateTimeField(help_text="Since when.")
    by = serializers.UUIDField(allow_null=True, help_text="Who placed it.")
    by_name = serializers.CharField(help_text="What they were called then.")
    why = serializers.CharField(help_text="What they said why.")


class MadeSerializer(serializers.Serializer[Any]):
    """Of which spec a recording walked the path."""

    spec = serializers.UUIDField(help_text="The spec.")
    version = serializers.UUIDField(
        allow_null=True, help_text="The version that was made of it; null where an earlier session had made the spec."
    )


class RecordingSerializer(serializers.ModelSerializer[Recording]):
    """A recording, without what it holds."""

    name = serializers.SerializerMethodField(
        help_text="What its uploader called it; null once it is to go, and where an answer is given again."
    )
    state = serializers.ChoiceField(choices=State.choices, help_text="Where it is in its life.")
    step = serializers.ChoiceField(choices=Step.choices, help_text="How far the making of its spec is; else empty.")
    retention = serializers.SerializerMethodField(
        help_text="When it is discarded at the latest, but for a hold; null once it is."
    )
    hold = serializers.SerializerMethodField(help_text="The legal hold that it is under; null if none.")
    certificate = serializers.SerializerMethodField(help_text="The certificate of its discard; null before.")
    made = serializers.SerializerMethodField(help_text="Its spec; null while there is none.")

    class Meta:
        model = Recording
        fields = (
            "id", "name", "size", "digest", "state", "step", "reason", "created", "specified", "retention", "hold",
            "discarded", "certificate", "made", "uploaded_by_kind", "uploaded_by", "uploaded_by_name",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "size": {"help_text": "Bytes, as they came."},
            "digest": {"help_text": "SHA-256 of them."},
            "reason": {"help_text": "The stable code of why no spec could be made; empty where none failed."},
            "created": {"help_text": "When it came."},
            "specified": {"help_text": "When its spec was made; null if not."},
            "discarded": {"help_text": "When it was discarded; null if not."},
            "uploaded_by_kind": {"help_text": "What kind of actor brought it."},
            "uploaded_by_name": {"help_text": "What they were called then."},
        }
        read_only_fields = fields

    uploaded_by = serializers.UUIDField(
        source="uploaded_by_id", allow_null=True, help_text="The user, also for a token of theirs."
    )

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_name(self, recording: Recording) -> str | None:
        return name_of(recording) or None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_retention(self, recording: Recording) -> datetime.datetime | None:
        return None if recording.discarded is not None else recording.discard_after

    @extend_schema_field(HoldSerializer(allow_null=True))
    def get_hold(self, recording: Recording) -> dict[str, Any] | None:
        if recording.held is None:
            return None
        return {
            "since": recording.held,
            "by": recording.held_by_id,
            "by_name": recording.held_by_name,
            "why": recording.held_why,
        }

    @extend_schema_field(CertificateSerializer(allow_null=True))
    def get_certificate(self, recording: Recording) -> Any:
        found: Certificate | None = getattr(recording, "certificate", None)
        return None if found is None else CertificateSerializer(found).data

    @extend_schema_field(MadeSerializer(allow_null=True))
    def get_made(self, recording: Any) -> dict[str, uuid.UUID | None] | None:
        if recording.spec_id is None:
            return None
        return {"spec": recording.spec_id, "version": recording.version_id}


class NewHoldSerializer(Strict):
    """A legal hold to be placed."""

    why = Text(max_length=500, validators=[one_line], help_text="Why it is kept: for the audit log, and for others.")


class ForgetSerializer(Strict):
    """A recorded person who is to be forgotten."""

    end_user = Text(
        max_length=LONGEST_END_USER, trim_whitespace=False, help_text="The id that was given with their recordings."
    )


class ForgottenSerializer(serializers.Serializer[Any]):
    """What became of their recordings."""

    discarded = serializers.ListField(child=serializers.UUIDField(), help_text="Those that are being discarded.")
    held = serializers.ListField(child=serializers.UUIDField(), help_text="Those that a legal hold keeps.")


def _filter(name: str, kind: Any, description: str, **given: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description, **given)


_FILTERS: Final = (
    _filter("state", OpenApiTypes.STR, "In this state.", enum=State.values),
    _filter("since", OpenApiTypes.DATETIME, "That came from this moment on."),
    _filter("until", OpenApiTypes.DATETIME, "That came before this moment."),
    _filter(
        "end_user", OpenApiTypes.STR, "Of this recorded person. Addresses are logged on their way: use an opaque id."
    ),
)


class Recordings(Resource):
    """The recordings of the tenant."""

    resource = "recordings"
    permissions = {
        "list": Permission.RECORDINGS_READ,
        "retrieve": Permission.RECORDINGS_READ,
        "discard": Permission.RECORDINGS_DISCARD,
        "retry": Permission.RECORDINGS_UPLOAD,
        "hold": Permission.RECORDINGS_HOLD,
        "lift": Permission.RECORDINGS_HOLD,
        "forget": Permission.RECORDINGS_DISCARD,
    }
    carries = {"hold": Carries(example=_HOLD), "forget": Carries(example=_FORGET)}
    filters = frozenset(one.name for one in _FILTERS)
    secrets = frozenset({"name"})
    queryset = Recording.objects.none()
    serializer_class = RecordingSerializer
    lookup_url_kwarg = "recording_id"

    @extend_schema(operation_id="list_recordings", summary="List recordings", parameters=list(_FILTERS))
    def list(self, request: Request) -> Response:
        """In the order of their ids, those that are discarded included."""
        found = _wanted(request, recordings_visible_to(request._request))
        return self.page(_told(found), RecordingSerializer)

    @extend_schema(operation_id="get_recording", summary="Read a recording")
    def retrieve(self, request: Request, recording_id: str) -> Response:
        """How far it is, until when it is kept, and what was made of it."""
        recording = recording_for(request._request, recording_id, Permission.RECORDINGS_READ)
        record(Action.ACCESS, recording)
        return shown(recording.id)

    @extend_schema(operation_id="discard_recording", summary="Discard a recording", request=None)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, recording_id: str) -> Response:
        """Before its retention ends. Its content is deleted at once, and its certificate follows. A legal hold wins.
        Needs `recordings.read` too."""
        return self._change(recording_id, Permission.RECORDINGS_DISCARD, lambda id: discarding.discard(id, Why.ASKED))

    @extend_schema(operation_id="retry_recording", summary="Try again", request=None)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, recording_id: str) -> Response:
        """Has a spec made of a recording that failed. Needs `recordings.read` too."""
        return self._change(recording_id, Permission.RECORDINGS_UPLOAD, life.try_again)

    @extend_schema(
        operation_id="hold_recording",
        summary="Place a legal hold",
        request=NewHoldSerializer,
        examples=[OpenApiExample("A dispute", _HOLD, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, recording_id: str) -> Response:
        """It is kept whatever its retention says, until the hold is lifted. Needs `recordings.read` too."""
        recording = recording_for(request._request, recording_id, Permission.RECORDINGS_HOLD)
        why = self.read(NewHoldSerializer)["why"]

        def act() -> Response:
            life.hold(recording.id, actor_of(request._request), why)
            return shown(recording.id)

        return self.once(act)

    @extend_schema(operation_id="lift_hold", summary="Lift a legal hold", request=None)
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, recording_id: str) -> Response:
        """What is overdue is discarded soon after. Needs `recordings.read` too."""
        return self._change(recording_id, Permission.RECORDINGS_HOLD, life.lift)

    @extend_schema(
        operation_id="forget_person",
        summary="Forget a recorded person",
        request=ForgetSerializer,
        examples=[OpenApiExample("By an id", _FORGET, request_only=True)],
        responses=ForgottenSerializer,
    )
    @action(detail=False, methods=["post"])
    def forget(self, request: Request) -> Response:
        """Discards every recording that was uploaded with this id, and gives up uploads with it. The id itself is kept
        nowhere."""
        end_user = self.read(ForgetSerializer)["end_user"]

        def act() -> Response:
            forgotten = discarding.forget(end_user)
            return Response({"discarded": list(forgotten.discarded), "held": list(forgotten.held)})

        return self.once(act)

    def _change(self, recording_id: str, permission: Permission, change: Callable[[uuid.UUID], None]) -> Response:
        def act() -> Response:
            recording = recording_for(self.request._request, recording_id, permission)
            change(recording.id)
            return shown(recording.id)

        return self.once(act)


def shown(id: uuid.UUID, status: int = 200) -> Response:
    """A recording as it is now."""
    return Response(as_shown(id), status)


def as_shown(id: uuid.UUID) -> dict[str, Any]:
    """A recording as it is now, for an answer."""
    return dict(RecordingSerializer(_told(Recording.objects.all()).get(id=id)).data)


def _told(found: QuerySet[Recording]) -> Any:
    """With all that is said of one: names opened, certificates and specs joined."""
    wanted: Any = found
    return (
        wanted.with_sealed()
        .select_related("certificate")
        .annotate(version_id=F("version__id"), spec_id=F("sighting__spec_id"))
    )


def _wanted(request: Request, found: QuerySet[Recording]) -> QuerySet[Recording]:
    asked = request.query_params
    wrong: list[Wrong] = []
    state = asked.get("state")
    if state is not None and state not in State.values:
        wrong.append(Wrong("invalid", f"Write one of: {', '.join(State.values)}.", parameter="state"))
    moments: dict[str, datetime.datetime] = {}
    for name, lookup in (("since", "created__gte"), ("until", "created__lt")):
        if (text := asked.get(name)) is not None:
            try:
                moments[lookup] = Moment().run_validation(text)
            except serializers.ValidationError:
                wrong.append(Wrong("invalid", "Write a moment as 2027-01-31T12:00:00Z.", parameter=name))
    end_user = asked.get("end_user")
    if end_user is not None and not 1 <= len(end_user) <= LONGEST_END_USER:
        wrong.append(Wrong("invalid", f"Write 1 to {LONGEST_END_USER} characters.", parameter="end_user"))
    if wrong:
        raise refuse(*wrong)
    if state is not None:
        found = found.filter(state=state)
    if end_user is not None:
        found = found.filter(end_user=end_users.digest(end_user))
    return found.filter(**moments)
