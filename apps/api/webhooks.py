"""Webhooks: endpoints, what was sent to them, and the key that it is signed with."""

from __future__ import annotations

import uuid
from typing import Any, Final

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
from apps.api.reading import Choice, Strict, Text, Truth
from apps.api.views import Resource
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.webhooks import endpoints, signing
from apps.webhooks.access import deliveries_visible_to, delivery_for, endpoint_for, endpoints_visible_to
from apps.webhooks.addresses import LONGEST
from apps.webhooks.models import Attempt, Delivery, Endpoint, EventType, SigningKey

_EVENTS: Final = [(one.value, one.label) for one in endpoints.WANTED]
_NEW: Final = {"url": "https://hooks.example/specward", "events": ["spec.ready", "spec.failed"]}
_CHANGE: Final = {"enabled": False}


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    """An endpoint. Its whole address is never said again: its path may be a secret."""

    events = serializers.ListField(
        child=serializers.ChoiceField(choices=_EVENTS), help_text="The types of events that it is told of."
    )
    enabled = serializers.SerializerMethodField(help_text="Whether anything is sent there.")
    disabled_why = serializers.ChoiceField(
        choices=[("", "-"), *Endpoint.Disabled.choices], help_text="Why nothing is; else empty."
    )

    class Meta:
        model = Endpoint
        fields = (
            "id", "origin", "description", "events", "enabled", "disabled", "disabled_why", "failing_since", "created",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "origin": {"help_text": "Scheme, host and port of its address."},
            "description": {"help_text": "What somebody wrote about it."},
            "disabled": {"help_text": "Since when it is switched off; null if it is not."},
            "failing_since": {"help_text": "The first failure after the last success; null if there is none."},
            "created": {"help_text": "When it was made."},
        }
        read_only_fields = fields

    @extend_schema_field(serializers.BooleanField())
    def get_enabled(self, endpoint: Endpoint) -> bool:
        return endpoint.disabled is None


class NewEndpointSerializer(Strict):
    """An endpoint to be made."""

    url = Text(max_length=LONGEST, help_text="A whole https address, of a host that the internet reaches.")
    events = serializers.ListField(
        child=Choice(choices=_EVENTS), min_length=1, max_length=len(_EVENTS), help_text="What it is to be told of."
    )
    description = Text(
        required=False, allow_blank=True, max_length=200, validators=[one_line], help_text="What it is for."
    )


