"""Models: what a tenant lets write its specs, every call of one, and what the months took."""

from __future__ import annotations

import datetime
import re
import uuid
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.api.problems import Wrong, refuse
from apps.api.reading import Choice, Strict, Text, Truth, Whole
from apps.api.views import Resource
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.inference import configuring, installation, using
from apps.inference.access import call_for, calls_visible_to
from apps.inference.models import (
    LONGEST_MODEL_ID,
    MOST_TOKENS_A_MONTH,
    OUTCOMES,
    Client,
    ModelCall,
    ModelSettings,
    MonthlyUse,
    Retention,
)
from specward.writing.models.writers import Writer

_WRITERS: Final = [(one.value, one.value.capitalize()) for one in Writer]
_CHANGE: Final = {"writer": "refined", "client": "anthropic", "model": "claude-sonnet-5-5", "shapes_only": True}
_MONTH: Final = re.compile(r"(20\d\d|21\d\d)-(0[1-9]|1[0-2])", re.ASCII)
_RETENTION: Final = "What the operator's contract with the provider says. Neither of them allows training."
_REGION: Final = "Of Bedrock, the AWS region; of Anthropic, `us`, `global`, or empty."
_WRITER: Final = "Who writes specs: the compiler, a model that only chooses by ids, or one that writes the text."


class ModelSettingsSerializer(serializers.Serializer[ModelSettings]):
    """What the tenant has chosen."""

    writer = serializers.ChoiceField(choices=_WRITERS, help_text=_WRITER)
    client = serializers.ChoiceField(choices=Client.choices, help_text="The way to the model.")
    model = serializers.CharField(help_text="The model's id, as its API calls it; empty without a client.")
    region = serializers.CharField(help_text=_REGION)
    retention = serializers.ChoiceField(choices=Retention.choices, help_text=_RETENTION)
    shapes_only = serializers.BooleanField(help_text="Whether no name of a control goes to the model.")
    monthly_tokens = serializers.IntegerField(
        min_value=0, max_value=MOST_TOKENS_A_MONTH, help_text="The most that the calls of a month take; 0: none."
    )
    has_key = serializers.SerializerMethodField(
        help_text="Whether this installation has a key for the client: without one, the compiler writes."
    )

    def get_has_key(self, settings: ModelSettings) -> bool:
        return installation.is_configured(settings.client)


class ChangedModelSettingsSerializer(Strict):
    """What is to be changed: what is not named stays."""

    writer = Choice(choices=_WRITERS, required=False, help_text=_WRITER)
    client = Choice(
        choices=Client.choices,
        required=False,
        help_text="The way to the model. A new one takes the model and the region with it, unless they are given too.",
    )
    model = Text(required=False, allow_blank=True, max_length=LONGEST_MODEL_ID, help_text="The model's id.")
    region = Text(required=False, allow_blank=True, max_length=40, help_text=_REGION)
    retention = Choice(choices=Retention.choices, required=False, help_text=_RETENTION)
    shapes_only = Truth(required=False, help_text="Whether no name of a control goes to the model.")
    monthly_tokens = Whole(
        required=False, min_value=0, max_value=MOST_TOKENS_A_MONTH, help_text="The most that a month's calls take."
    )


class TokensSerializer(serializers.Serializer[Any]):
    """As the API counted; null where it did not say."""

    input = serializers.IntegerField(allow_null=True, help_text="Read, but for what the cache knew or was given.")
    output = serializers.IntegerField(allow_null=True, help_text="Written.")
    cache_read = serializers.IntegerField(allow_null=True, help_text="Read out of the cache.")
    cache_written = serializers.IntegerField(allow_null=True, help_text="Read, and put into the cache.")


