"""Evidence: the runs of checks, and a file of them that proves itself."""

from __future__ import annotations

import datetime
import struct
import uuid
from typing import Any, Final

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.permissions import Permission
from apps.api.pages import Pages, Sealed, page_size
from apps.api.postures import OUTCOMES
from apps.api.problems import Wrong, refuse
from apps.api.reading import Moment
from apps.api.views import Resource
from apps.compliance import taking_home
from apps.compliance.access import run_for, runs_visible_to
from apps.compliance.checking import Outcome
from apps.compliance.models import Run

_PACKED: Final = struct.Struct(">q16s")
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_A_MONTH: Final = datetime.timedelta(days=30)
_MICROSECOND: Final = datetime.timedelta(microseconds=1)


def _query(name: str, kind: Any, description: str, **given: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description, **given)


_FILTERS: Final = (
    _query("check", OpenApiTypes.STR, "Of this check."),
    _query("outcome", OpenApiTypes.STR, "With this outcome.", enum=Outcome.values),
    _query("since", OpenApiTypes.DATETIME, "Begun at this moment or later."),
    _query("until", OpenApiTypes.DATETIME, "Begun before this moment."),
)
_DAYS: Final = (
    _query("first", OpenApiTypes.DATE, "The first day, of UTC. Without it, 30 days before the last one."),
    _query("last", OpenApiTypes.DATE, "The last day, which is meant too. Without it, today."),
    _query("control", OpenApiTypes.STR, "Of this control alone."),
)


class RunSerializer(serializers.ModelSerializer[Run]):
    """A check that ran, and what it saw."""

    check_key = serializers.CharField(help_text="Which check.")
    outcome = serializers.ChoiceField(choices=OUTCOMES, help_text="What became of it.")
    evidence = serializers.DictField(help_text="What it saw, as data of its own.")
    by = serializers.ChoiceField(choices=Run.By.choices, help_text="Why it ran.")

    class Meta:
        model = Run
        fields = (
            "id", "check_key", "at", "took_ms", "outcome", "because", "evidence", "by", "code_version", "digest",
            "entry_id",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "at": {"help_text": "When it began."},
            "took_ms": {"help_text": "Milliseconds."},
            "because": {"help_text": "In words; empty where it passed."},
            "code_version": {"help_text": "Which code looked: the release, and a digest of its sources."},
            "digest": {"help_text": "SHA-256 over all of it, as the entry of the log says it."},
            "entry_id": {"help_text": "The entry of the audit log that says so."},
        }
        read_only_fields = fields


class RunPages(Pages):
    """Newest first. The position is a moment and an id."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        size = page_size(request)
        sealed = Sealed(request, view.resource)
        before = sealed.opened(request.query_params.get("cursor"))
        if before is not None:
            microseconds, id = _PACKED.unpack(before)
            at = _EPOCH + microseconds * _MICROSECOND
            queryset = queryset.filter(at__lte=at).exclude(at=at, id__gte=uuid.UUID(bytes=id))
        found: list[Run] = list(queryset.order_by("-at", "-id")[: size + 1])
        last = found[size - 1] if len(found) > size else None
        self.next = None
        if last is not None:
            self.next = sealed.cursor(_PACKED.pack((last.at - _EPOCH) // _MICROSECOND, last.id.bytes))
        return found[:size]


class Runs(Resource):
    """The runs of checks; for an auditor those of their days."""

    resource = "runs"
    permissions = {"list": Permission.COMPLIANCE_READ, "retrieve": Permission.COMPLIANCE_READ}
    filters = frozenset(one.name for one in _FILTERS)
    queryset = Run.objects.none()
    serializer_class = RunSerializer
    pagination_class = RunPages
    lookup_url_kwarg = "run_id"

    @extend_schema(operation_id="list_runs", summary="List runs of checks", parameters=list(_FILTERS))
    def list(self, request: Request) -> Response:
        """Newest first. An auditor sees those of their days alone."""
        return self.page(_filtered(request), RunSerializer)

    @extend_schema(operation_id="get_run", summary="Read a run of a check")
    def retrieve(self, request: Request, run_id: str) -> Response:
        """What it saw, and which entry of the log holds its digest."""
        return Response(RunSerializer(run_for(request._request, run_id, Permission.COMPLIANCE_READ)).data)


class Evidence(Resource):
    """Evidence to take home."""

    resource = "evidence"
    permissions = {"file": Permission.COMPLIANCE_READ}
    parameters = {"file": frozenset(one.name for one in _DAYS)}
    serializer_class = RunSerializer
    pagination_class = None

    @extend_schema(
        operation_id="download_evidence",
        summary="Download evidence",
        parameters=list(_DAYS),
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def file(self, request: Request) -> HttpResponseBase:
        """A ZIP that `specward verify` checks offline: each run, its entry of the log, and the path to a signed
        checkpoint. For an auditor the days that are theirs too. Each download is an entry of the audit log."""
        asked = request.query_params
        last = _day(asked.get("last"), "last") or timezone.now().date()
        first = _day(asked.get("first"), "first") or last - _A_MONTH
        if last < first:
            raise refuse(Wrong("invalid", "The last day lies before the first.", parameter="last"))
        return taking_home.answer(request._request, first, last, asked.get("control"))


def _day(text: str | None, name: str) -> datetime.date | None:
    if text is None:
        return None
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or len(text) != 10 or not 2000 <= day.year < 2200:
        raise refuse(Wrong("invalid", "Write a day as 2027-01-31.", parameter=name))
    return day


def _filtered(request: Request) -> Any:
    asked = request.query_params
    found = runs_visible_to(request._request)
    wrong: list[Wrong] = []
    if (key := asked.get("check")) is not None:
        if not 1 <= len(key) <= 60 or "\0" in key:
            wrong.append(Wrong("invalid", "Write the key of a check.", parameter="check"))
        else:
            found = found.filter(check_key=key)
    if (outcome := asked.get("outcome")) is not None:
        if outcome not in Outcome.values:
            wrong.append(Wrong("invalid", f"Write one of: {', '.join(Outcome.values)}.", parameter="outcome"))
        else:
            found = found.filter(outcome=outcome)
    for name, lookup in (("since", "at__gte"), ("until", "at__lt")):
        if (text := asked.get(name)) is not None:
            try:
                found = found.filter(**{lookup: Moment().run_validation(text)})
            except serializers.ValidationError:
                wrong.append(Wrong("invalid", "Write a moment as 2027-01-31T12:00:00Z.", parameter=name))
    if wrong:
        raise refuse(*wrong)
    return found