class ChangedEndpointSerializer(Strict):
    """What is to be changed of an endpoint: what is not named stays."""

    url = Text(required=False, max_length=LONGEST, help_text="Another address.")
    events = serializers.ListField(
        child=Choice(choices=_EVENTS),
        required=False,
        min_length=1,
        max_length=len(_EVENTS),
        help_text="All that it is to be told of from now on.",
    )
    description = Text(
        required=False, allow_blank=True, max_length=200, validators=[one_line], help_text="What it is for."
    )
    enabled = Truth(required=False, help_text="Switches it on or off; what waits is given up when it is switched off.")


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try."""

    outcome = serializers.ChoiceField(choices=Attempt.Outcome.choices, help_text="How it ended.")

    class Meta:
        model = Attempt
        fields = ("number", "outcome", "status", "milliseconds", "created")
        extra_kwargs = {
            "number": {"help_text": "The first is 1."},
            "status": {"help_text": "The HTTP status; null where there was none."},
            "milliseconds": {"help_text": "How long it took."},
            "created": {"help_text": "When it ended."},
        }
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """A message on its way to an endpoint, or that was."""

    webhook = serializers.UUIDField(source="endpoint_id", help_text="The endpoint.")
    message = serializers.CharField(source="event.message_id", help_text="What the receiver knows it by: `webhook-id`.")
    type = serializers.ChoiceField(source="event.type", choices=EventType.choices, help_text="The event's type.")
    data = serializers.JSONField(  # type: ignore[assignment]  # DRF takes it out of the class
        source="event.data", help_text="Ids of what it is about."
    )
    state = serializers.ChoiceField(choices=Delivery.State.choices, help_text="How far it is.")
    attempts = AttemptSerializer(many=True, help_text="Each try, the first first.")
    next_try = serializers.SerializerMethodField(help_text="When it is tried again; null where it has ended.")

    class Meta:
        model = Delivery
        fields = ("id", "webhook", "message", "type", "data", "state", "attempts", "next_try", "created", "ended")
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "created": {"help_text": "When it was to be sent first."},
            "ended": {"help_text": "When it ended; null while it waits."},
        }
        read_only_fields = fields

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_try(self, delivery: Delivery) -> Any:
        return delivery.next_try if delivery.state == Delivery.State.WAITING else None


class KeySerializer(serializers.ModelSerializer[SigningKey]):
    """The public half of the key that messages are signed with."""

    class Meta:
        model = SigningKey
        fields = ("public", "created")
        extra_kwargs = {
            "public": {"help_text": "`whpk_` and base64 of an Ed25519 public key, as Standard Webhooks writes it."},
            "created": {"help_text": "When it was made."},
        }
        read_only_fields = fields


class Webhooks(Resource):
    """The endpoints of the tenant."""

    resource = "webhooks"
    permissions = {
        "list": Permission.WEBHOOKS_READ,
        "retrieve": Permission.WEBHOOKS_READ,
        "create": Permission.WEBHOOKS_MANAGE,
        "partial_update": Permission.WEBHOOKS_MANAGE,
        "destroy": Permission.WEBHOOKS_MANAGE,
        "test": Permission.WEBHOOKS_MANAGE,
    }
    carries = {"create": Carries(example=_NEW), "partial_update": Carries(example=_CHANGE)}
    queryset = Endpoint.objects.none()
    serializer_class = EndpointSerializer
    lookup_url_kwarg = "webhook_id"

    @extend_schema(operation_id="list_webhooks", summary="List endpoints")
    def list(self, request: Request) -> Response:
        """In the order of their ids."""
        return self.page(endpoints_visible_to(request._request), EndpointSerializer)

    @extend_schema(operation_id="get_webhook", summary="Read an endpoint")
    def retrieve(self, request: Request, webhook_id: str) -> Response:
        """What it is told of, and whether it fails."""
        return _shown(endpoint_for(request._request, webhook_id, Permission.WEBHOOKS_READ))

    @extend_schema(
        operation_id="create_webhook",
        summary="Make an endpoint",
        request=NewEndpointSerializer,
        examples=[OpenApiExample("For both", _NEW, request_only=True)],
        responses={201: EndpointSerializer},
    )
    def create(self, request: Request) -> Response:
        """It is told from now on. Messages are signed: have its receiver verify them with the tenant's key."""
        wanted = self.read(NewEndpointSerializer)
        return self.once(lambda: Response(EndpointSerializer(endpoints.make(**wanted)).data, 201))

    @extend_schema(
        operation_id="change_webhook",
        summary="Change an endpoint",
        request=ChangedEndpointSerializer,
        examples=[OpenApiExample("Switch it off", _CHANGE, request_only=True)],
    )
    def partial_update(self, request: Request, webhook_id: str) -> Response:
        """Switched on again it begins without its failures. Needs `webhooks.read` too."""
        endpoint = endpoint_for(request._request, webhook_id, Permission.WEBHOOKS_MANAGE)
        return _shown(endpoints.change(endpoint, **self.read(ChangedEndpointSerializer)))

    @extend_schema(operation_id="delete_webhook", summary="Take an endpoint away", responses={204: None})
    def destroy(self, request: Request, webhook_id: str) -> Response:
        """Its address is deleted, and what waits is given up. Needs `webhooks.read` too."""
        endpoints.remove(endpoint_for(request._request, webhook_id, Permission.WEBHOOKS_MANAGE))
        return Response(status=204)

    @extend_schema(
        operation_id="test_webhook", summary="Try an endpoint", request=None, responses={201: DeliverySerializer}
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, webhook_id: str) -> Response:
        """Sends it a `webhook.test`. Read the delivery to see how that went. Needs `webhooks.read` too."""

        def act() -> Response:
            endpoint = endpoint_for(request._request, webhook_id, Permission.WEBHOOKS_MANAGE)
            return Response(DeliverySerializer(endpoints.try_out(endpoint)).data, 201)

        return self.once(act)


