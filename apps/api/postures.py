"""Promises, controls and checks, and how they stand."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.permissions import Permission
from apps.access.specimen import Carries, Fixed
from apps.api.reading import Strict, Text
from apps.api.views import Resource
from apps.compliance import accepting, running
from apps.compliance.access import require_now
from apps.compliance.catalogue import catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import Acceptance
from apps.compliance.promises import VERSION, digest
from apps.compliance.standing import CheckStanding, ControlStanding, PromiseStanding, Standing, posture

_READ: Final = Permission.COMPLIANCE_READ
_ACCEPT: Final = {"digest": "0" * 64}
STANDINGS: Final = tuple(Standing.choices)
OUTCOMES: Final = tuple(Outcome.choices)
_SINCE: Final = "Since when; null where it was never looked at."


class CheckSerializer(serializers.Serializer[CheckStanding]):
    """A check, and how it stands."""

    key = serializers.CharField(source="check.key", help_text="Its name, which stays the same.")
    title = serializers.CharField(source="check.title", help_text="A claim that is true when it passes.")
    words = serializers.CharField(source="check.words", help_text="What it looks at.")
    mend = serializers.CharField(source="check.mend", help_text="What to do when it fails.")
    standing = serializers.ChoiceField(choices=STANDINGS, help_text="How it stands; late is not known.")
    since = serializers.DateTimeField(allow_null=True, help_text=_SINCE)
    outcome = serializers.ChoiceField(choices=OUTCOMES, allow_null=True, help_text="What the last run saw.")
    because = serializers.CharField(help_text="What the last run says; empty where it passed.")
    last_at = serializers.DateTimeField(allow_null=True, help_text="When it ran last.")
    due = serializers.DateTimeField(allow_null=True, help_text="When it runs next.")
    exception = serializers.SerializerMethodField(help_text="The exception by which it is accepted; else null.")

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_exception(self, one: CheckStanding) -> str | None:
        return str(one.exempt.id) if one.exempt is not None else None


class ControlSerializer(serializers.Serializer[ControlStanding]):
    """A control, and how its checks stand."""

    key = serializers.CharField(source="control.key", help_text="Its name, which stays the same.")
    title = serializers.CharField(source="control.title", help_text="What is done, in short.")
    words = serializers.CharField(source="control.words", help_text="What is done.")
    serves = serializers.ListField(
        child=serializers.CharField(), source="control.serves", help_text="Promises and threats, by key."
    )
    criteria = serializers.ListField(
        child=serializers.CharField(),
        source="control.criteria",
        help_text="Identifiers of the Trust Services Criteria that it was designed for. No certification.",
    )
    owner = serializers.CharField(source="control.owner.value", help_text="Who mends it.")
    every = serializers.CharField(source="control.every.words", help_text="How often its checks run.")
    checks = serializers.ListField(
        child=serializers.CharField(), source="control.checks", help_text="Its checks, by key."
    )
    standing = serializers.ChoiceField(choices=STANDINGS, help_text="That of the worst of its checks.")
    since = serializers.DateTimeField(allow_null=True, help_text=_SINCE)


class PromiseSerializer(serializers.Serializer[PromiseStanding]):
    """A promise or a threat, and how its controls stand."""

    key = serializers.CharField(source="promise.key", help_text="P1 to P6, or T1 to T6.")
    title = serializers.CharField(source="promise.title", help_text="In short.")
    words = serializers.CharField(source="promise.words", help_text="What is promised, or what somebody wants.")
    how = serializers.SerializerMethodField(help_text="How it is kept, or what stands against it.")
    docs = serializers.ListField(
        child=serializers.CharField(), source="promise.docs", help_text="Where it is told in full."
    )
    controls = serializers.SerializerMethodField(help_text="Its controls, by key.")
    not_yet = serializers.CharField(
        source="promise.not_yet", help_text="Why there is nothing of it to be looked at; empty where there is."
    )
    standing = serializers.ChoiceField(choices=STANDINGS, help_text="That of the worst of its checks.")
    since = serializers.DateTimeField(allow_null=True, help_text=_SINCE)
    last_at = serializers.DateTimeField(allow_null=True, help_text="When anything of it was looked at last.")

    @extend_schema_field(serializers.CharField())
    def get_how(self, one: PromiseStanding) -> str:
        return getattr(one.promise, "how", "") or getattr(one.promise, "answer", "")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_controls(self, one: PromiseStanding) -> list[str]:
        return [control.control.key for control in one.controls]


class AcceptanceSerializer(serializers.ModelSerializer[Acceptance]):
    """That somebody accepted the promises."""

    class Meta:
        model = Acceptance
        fields = ("version", "digest", "at", "by", "by_name", "by_email")
        extra_kwargs = {
            "version": {"help_text": "Of the promises."},
            "digest": {"help_text": "SHA-256 over all that was promised."},
            "at": {"help_text": "When."},
            "by": {"help_text": "The user who did."},
            "by_name": {"help_text": "What they were called then."},
            "by_email": {"help_text": "Their address then."},
        }
        read_only_fields = fields


class PostureSerializer(serializers.Serializer[Any]):
    """How all stands, as of now."""

    at = serializers.DateTimeField(help_text="Now.")
    standing = serializers.ChoiceField(choices=STANDINGS, help_text="That of the worst of all checks.")
    promises = PromiseSerializer(many=True, help_text="The promises.")
    threats = PromiseSerializer(many=True, help_text="The threats.")
    attention = CheckSerializer(many=True, help_text="The checks that somebody has to see to.")
    version = serializers.IntegerField(help_text="Of the promises as they are now.")
    digest = serializers.CharField(help_text="SHA-256 over all that is promised now: what is accepted.")
    accepted = AcceptanceSerializer(allow_null=True, help_text="What was accepted last; null while nothing was.")


class AcceptSerializer(Strict):
    """The promises that were read."""

    digest = Text(max_length=64, help_text="As the posture says it.")


class _All(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True, default=None, help_text="Always null: there are few.")


@extend_schema_serializer(many=False)
class AllPromisesSerializer(_All):
    """All promises and threats."""

    items = PromiseSerializer(many=True, help_text="The promises, then the threats.")


@extend_schema_serializer(many=False)
class AllControlsSerializer(_All):
    """All controls."""

    items = ControlSerializer(many=True, help_text="In the order of the catalogue.")


@extend_schema_serializer(many=False)
class AllChecksSerializer(_All):
    """All checks."""

    items = CheckSerializer(many=True, help_text="In the order of the catalogue.")


def _first(keys: Any) -> Fixed:
    return Fixed(next(iter(keys), "none"))


class Postures(Resource):
    """How all of it stands."""

    resource = "posture"
    permissions = {"show": _READ}
    serializer_class = PostureSerializer

    @extend_schema(operation_id="get_posture", summary="See whether each promise is kept")
    def show(self, request: Request) -> Response:
        """An auditor sees it only while today is one of their days."""
        require_now(request._request)
        now = posture()
        told = {
            "at": now.at, "standing": now.standing, "promises": now.promises, "threats": now.threats,
            "attention": now.attention, "version": VERSION, "digest": digest(), "accepted": now.accepted,
        }  # fmt: skip
        return Response(PostureSerializer(told).data)


class Promises(Resource):
    """What is promised, and what it stands against."""

    resource = "promises"
    permissions = {"list": _READ, "retrieve": _READ, "accept": Permission.COMPLIANCE_ACCEPT}
    carries = {"retrieve": Carries(path={"promise_key": Fixed("P1")}), "accept": Carries(example=_ACCEPT)}
    serializer_class = PromiseSerializer
    pagination_class = None
    lookup_url_kwarg = "promise_key"
    lookup_value_regex = "[^/]+"

    @extend_schema(operation_id="list_promises", summary="List the promises", responses=AllPromisesSerializer)
    def list(self, request: Request) -> Response:
        """The promises, then the threats that they stand against."""
        require_now(request._request)
        now = posture()
        return Response(AllPromisesSerializer({"items": [*now.promises, *now.threats], "next": None}).data)

    @extend_schema(operation_id="get_promise", summary="Read a promise")
    def retrieve(self, request: Request, promise_key: str) -> Response:
        """What it says, and how its controls stand."""
        require_now(request._request)
        found = posture().promise(promise_key)
        if found is None:
            raise Http404
        return Response(PromiseSerializer(found).data)

    @extend_schema(
        operation_id="accept_promises",
        summary="Accept the promises",
        request=AcceptSerializer,
        examples=[OpenApiExample("As they were read", _ACCEPT, request_only=True)],
        responses={201: AcceptanceSerializer},
    )
    @action(detail=False, methods=["post"])
    def accept(self, request: Request) -> Response:
        """For the tenant, by the digest of what was read. They are accepted again when they have changed."""
        given = self.read(AcceptSerializer)["digest"]
        user: Any = request.user
        return self.once(lambda: Response(AcceptanceSerializer(accepting.accept(given, user)).data, 201))


class Controls(Resource):
    """What is done so that the promises are kept."""

    resource = "controls"
    permissions = {"list": _READ, "retrieve": _READ}
    carries = {"retrieve": Carries(path={"control_key": _first(catalogue().controls)})}
    serializer_class = ControlSerializer
    pagination_class = None
    lookup_url_kwarg = "control_key"
    lookup_value_regex = "[^/]+"

    @extend_schema(operation_id="list_controls", summary="List the controls", responses=AllControlsSerializer)
    def list(self, request: Request) -> Response:
        """With the criteria that they were designed for, and how they stand."""
        require_now(request._request)
        return Response(AllControlsSerializer({"items": posture().controls, "next": None}).data)

    @extend_schema(operation_id="get_control", summary="Read a control")
    def retrieve(self, request: Request, control_key: str) -> Response:
        """What is done, by whom, how often, and how it stands."""
        require_now(request._request)
        found = posture().control(control_key)
        if found is None:
            raise Http404
        return Response(ControlSerializer(found).data)


class Checks(Resource):
    """What looks whether it is so."""

    resource = "checks"
    permissions = {"list": _READ, "retrieve": _READ, "run": Permission.COMPLIANCE_MANAGE}
    carries = {
        name: Carries(path={"check_key": _first(catalogue().checks)})
        for name in ("retrieve", "run")
    }  # fmt: skip
    serializer_class = CheckSerializer
    pagination_class = None
    lookup_url_kwarg = "check_key"
    lookup_value_regex = "[^/]+"

    @extend_schema(operation_id="list_checks", summary="List the checks", responses=AllChecksSerializer)
    def list(self, request: Request) -> Response:
        """What each looks at, what it saw last, and what to do when it fails."""
        require_now(request._request)
        return Response(AllChecksSerializer({"items": posture().checks, "next": None}).data)

    @extend_schema(operation_id="get_check", summary="Read a check")
    def retrieve(self, request: Request, check_key: str) -> Response:
        """How it stands. Its runs are listed apart."""
        require_now(request._request)
        return Response(CheckSerializer(_check(check_key)).data)

    @extend_schema(operation_id="run_check", summary="Run a check", request=None, responses={202: CheckSerializer})
    @action(detail=True, methods=["post"])
    def run(self, request: Request, check_key: str) -> Response:
        """A worker runs it soon: read it again until `last_at` has moved. Needs `compliance.read` too."""

        def act() -> Response:
            require_now(request._request)
            found = _check(check_key)
            running.ask(found.check.key)
            return Response(CheckSerializer(found).data, 202)

        return self.once(act)


def _check(key: str) -> CheckStanding:
    found = posture().check(key)
    if found is None:
        raise Http404
    return found
