"""The audit log, to be read by other systems."""

from __future__ import annotations

import datetime
import struct
import uuid
from typing import Any, Final

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.permissions import Permission
from apps.api.pages import Pages, Sealed, page_size
from apps.api.problems import Wrong, refuse
from apps.api.reading import Moment
from apps.api.views import Resource
from apps.audit import search
from apps.audit.models import Entry
from apps.audit.reading import note_reading
from apps.audit.vocabulary import Action, ActorKind, Source

_ACTIONS: Final = {action.label: action for action in Action}
_PACKED: Final = struct.Struct(">qq")
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND: Final = datetime.timedelta(microseconds=1)


class EntrySerializer(serializers.ModelSerializer[Entry]):
    """One thing that happened, as it was known then."""

    action = serializers.ChoiceField(choices=list(_ACTIONS), source="get_action_display", help_text="What was done.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # DRF takes it out of the class
        choices=Source.choices, help_text="Who wrote the entry: the database for each write, the application else."
    )
    changes = serializers.JSONField(
        help_text='What a write changed: `{"column": [before, after]}`; of a secret only `{"digest": ...}`.'
    )
    details = serializers.JSONField(source="additional_data", help_text="What belongs to the action beside changes.")
    actor = serializers.UUIDField(source="actor_id", allow_null=True, help_text="The user, also for a token of theirs.")
    actor_kind = serializers.ChoiceField(choices=ActorKind.choices, help_text="What kind of actor it was.")

    class Meta:
        model = Entry
        fields = (
            "id", "timestamp", "action", "source", "narrative", "object_type", "object_pk", "object_repr", "changes",
            "details", "actor_kind", "actor", "actor_name", "actor_email", "actor_token", "request_id", "remote_addr",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id. It is not its position in the log."},
            "object_type": {"help_text": "The kind of object, as app_label.model."},
            "object_pk": {"help_text": "The object's id."},
            "object_repr": {"help_text": "What the object was called."},
            "actor_name": {"help_text": "What the actor was called then."},
            "actor_email": {"help_text": "The actor's address then."},
            "actor_token": {"help_text": "The token that acted; null for a person."},
            "request_id": {"help_text": "The request, as in `X-Request-ID`; null outside of one."},
            "remote_addr": {"help_text": "From where the request came."},
        }
        read_only_fields = fields


class EntryPages(Pages):
    """Newest first. The position is that of :class:`apps.audit.search.Cursor`."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        sealed = Sealed(request, view.resource)
        position = sealed.opened(request.query_params.get("cursor"))
        page = search.page(queryset, None if position is None else _unpacked(position), page_size(request))
        self.next = None if page.next is None else sealed.cursor(_packed(page.next))
        return list(page.entries)


def _packed(cursor: search.Cursor) -> bytes:
    return _PACKED.pack((cursor.timestamp - _EPOCH) // _MICROSECOND, cursor.id)


def _unpacked(position: bytes) -> search.Cursor:
    microseconds, id_ = _PACKED.unpack(position)
    return search.Cursor(_EPOCH + microseconds * _MICROSECOND, id_)


def _filter(name: str, kind: Any, description: str, **given: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description, **given)


_FILTERS: Final = (
    _filter("since", OpenApiTypes.DATETIME, "From this moment on."),
    _filter("until", OpenApiTypes.DATETIME, "Up to this moment, without it."),
    _filter("actor", OpenApiTypes.UUID, "Of this user, or a token of theirs."),
    _filter("token", OpenApiTypes.UUID, "Of this token."),
    _filter("action", OpenApiTypes.STR, "Of this kind.", enum=list(_ACTIONS)),
    _filter("object_type", OpenApiTypes.STR, "About this kind of object, as app_label.model."),
    _filter("object_pk", OpenApiTypes.STR, "About this object. Needs `object_type`."),
    _filter("index", OpenApiTypes.INT64, "At this place of the log, counted from 0."),
    _filter("request_id", OpenApiTypes.UUID, "Of this request."),
)


class Entries(Resource):
    """The audit log of the tenant."""

    resource = "entries"
    permissions = {"list": Permission.AUDIT_READ, "retrieve": Permission.AUDIT_READ}
    filters = frozenset(one.name for one in _FILTERS)
    queryset = Entry.objects.none()
    serializer_class = EntrySerializer
    pagination_class = EntryPages
    lookup_url_kwarg = "entry_id"

    @extend_schema(operation_id="list_audit_entries", summary="Read the audit log", parameters=list(_FILTERS))
    def list(self, request: Request) -> Response:
        """Newest first. What is added meanwhile comes before the first page, and shifts no other."""
        wanted = _wanted(request)
        note_reading()
        return self.page(wanted, EntrySerializer)

    @extend_schema(operation_id="get_audit_entry", summary="Read an entry of the audit log")
    def retrieve(self, request: Request, entry_id: str) -> Response:
        """One entry."""
        entry = entry_of(entry_id)
        note_reading()
        return Response(EntrySerializer(entry).data)


def entry_of(entry_id: str) -> Entry:
    """The entry of an address. Raises Http404."""
    is_id = entry_id.isascii() and entry_id.isdecimal() and len(entry_id) <= 18
    # An id that is no id is asked for as one that nothing has: it costs the same query.
    entry: Entry | None = Entry.objects.filter(pk=int(entry_id) if is_id else -1).order_by().first()
    if entry is None:
        raise Http404
    return entry


def _wanted(request: Request) -> search.Wanted:
    asked = request.query_params
    wrong: list[Wrong] = []

    def read(name: str, how: Any, words: str) -> Any:
        text = asked.get(name)
        if text is None:
            return None
        try:
            return how(text)
        except (ValueError, KeyError, serializers.ValidationError):
            wrong.append(Wrong("invalid", words, parameter=name))
            return None

    moment = Moment().run_validation
    since, until = (read(name, moment, "Write a moment as 2027-01-31T12:00:00Z.") for name in ("since", "until"))
    actor, token, request_id = (read(name, uuid.UUID, "Write a UUID.") for name in ("actor", "token", "request_id"))
    action = read("action", _ACTIONS.__getitem__, f"Write one of: {', '.join(_ACTIONS)}.")
    index = read("index", _place, "Write a whole number from 0 on.")
    kind, key = (
        read(name, _text, "Write 1 to 255 characters, none of them NUL.") for name in ("object_type", "object_pk")
    )
    if asked.get("object_pk") is not None and asked.get("object_type") is None:
        wrong.append(Wrong("required", "An object is found by its type and its key together.", parameter="object_type"))
    if wrong:
        raise refuse(*wrong)
    return search.Wanted(since, until, actor, token, action, kind, key, request_id, index)


def _place(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and len(given) <= 18):
        raise ValueError(given)
    return int(given)


def _text(given: str) -> str:
    if not 1 <= len(given) <= 255 or "\0" in given:
        raise ValueError(given)
    return given