class CallSerializer(serializers.ModelSerializer[ModelCall]):
    """A call of a model. Neither what was asked nor what was answered is kept."""

    month = serializers.SerializerMethodField(help_text="In whose budget it counts, as `2027-01`.")
    purpose = serializers.ChoiceField(choices=ModelCall.Purpose.choices, help_text="What it was for.")
    recording = serializers.UUIDField(
        source="recording_id", allow_null=True, help_text="For whose spec it was; null for a check."
    )
    client = serializers.ChoiceField(choices=Client.choices, help_text="By which way the model was asked.")
    retention = serializers.ChoiceField(choices=Retention.choices, help_text=_RETENTION)
    state = serializers.ChoiceField(choices=ModelCall.State.choices, help_text="How far it is.")
    outcome = serializers.ChoiceField(
        choices=[("", "-"), *((one, one) for one in OUTCOMES)],
        help_text="`ok`, or the code of a failure; empty while it is under way, or where nobody knows.",
    )
    tokens = TokensSerializer(help_text="What it took.")
    cost = serializers.DecimalField(
        max_digits=16, decimal_places=8, allow_null=True,
        help_text="US dollars, estimated from the provider's list; null where no price or no count is known.",
    )  # fmt: skip

    class Meta:
        model = ModelCall
        fields = (
            "id", "created", "month", "purpose", "recording", "client", "model", "region", "retention", "shapes_only",
            "prompt_digest", "request_bytes", "reserved", "state", "outcome", "tokens", "counted", "cost",
            "milliseconds",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "created": {"help_text": "When it was reserved."},
            "model": {"help_text": "The model's id."},
            "region": {"help_text": _REGION},
            "shapes_only": {"help_text": "Whether no name of a control went to the model."},
            "prompt_digest": {"help_text": "SHA-256 of the body as JSON with sorted keys."},
            "request_bytes": {"help_text": "Length of that JSON."},
            "reserved": {"help_text": "Tokens that it could take at most."},
            "counted": {"help_text": "Tokens that the month's budget was charged."},
            "milliseconds": {"help_text": "How long it took; null where nobody knows."},
        }
        read_only_fields = fields

    def get_month(self, call: ModelCall) -> str:
        return f"{call.month_id:%Y-%m}"


class OutcomeSerializer(serializers.Serializer[Any]):
    """How calls ended, and how many."""

    outcome = serializers.CharField(help_text="As of a call; `reserved` is under way, `lost` died with its worker.")
    calls = serializers.IntegerField(min_value=0, help_text="How many.")


class MonthSerializer(serializers.Serializer[using.Month]):
    """A calendar month, in UTC."""

    month = serializers.SerializerMethodField(help_text="As `2027-01`.")
    used = serializers.IntegerField(min_value=0, help_text="Tokens of calls that ended.")
    reserved = serializers.IntegerField(min_value=0, help_text="Tokens that calls under way may take at most.")
    calls = serializers.IntegerField(min_value=0, help_text="All calls, those that were not made included.")
    outcomes = serializers.SerializerMethodField(help_text="How they ended.")
    cost = serializers.DecimalField(
        max_digits=20, decimal_places=8, help_text="US dollars, estimated, over the calls of which it can be."
    )
    without_cost = serializers.IntegerField(
        min_value=0, help_text="Calls that took something, of which no cost can be estimated."
    )

    def get_month(self, month: using.Month) -> str:
        return f"{month.month:%Y-%m}"

    @extend_schema(responses=OutcomeSerializer(many=True))
    def get_outcomes(self, month: using.Month) -> Any:
        return [{"outcome": name, "calls": number} for name, number in month.outcomes.items()]


class UsageSerializer(serializers.Serializer[Any]):
    """What the months took."""

    monthly_tokens = serializers.IntegerField(min_value=0, help_text="The budget of a month as it is now.")
    months = MonthSerializer(many=True, help_text="Those with calls, the newest first, 24 at most.")


class Settings(Resource):
    """The tenant's settings of models."""

    resource = "inference-settings"
    permissions = {"show": Permission.INFERENCE_READ, "change": Permission.INFERENCE_MANAGE}
    carries = {"change": Carries(example=_CHANGE)}
    queryset = ModelSettings.objects.none()
    serializer_class = ModelSettingsSerializer

    @extend_schema(operation_id="get_model_settings", summary="Read the settings of models")
    def show(self, request: Request) -> Response:
        """Who writes specs, and by which model. No model, until an owner says otherwise."""
        return Response(ModelSettingsSerializer(configuring.current()).data)

    @extend_schema(
        operation_id="change_model_settings",
        summary="Change the settings of models",
        request=ChangedModelSettingsSerializer,
        examples=[OpenApiExample("Refined, shapes only", _CHANGE, request_only=True)],
    )
    def change(self, request: Request) -> Response:
        """For the next call on. What does not go together is refused, and nothing is changed."""
        wanted = self.read(ChangedModelSettingsSerializer)
        return Response(ModelSettingsSerializer(configuring.change(**wanted)).data)


