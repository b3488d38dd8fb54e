"""Reports as they were mailed: what stood in them, and what became of each of their mails."""

from __future__ import annotations

from typing import Any, Final

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
from apps.compliance.reports import mailing
from apps.compliance.reports.access import mailing_for, mailings_visible_to, report_for, reports_visible_to
from apps.compliance.reports.models import Mailing, Report

REPORT_STATES: Final = tuple(Report.State.choices)
MAILING_STATES: Final = tuple(Mailing.State.choices)
"""As choices, for the document."""


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report, and how far it is."""

    schedule = serializers.UUIDField(source="schedule_id", help_text="Of which schedule.")
    asked_by = serializers.UUIDField(
        source="asked_by_id", allow_null=True, help_text="The user who asked for it; null where its turn had come."
    )
    state = serializers.ChoiceField(choices=Report.State.choices, help_text="How far it is.")

    class Meta:
        model = Report
        fields = ("id", "schedule", "asked_by", "due", "since", "until", "state", "digest", "composed", "ended")
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "due": {"help_text": "Its turn, or when it was asked for."},
            "since": {"help_text": "The beginning of what it tells of."},
            "until": {"help_text": "The end of what it tells of."},
            "digest": {"help_text": "SHA-256 of what stands in it, in hexadecimal; empty before it is composed."},
            "composed": {"help_text": "When it was composed; null before."},
            "ended": {"help_text": "When nothing more was to be done; null before."},
        }
        read_only_fields = fields


class WholeReportSerializer(ReportSerializer):
    """A report with what stands in it."""

    content = serializers.SerializerMethodField(help_text="All that stands in it; null before it is composed.")

    class Meta:
        model = Report
        fields = (*ReportSerializer.Meta.fields, "content")
        extra_kwargs = ReportSerializer.Meta.extra_kwargs
        read_only_fields = fields

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_content(self, report: Report) -> Any:
        return report.content


class MailingSerializer(serializers.ModelSerializer[Mailing]):
    """A report to one recipient."""

    report = serializers.UUIDField(source="report_id", help_text="Which report.")
    state = serializers.ChoiceField(
        choices=Mailing.State.choices,
        help_text="`unknown`: the mail server was told that it is whole, and no answer was heard.",
    )

    class Meta:
        model = Mailing
        fields = ("id", "report", "to", "state", "tries", "next_try", "error", "ended")
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "to": {"help_text": "The address."},
            "tries": {"help_text": "How often it was tried."},
            "next_try": {"help_text": "Nobody is at it before."},
            "error": {"help_text": "What kind of failure the last one was; empty if none."},
            "ended": {"help_text": "When it was known what became of it; null before."},
        }
        read_only_fields = fields


class Reports(Resource):
    """Reports that were mailed, or are being mailed."""

    resource = "reports"
    permissions = {"list": Permission.REPORTS_READ, "retrieve": Permission.REPORTS_READ}
    queryset = Report.objects.none()
    serializer_class = ReportSerializer
    lookup_url_kwarg = "report_id"

    @extend_schema(operation_id="list_reports", summary="List reports")
    def list(self, request: Request) -> Response:
        """In the order of their ids; an auditor sees those of their days."""
        return self.page(reports_visible_to(request._request), ReportSerializer)

    @extend_schema(operation_id="get_report", summary="Read a report", responses=WholeReportSerializer)
    def retrieve(self, request: Request, report_id: str) -> Response:
        """With all that stands in it."""
        found = report_for(request._request, report_id, Permission.REPORTS_READ)
        record(Action.ACCESS, found)
        return Response(WholeReportSerializer(found).data)


class Mailings(Resource):
    """What became of each mail of a report."""

    resource = "report-mailings"
    permissions = {"list": Permission.REPORTS_READ, "again": Permission.REPORTS_MANAGE}
    carries = {"list": Carries(query={"report": "report"})}
    filters = frozenset({"report"})
    queryset = Mailing.objects.none()
    serializer_class = MailingSerializer
    lookup_url_kwarg = "report_mailing_id"

    @extend_schema(
        operation_id="list_report_mailings",
        summary="List mails of reports",
        parameters=[
            OpenApiParameter("report", OpenApiTypes.UUID, OpenApiParameter.QUERY, description="Of this report.")
        ],
    )
    def list(self, request: Request) -> Response:
        """In the order of their ids."""
        found = mailings_visible_to(request._request)
        if (report := request.query_params.get("report")) is not None:
            try:
                wanted = serializers.UUIDField().to_internal_value(report)
            except serializers.ValidationError:
                raise refuse(Wrong("invalid", "Write the id of a report.", parameter="report")) from None
            found = found.filter(report=wanted)
        return self.page(found, MailingSerializer)

    @extend_schema(
        operation_id="mail_report_again", summary="Mail it again", request=None, responses={202: MailingSerializer}
    )
    @action(detail=True, methods=["post"])
    def again(self, request: Request, report_mailing_id: str) -> Response:
        """One that failed, or of which it is not known whether it arrived: it may then come twice, with the same
        Message-ID. Needs `reports.read` too."""

        def act() -> Response:
            found = mailing_for(request._request, report_mailing_id, Permission.REPORTS_MANAGE)
            mailing.send_again(found)
            found.refresh_from_db()
            return Response(MailingSerializer(found).data, 202)

        return self.once(act)