class Deliveries(Resource):
    """What was sent to endpoints, or is on its way, for 30 days."""

    resource = "webhook-deliveries"
    permissions = {
        "list": Permission.WEBHOOKS_READ,
        "retrieve": Permission.WEBHOOKS_READ,
        "redeliver": Permission.WEBHOOKS_MANAGE,
    }
    carries = {"list": Carries(query={"webhook": "webhook"})}
    filters = frozenset({"webhook", "state"})
    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer
    lookup_url_kwarg = "delivery_id"

    @extend_schema(
        operation_id="list_deliveries",
        summary="List deliveries",
        parameters=[
            OpenApiParameter("webhook", OpenApiTypes.UUID, OpenApiParameter.QUERY, description="To this endpoint."),
            OpenApiParameter(
                "state", OpenApiTypes.STR, OpenApiParameter.QUERY, description="In this state.",
                enum=Delivery.State.values,
            ),
        ],
    )  # fmt: skip
    def list(self, request: Request) -> Response:
        """In the order of their ids."""
        found = deliveries_visible_to(request._request).prefetch_related("attempts")
        asked = request.query_params
        if (state := asked.get("state")) is not None:
            if state not in Delivery.State.values:
                raise refuse(Wrong("invalid", f"Write one of: {', '.join(Delivery.State.values)}.", parameter="state"))
            found = found.filter(state=state)
        if (webhook := asked.get("webhook")) is not None:
            found = found.filter(endpoint=_id(webhook))
        return self.page(found, DeliverySerializer)

    @extend_schema(operation_id="get_delivery", summary="Read a delivery")
    def retrieve(self, request: Request, delivery_id: str) -> Response:
        """With each try. Nothing of what the receiver answered is kept but the status."""
        delivery = delivery_for(request._request, delivery_id, Permission.WEBHOOKS_READ)
        record(Action.ACCESS, delivery)
        return Response(DeliverySerializer(delivery).data)

    @extend_schema(operation_id="redeliver", summary="Send it again", request=None, responses={201: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, delivery_id: str) -> Response:
        """The same message under the same `webhook-id`, at once. Needs `webhooks.read` too."""

        def act() -> Response:
            delivery = delivery_for(request._request, delivery_id, Permission.WEBHOOKS_MANAGE)
            return Response(DeliverySerializer(endpoints.redeliver(delivery)).data, 201)

        return self.once(act)


class SigningKeys(Resource):
    """The key pair that the tenant's messages are signed with."""

    resource = "webhook-key"
    permissions = {"show": Permission.WEBHOOKS_READ, "rotate": Permission.WEBHOOKS_MANAGE}
    queryset = SigningKey.objects.none()
    serializer_class = KeySerializer

    @extend_schema(operation_id="get_webhook_key", summary="Read the public key")
    def show(self, request: Request) -> Response:
        """What receivers verify with. The private half leaves the service never."""
        return Response(KeySerializer(signing.current()).data)

    @extend_schema(
        operation_id="rotate_webhook_key", summary="Change the key", request=None, responses={201: KeySerializer}
    )
    def rotate(self, request: Request) -> Response:
        """The old one signs beside the new one for a day: give receivers the new one meanwhile."""
        return self.once(lambda: Response(KeySerializer(signing.rotate()).data, 201))


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise refuse(Wrong("invalid", "Write the id of an endpoint.", parameter="webhook")) from None


def _shown(endpoint: Endpoint) -> Response:
    return Response(EndpointSerializer(endpoint).data)