def _filter(name: str, description: str, kind: Any = OpenApiTypes.STR, **given: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description, **given)


_STATES: Final = ModelCall.State.values
_PURPOSES: Final = ModelCall.Purpose.values
_FILTERS: Final = (
    _filter("month", "In the budget of this month, as `2027-01`."),
    _filter("state", "In this state.", enum=_STATES),
    _filter("outcome", "That ended so.", enum=list(OUTCOMES)),
    _filter("purpose", "For this.", enum=_PURPOSES),
    _filter("model", "Of this model, by its id."),
    _filter("recording", "For the spec of this recording.", OpenApiTypes.UUID),
)


class Calls(Resource):
    """Every call of a model."""

    resource = "inference-calls"
    permissions = {"list": Permission.INFERENCE_READ, "retrieve": Permission.INFERENCE_READ}
    carries = {"list": Carries(query={"recording": "recording"})}
    filters = frozenset(one.name for one in _FILTERS)
    queryset = ModelCall.objects.none()
    serializer_class = CallSerializer
    lookup_url_kwarg = "call_id"

    @extend_schema(operation_id="list_model_calls", summary="List calls of models", parameters=list(_FILTERS))
    def list(self, request: Request) -> Response:
        """In the order of their ids. Those that the budget did not allow are there too, and were not made."""
        return self.page(calls_visible_to(request._request).filter(**_wanted(request)), CallSerializer)

    @extend_schema(operation_id="get_model_call", summary="Read a call of a model")
    def retrieve(self, request: Request, call_id: str) -> Response:
        """What was asked of whom, how much, and how it ended: no text of a prompt, and none of an answer."""
        call = call_for(request._request, call_id, Permission.INFERENCE_READ)
        record(Action.ACCESS, call)
        return Response(CallSerializer(call).data)


class Usage(Resource):
    """What the months took."""

    resource = "inference-usage"
    permissions = {"show": Permission.INFERENCE_READ}
    queryset = MonthlyUse.objects.none()
    serializer_class = UsageSerializer

    @extend_schema(operation_id="get_model_usage", summary="Read what models took")
    def show(self, request: Request) -> Response:
        """By calendar month, in UTC, with how the calls ended."""
        budget = configuring.current().monthly_tokens
        return Response(UsageSerializer({"monthly_tokens": budget, "months": using.months()}).data)


def _wanted(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = {}
    wrong: list[Wrong] = []
    ways: dict[str, Any] = {
        "month": (_month, "Write a month as 2027-01."),
        "state": (_one_of(_STATES), f"Write one of: {', '.join(_STATES)}."),
        "outcome": (_one_of(OUTCOMES), f"Write one of: {', '.join(OUTCOMES)}."),
        "purpose": (_one_of(_PURPOSES), f"Write one of: {', '.join(_PURPOSES)}."),
        "model": (_text, f"Write 1 to {LONGEST_MODEL_ID} characters."),
        "recording": (uuid.UUID, "Write the id of a recording."),
    }
    for name, (read, words) in ways.items():
        if (text := request.query_params.get(name)) is not None:
            try:
                found["recording_id" if name == "recording" else name] = read(text)
            except ValueError:
                wrong.append(Wrong("invalid", words, parameter=name))
    if wrong:
        raise refuse(*wrong)
    return found


def _one_of(known: Any) -> Any:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return read


def _month(text: str) -> datetime.date:
    if not _MONTH.fullmatch(text):
        raise ValueError(text)
    return datetime.date.fromisoformat(f"{text}-01")


def _text(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_MODEL_ID or "\0" in text:
        raise ValueError(text)
    return text
