"""When reports come, and to whom: schedules, recipients, and the picture on them."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.accounts.models import Role
from apps.accounts.names import one_line
from apps.api.problems import Wrong, refuse
from apps.api.reading import Choice, LargeJson, Strict, Text, Truth, Whole
from apps.api.reports import ReportSerializer
from apps.api.views import Resource
from apps.compliance.reports import logo, recipients, scheduling
from apps.compliance.reports.access import (
    recipient_for,
    recipients_visible_to,
    schedule_for,
    schedules_visible_to,
)
from apps.compliance.reports.models import Letterhead, Recipient, Schedule

_READ: Final = Permission.REPORTS_READ
_MANAGE: Final = Permission.REPORTS_MANAGE
_NEW: Final = {
    "name": "For the board", "every": "week", "weekday": 0, "hour": 8, "zone": "Europe/Berlin",
    "roles": ["owner", "compliance_officer"],
}  # fmt: skip
_CHANGE: Final = {"hour": 9}
_DOT: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
_WEEKDAY: Final = "Of a weekly one: 0 is Monday; else null."
_DAY: Final = "Of a monthly one: 1 to 31, the last day where the month is shorter; else null."


class ScheduleSerializer(serializers.ModelSerializer[Schedule]):
    """A report that comes again and again."""

    every = serializers.ChoiceField(choices=Schedule.Every.choices, help_text="How often it comes.")
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=Role.choices), help_text="Whose people get it, by their role."
    )

    class Meta:
        model = Schedule
        fields = (
            "id", "name", "every", "weekday", "day", "hour", "zone", "roles", "with_pdf", "enabled", "next_due",
            "covered", "created",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "name": {"help_text": "What it is called, also in its mails."},
            "weekday": {"help_text": _WEEKDAY},
            "day": {"help_text": _DAY},
            "hour": {"help_text": "On the clocks of its zone."},
            "zone": {"help_text": "IANA time zone."},
            "with_pdf": {"help_text": "Whether a PDF/A comes with it."},
            "enabled": {"help_text": "Whether it comes."},
            "next_due": {"help_text": "When the next one begins."},
            "covered": {"help_text": "What was before stands in an earlier report."},
            "created": {"help_text": "When it was made."},
        }
        read_only_fields = fields


class _Written(Strict):
    """What both have that make and change a schedule."""

    weekday = Whole(required=False, allow_null=True, min_value=0, max_value=6, help_text=_WEEKDAY)
    day = Whole(required=False, allow_null=True, min_value=1, max_value=31, help_text=_DAY)
    with_pdf = Truth(required=False, help_text="Whether a PDF/A comes with it.")


class NewScheduleSerializer(_Written):
    """A schedule to be made."""

    name = Text(max_length=scheduling.LONGEST_NAME, validators=[one_line], help_text="What it is called.")
    every = Choice(choices=Schedule.Every.choices, help_text="How often it comes.")
    hour = Whole(min_value=0, max_value=23, help_text="On the clocks of the zone.")
    zone = Text(max_length=64, help_text="IANA time zone, such as `Europe/Berlin`.")
    roles = serializers.ListField(
        child=Choice(choices=Role.choices), max_length=len(Role), help_text="Whose people get it; none: nobody's."
    )


class ChangedScheduleSerializer(_Written):
    """What is to be changed of a schedule: what is not named stays."""

    name = Text(required=False, max_length=scheduling.LONGEST_NAME, validators=[one_line], help_text="Another name.")
    every = Choice(
        required=False, choices=Schedule.Every.choices, help_text="How often it comes; give its day with it."
    )
    hour = Whole(required=False, min_value=0, max_value=23, help_text="Another hour.")
    zone = Text(required=False, max_length=64, help_text="Another IANA time zone.")
    roles = serializers.ListField(
        required=False, child=Choice(choices=Role.choices), max_length=len(Role), help_text="Other roles."
    )
    enabled = Truth(required=False, help_text="Switches it on or off. It does not make up for what it missed.")


class RecipientSerializer(serializers.ModelSerializer[Recipient]):
    """An address that gets the reports of a schedule, by itself or for its role."""

    schedule = serializers.UUIDField(source="schedule_id", help_text="Of which schedule.")
    state = serializers.ChoiceField(
        choices=["asked", "confirmed", "unsubscribed"], help_text="`asked` gets nothing before it says yes."
    )
    by_role = serializers.SerializerMethodField(help_text="Whether it is of a person who gets it by their role.")

    class Meta:
        model = Recipient
        fields = ("id", "schedule", "email", "state", "by_role", "confirmed", "unsubscribed", "created")
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "email": {"help_text": "The address."},
            "confirmed": {"help_text": "When it said yes; null if it has not."},
            "unsubscribed": {"help_text": "When it said no more; null if it has not."},
            "created": {"help_text": "When it was added, or first mailed."},
        }
        read_only_fields = fields

    @extend_schema_field(serializers.BooleanField())
    def get_by_role(self, recipient: Recipient) -> bool:
        return recipient.user_id is not None


class NewRecipientSerializer(Strict):
    """An address to be asked."""

    schedule = serializers.UUIDField(help_text="Of which schedule.")
    email = Text(max_length=254, help_text="The address. It is asked by mail, and gets nothing before it says yes.")


class LetterheadSerializer(serializers.Serializer[Any]):
    """The picture on reports."""

    width = serializers.IntegerField(allow_null=True, help_text="Pixels; null where there is none.")
    height = serializers.IntegerField(allow_null=True, help_text="Pixels; null where there is none.")
    since = serializers.DateTimeField(allow_null=True, help_text="When it was put there; null where there is none.")


class NewLetterheadSerializer(Strict):
    """A picture to be put on reports."""

    # No length here: whoever sends more is refused by the size of the body, or by what the picture is.
    png = Text(help_text="A PNG in base64, 256 KiB at most.")


class Schedules(Resource):
    """Reports that come again and again."""

    resource = "report-schedules"
    permissions = {
        "list": _READ,
        "retrieve": _READ,
        "create": _MANAGE,
        "partial_update": _MANAGE,
        "destroy": _MANAGE,
        "send": _MANAGE,
    }
    carries = {"create": Carries(example=_NEW), "partial_update": Carries(example=_CHANGE)}
    queryset = Schedule.objects.none()
    serializer_class = ScheduleSerializer
    lookup_url_kwarg = "report_schedule_id"

    @extend_schema(operation_id="list_report_schedules", summary="List schedules of reports")
    def list(self, request: Request) -> Response:
        """In the order of their ids."""
        return self.page(schedules_visible_to(request._request), ScheduleSerializer)

    @extend_schema(operation_id="get_report_schedule", summary="Read a schedule of reports")
    def retrieve(self, request: Request, report_schedule_id: str) -> Response:
        """When its next report comes, and of what that will tell."""
        return _shown(schedule_for(request._request, report_schedule_id, _READ))

    @extend_schema(
        operation_id="create_report_schedule",
        summary="Make a schedule of reports",
        request=NewScheduleSerializer,
        examples=[OpenApiExample("Monday mornings", _NEW, request_only=True)],
        responses={201: ScheduleSerializer},
    )
    def create(self, request: Request) -> Response:
        """Its first report comes at its next turn, and tells of the week or month before it."""
        wanted = self.read(NewScheduleSerializer)
        return self.once(lambda: Response(ScheduleSerializer(scheduling.make(**wanted)).data, 201))

    @extend_schema(
        operation_id="change_report_schedule",
        summary="Change a schedule of reports",
        request=ChangedScheduleSerializer,
        examples=[OpenApiExample("An hour later", _CHANGE, request_only=True)],
    )
    def partial_update(self, request: Request, report_schedule_id: str) -> Response:
        """Its next turn is the first from now on. Needs `reports.read` too."""
        found = schedule_for(request._request, report_schedule_id, _MANAGE)
        return _shown(scheduling.change(found, **self.read(ChangedScheduleSerializer)))

    @extend_schema(operation_id="delete_report_schedule", summary="Take a schedule away", responses={204: None})
    def destroy(self, request: Request, report_schedule_id: str) -> Response:
        """No report of it comes any more; those that were mailed stay. Needs `reports.read` too."""
        scheduling.remove(schedule_for(request._request, report_schedule_id, _MANAGE))
        return Response(status=204)

    @extend_schema(
        operation_id="send_report", summary="Send a report now", request=None, responses={202: ReportSerializer}
    )
    @action(detail=True, methods=["post"])
    def send(self, request: Request, report_schedule_id: str) -> Response:
        """Out of turn, of the time since the last one; read the report to see how far it is. Needs `reports.read`."""

        def act() -> Response:
            user: Any = request.user
            found = schedule_for(request._request, report_schedule_id, _MANAGE)
            return Response(ReportSerializer(scheduling.send_now(found, user)).data, 202)

        return self.once(act)


class Recipients(Resource):
    """Who gets reports."""

    resource = "report-recipients"
    permissions = {"list": _READ, "retrieve": _READ, "create": _MANAGE, "destroy": _MANAGE, "ask": _MANAGE}
    carries = {
        "list": Carries(query={"schedule": "report_schedule"}),
        "create": Carries(example={"email": "dora@acme.example"}, body={"schedule": "report_schedule"}),
    }
    filters = frozenset({"schedule"})
    queryset = Recipient.objects.none()
    serializer_class = RecipientSerializer
    lookup_url_kwarg = "report_recipient_id"

    @extend_schema(
        operation_id="list_report_recipients",
        summary="List recipients of reports",
        parameters=[
            OpenApiParameter("schedule", OpenApiTypes.UUID, OpenApiParameter.QUERY, description="Of this schedule.")
        ],
    )
    def list(self, request: Request) -> Response:
        """In the order of their ids. Who gets it by role is there from their first report on."""
        found = recipients_visible_to(request._request)
        if (schedule := request.query_params.get("schedule")) is not None:
            try:
                wanted = serializers.UUIDField().to_internal_value(schedule)
            except serializers.ValidationError:
                raise refuse(Wrong("invalid", "Write the id of a schedule.", parameter="schedule")) from None
            found = found.filter(schedule=wanted)
        return self.page(found, RecipientSerializer)

    @extend_schema(operation_id="get_report_recipient", summary="Read a recipient of reports")
    def retrieve(self, request: Request, report_recipient_id: str) -> Response:
        """Whether they have said yes, or no more."""
        found = recipient_for(request._request, report_recipient_id, _READ)
        return Response(RecipientSerializer(found).data)

    @extend_schema(
        operation_id="create_report_recipient",
        summary="Add a recipient of reports",
        request=NewRecipientSerializer,
        responses={201: RecipientSerializer},
    )
    def create(self, request: Request) -> Response:
        """It is asked by mail, and gets nothing before it says yes. Needs `reports.read` too."""
        given = self.read(NewRecipientSerializer)

        def act() -> Response:
            found = schedule_for(request._request, given["schedule"], _MANAGE)
            return Response(RecipientSerializer(recipients.add(found, given["email"])).data, 201)

        return self.once(act)

    @extend_schema(operation_id="delete_report_recipient", summary="Take a recipient away", responses={204: None})
    def destroy(self, request: Request, report_recipient_id: str) -> Response:
        """Somebody who has a role of the schedule is there again with its next report. Needs `reports.read` too."""
        recipients.remove(recipient_for(request._request, report_recipient_id, _MANAGE))
        return Response(status=204)

    @extend_schema(
        operation_id="ask_report_recipient", summary="Ask again", request=None, responses={202: RecipientSerializer}
    )
    @action(detail=True, methods=["post"])
    def ask(self, request: Request, report_recipient_id: str) -> Response:
        """Another mail with another link, for who has not answered. Needs `reports.read` too."""

        def act() -> Response:
            found = recipient_for(request._request, report_recipient_id, _MANAGE)
            recipients.ask_again(found)
            return Response(RecipientSerializer(found).data, 202)

        return self.once(act)


class Letterheads(Resource):
    """The tenant's picture on its reports."""

    resource = "report-letterhead"
    permissions = {"show": _READ, "put": _MANAGE, "drop": _MANAGE}
    carries = {"put": Carries(example={"png": _DOT})}
    parser_classes = [LargeJson]
    queryset = Letterhead.objects.none()
    serializer_class = LetterheadSerializer

    @extend_schema(operation_id="get_letterhead", summary="Read about the picture on reports")
    def show(self, request: Request) -> Response:
        """Its size, and since when it is there."""
        return Response(LetterheadSerializer(_picture()).data)

    @extend_schema(operation_id="set_letterhead", summary="Put a picture on reports", request=NewLetterheadSerializer)
    def put(self, request: Request) -> Response:
        """Its pixels are kept and packed anew; nothing else of the file is."""
        given = self.read(NewLetterheadSerializer)
        try:
            png = base64.b64decode(given["png"], validate=True)
        except (binascii.Error, ValueError):
            raise refuse(Wrong("invalid", "Write base64.", pointer="#/png")) from None
        logo.keep(png)
        return Response(LetterheadSerializer(_picture()).data)

    @extend_schema(operation_id="delete_letterhead", summary="Take the picture off reports", responses={204: None})
    def drop(self, request: Request) -> Response:
        """Reports have none from now on."""
        logo.drop()
        return Response(status=204)


def _picture() -> dict[str, Any]:
    kept = Letterhead.objects.defer("png").first()
    return {name: getattr(kept, name, None) for name in ("width", "height", "since")}


def _shown(schedule: Schedule) -> Response:
    return Response(ScheduleSerializer(schedule).data)
