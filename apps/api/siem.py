"""The push to a SIEM: sinks, how they do, tests and replays."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.accounts.names import one_line
from apps.api.problems import Wrong, refuse
from apps.api.reading import Choice, Moment, Strict, Text, Truth, Whole
from apps.api.views import Resource
from apps.audit import placed
from apps.siem import health, proving, sinks
from apps.siem.access import sink_for, sinks_visible_to
from apps.siem.models import Sink
from apps.webhooks.addresses import LONGEST

_NEW: Final = {"url": "https://siem.example:8088/services/collector/event", "format": "splunk", "proof": "none"}
_CHANGE: Final = {"batch_size": 500}
_REPLAY: Final = {"from": 0}
_HOW: Final = "How it is shown that it is us."
_PROOF_OF: Final = "All of the proof: with `secret`, and with `header` where it is `header`."


class TestSerializer(serializers.Serializer[Sink]):
    """How the last test went."""

    state = serializers.ChoiceField(source="test_state", choices=Sink.Test.choices, help_text="How far it is.")
    at = serializers.DateTimeField(source="test_at", allow_null=True, help_text="Since when that is so.")
    status = serializers.IntegerField(source="test_status", allow_null=True, help_text="The HTTP status, if any.")
    milliseconds = serializers.IntegerField(source="test_took", allow_null=True, help_text="How long it took.")
    said = serializers.SerializerMethodField(help_text="In words; empty before it has ended.")

    @extend_schema_field(serializers.CharField())
    def get_said(self, sink: Sink) -> str:
        return health.words(sink.test_outcome, sink.test_status)


@extend_schema_serializer(component_name="SinkHealth")
class HealthSerializer(serializers.Serializer[health.Health]):
    """How it does, as of now."""

    state = serializers.ChoiceField(choices=health.STATES, help_text="In a word.")
    lag = serializers.IntegerField(help_text="Signed entries that it has not got.")
    waits = serializers.IntegerField(help_text="Seconds since the first of them was logged.")
    size = serializers.IntegerField(help_text="How many signed entries the log has.")
    said = serializers.CharField(help_text="How the last try went, in words; empty if there was none.")


class SinkSerializer(serializers.ModelSerializer[Sink]):
    """A sink. Neither its whole address nor its secret is ever said again."""

    format = serializers.ChoiceField(choices=Sink.Format.choices, help_text="What a request holds.")
    proof = serializers.ChoiceField(choices=Sink.Proof.choices, help_text=_HOW)
    enabled = serializers.SerializerMethodField(help_text="Whether anything is sent there.")
    disabled_why = serializers.ChoiceField(
        choices=[("", "-"), *Sink.Disabled.choices], help_text="Why nothing is; else empty."
    )
    health = serializers.SerializerMethodField(help_text="How it does.")
    test = TestSerializer(source="*", help_text="How the last test went.")
    _size: int | None = None

    class Meta:
        model = Sink
        fields = (
            "id", "origin", "description", "format", "proof", "header", "batch_size", "enabled", "disabled",
            "disabled_why", "position", "tries", "next_try", "tried", "heard", "status", "failing_since", "delivered",
            "batches", "failed", "pruned", "faulty", "health", "test", "created",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "origin": {"help_text": "Scheme, host and port of its address."},
            "description": {"help_text": "What somebody wrote about it."},
            "header": {"help_text": "The name of a header of its own; else empty."},
            "batch_size": {"help_text": "Events in one request, at most."},
            "disabled": {"help_text": "Since when it is switched off; null if it is not."},
            "position": {"help_text": "The first place of the log that it has not got."},
            "tries": {"help_text": "Failures since the last success."},
            "next_try": {"help_text": "Nothing is sent before."},
            "tried": {"help_text": "When the last try ended; null if there was none."},
            "heard": {"help_text": "When it last took a batch; null if never."},
            "status": {"help_text": "The HTTP status of the last try; null where there was none."},
            "failing_since": {"help_text": "The first failure after the last success; null if there is none."},
            "delivered": {"help_text": "Events that it took, those sent again included."},
            "batches": {"help_text": "Requests that it took."},
            "failed": {"help_text": "Requests that it did not take."},
            "pruned": {"help_text": "Places passed over: their entries were pruned before they were sent."},
            "faulty": {"help_text": "Places passed over: their entries are not as they were logged. Verify the log."},
            "created": {"help_text": "When it was made."},
        }
        read_only_fields = fields

    @extend_schema_field(serializers.BooleanField())
    def get_enabled(self, sink: Sink) -> bool:
        return sink.disabled is None

    @extend_schema_field(HealthSerializer)
    def get_health(self, sink: Sink) -> Any:
        if self._size is None:
            self._size = placed.signed_size()  # once for a whole page of them
        return HealthSerializer(health.of(sink, self._size)).data


class _Written(Strict):
    """What both have that make and change a sink."""

    description = Text(
        required=False, allow_blank=True, max_length=200, validators=[one_line], help_text="What it is for."
    )
    header = Text(
        required=False, allow_blank=True, max_length=proving.LONGEST_NAME, help_text="The name of a header of its own."
    )
    secret = Text(
        required=False, allow_blank=True, trim_whitespace=False, max_length=proving.LONGEST,
        help_text="The token, or what stands in the header. Sealed, and never said again.",
    )  # fmt: skip
    batch_size = Whole(
        required=False, min_value=1, max_value=sinks.LARGEST_BATCH, help_text="Events in one request, at most."
    )


class NewSinkSerializer(_Written):
    """A sink to be made."""

    url = Text(max_length=LONGEST, help_text="A whole https address, of a host that the internet reaches.")
    format = Choice(choices=Sink.Format.choices, help_text="What a request holds.")
    proof = Choice(required=False, choices=Sink.Proof.choices, help_text=_HOW)
    from_the_beginning = Truth(
        required=False, help_text="Whether it is sent all that there is, or what is logged from now on."
    )


class ChangedSinkSerializer(_Written):
    """What is to be changed of a sink: what is not named stays."""

    url = Text(required=False, max_length=LONGEST, help_text="Another address.")
    format = Choice(required=False, choices=Sink.Format.choices, help_text="What a request holds.")
    proof = Choice(required=False, choices=Sink.Proof.choices, help_text=_PROOF_OF)
    enabled = Truth(required=False, help_text="Switches it on or off. It goes on where it was.")


class ReplaySerializer(Strict):
    """From where to send again: one of the two."""

    since = Moment(required=False, help_text="What was logged then or later.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is no name in Python.
        place = Whole(required=False, min_value=0, max_value=2**53, help_text="The first place of the log.")
        return {"from": place, **super().get_fields()}


class Sinks(Resource):
    """Where the tenant's log is pushed to."""

    resource = "siem-sinks"
    permissions = {
        "list": Permission.SIEM_READ,
        "retrieve": Permission.SIEM_READ,
        "create": Permission.SIEM_MANAGE,
        "partial_update": Permission.SIEM_MANAGE,
        "destroy": Permission.SIEM_MANAGE,
        "test": Permission.SIEM_MANAGE,
        "replay": Permission.SIEM_MANAGE,
    }
    carries = {
        "create": Carries(example=_NEW),
        "partial_update": Carries(example=_CHANGE),
        "replay": Carries(example=_REPLAY),
    }
    queryset = Sink.objects.none()
    serializer_class = SinkSerializer
    lookup_url_kwarg = "sink_id"

    @extend_schema(operation_id="list_sinks", summary="List sinks")
    def list(self, request: Request) -> Response:
        """In the order of their ids."""
        return self.page(health.measured(sinks_visible_to(request._request)), SinkSerializer)

    @extend_schema(operation_id="get_sink", summary="Read a sink")
    def retrieve(self, request: Request, sink_id: str) -> Response:
        """How far it is, how it does, and how its last test went."""
        return _shown(sink_for(request._request, sink_id, Permission.SIEM_READ))

    @extend_schema(
        operation_id="create_sink",
        summary="Make a sink",
        request=NewSinkSerializer,
        examples=[OpenApiExample("Splunk", _NEW, request_only=True)],
        responses={201: SinkSerializer},
    )
    def create(self, request: Request) -> Response:
        """It is pushed to from now on, at least once and in order; `metadata.uid` tells what came twice."""
        wanted = self.read(NewSinkSerializer)
        return self.once(lambda: Response(SinkSerializer(sinks.make(**wanted)).data, 201))

    @extend_schema(
        operation_id="change_sink",
        summary="Change a sink",
        request=ChangedSinkSerializer,
        examples=[OpenApiExample("Larger batches", _CHANGE, request_only=True)],
    )
    def partial_update(self, request: Request, sink_id: str) -> Response:
        """What is on its way meanwhile is sent again as it is to be now. Needs `siem.read` too."""
        sink = sink_for(request._request, sink_id, Permission.SIEM_MANAGE)
        return _shown(sinks.change(sink, **self.read(ChangedSinkSerializer)))

    @extend_schema(operation_id="delete_sink", summary="Take a sink away", responses={204: None})
    def destroy(self, request: Request, sink_id: str) -> Response:
        """Its address and secret are deleted. Needs `siem.read` too."""
        sinks.remove(sink_for(request._request, sink_id, Permission.SIEM_MANAGE))
        return Response(status=204)

    @extend_schema(operation_id="test_sink", summary="Try a sink", request=None, responses={202: SinkSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, sink_id: str) -> Response:
        """Sends it one event that stands in no log. Read the sink to see how that went. Needs `siem.read` too."""

        def act() -> Response:
            sink = sink_for(request._request, sink_id, Permission.SIEM_MANAGE)
            sinks.ask_test(sink)
            return Response(SinkSerializer(sink).data, 202)

        return self.once(act)

    @extend_schema(
        operation_id="replay_sink",
        summary="Send again",
        request=ReplaySerializer,
        examples=[OpenApiExample("From the beginning", _REPLAY, request_only=True)],
        responses={202: SinkSerializer},
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, sink_id: str) -> Response:
        """Everything from a place of the log, or from a time on. Needs `siem.read` too."""
        wanted = self.read(ReplaySerializer)

        def act() -> Response:
            sink = sink_for(request._request, sink_id, Permission.SIEM_MANAGE)
            if len(wanted) != 1:
                raise refuse(Wrong("invalid", "Write either `from` or `since`.", pointer="#"))
            sinks.replay(sink, first=wanted.get("from"), since=wanted.get("since"))
            return Response(SinkSerializer(sink).data, 202)

        return self.once(act)


def _shown(sink: Sink) -> Response:
    return Response(SinkSerializer(sink).data)
