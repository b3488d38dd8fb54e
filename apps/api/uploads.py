"""Uploads that can be resumed: a recording is announced, comes in parts, and is received with its last byte."""

from __future__ import annotations

import re
from typing import Any, Final

from django.core.validators import RegexValidator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.objects import own_id
from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.accounts.names import one_line
from apps.api.bodies import OCTETS, announced, pieces
from apps.api.problems import Wrong, refuse
from apps.api.reading import Strict, Text, Whole
from apps.api.recordings import LONGEST_END_USER, RecordingSerializer, as_shown
from apps.api.views import Resource
from apps.audit.requests import actor_of
from apps.recordings import uploads
from apps.recordings.access import upload_for
from apps.recordings.models import Upload
from apps.recordings.receiving import LONGEST_NAME
from apps.tenants.afterwards import Afterwards

OFFSET: Final = "Upload-Offset"
_WHOLE: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_NEW: Final = {"name": "checkout.json", "size": 1_048_576, "end_user": "customer-4711"}


class UploadSerializer(serializers.ModelSerializer[Upload]):
    """An upload, and how far it is."""

    recording = serializers.SerializerMethodField(help_text="What it has become; null before all of it is received.")

    class Meta:
        model = Upload
        fields = ("id", "offset", "size", "expires", "recording")
        extra_kwargs = {
            "id": {"help_text": "Its id."},
            "offset": {"help_text": "Bytes that are here: the next part begins there."},
            "size": {"help_text": "Bytes that were announced."},
            "expires": {"help_text": "When it is cleared away, unless another part comes."},
        }
        read_only_fields = fields

    @extend_schema_field(RecordingSerializer(allow_null=True))
    def get_recording(self, upload: Upload) -> dict[str, Any] | None:
        return None if upload.recording_id is None else as_shown(upload.recording_id)


class NewUploadSerializer(Strict):
    """An upload to be begun."""

    name = Text(
        max_length=LONGEST_NAME, validators=[one_line], help_text="What the recording is called. Nothing follows of it."
    )
    size = Whole(min_value=1, help_text="How many bytes it has, as they are sent.")
    sha256 = Text(
        required=False,
        validators=[RegexValidator(r"\A[0-9A-Fa-f]{64}\Z", "Write 64 hexadecimal digits.")],
        help_text="The SHA-256 of them all, in hexadecimal: other bytes are refused, and so is what is here already.",
    )
    end_user = Text(
        required=False,
        max_length=LONGEST_END_USER,
        trim_whitespace=False,
        help_text="An id of the recorded person, by which they can be forgotten. Only an HMAC of it is kept.",
    )


class Uploads(Resource):
    """Uploads of the tenant. Who began one alone goes on with it."""

    resource = "uploads"
    permissions = {
        "create": Permission.RECORDINGS_UPLOAD,
        "retrieve": Permission.RECORDINGS_UPLOAD,
        "partial_update": Permission.RECORDINGS_UPLOAD,
        "destroy": Permission.RECORDINGS_UPLOAD,
    }
    carries = {"create": Carries(example=_NEW)}
    queryset = Upload.objects.none()
    serializer_class = UploadSerializer
    lookup_url_kwarg = "upload_id"

    @extend_schema(
        operation_id="begin_upload",
        summary="Begin an upload",
        request=NewUploadSerializer,
        examples=[OpenApiExample("A session", _NEW, request_only=True)],
        responses={201: UploadSerializer},
    )
    def create(self, request: Request) -> Response:
        """Announces a recording. What is too large, or is here already, is refused before a byte of it was sent."""
        wanted = self.read(NewUploadSerializer)
        return self.once(
            lambda: Response(UploadSerializer(uploads.begin(by=own_id(request._request), **wanted)).data, 201)
        )

    @extend_schema(operation_id="get_upload", summary="Read how far an upload is")
    def retrieve(self, request: Request, upload_id: str) -> Response:
        """Where to go on after a line that broke, and what the upload has become."""
        return _shown(upload_for(request._request, upload_id))

    @extend_schema(
        operation_id="send_part",
        summary="Send a part of an upload",
        request={OCTETS: OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter(
                OFFSET, {"type": "integer", "minimum": 0}, OpenApiParameter.HEADER, required=True,
                description="Where the part begins: the `offset` of the upload.",
            )
        ],
    )  # fmt: skip
    def partial_update(self, request: Request, upload_id: str) -> Afterwards:
        """The next bytes, best 8 MiB of them. With the last one the recording is received, which is in the answer.

        A part is kept whole or not at all. One that begins elsewhere is answered with the right `offset` (409), and
        nothing of it is kept. What is refused as a recording is gone, with all its parts. A part without a byte, sent
        when all are here, has the receiving tried again.
        """
        asked = request._request
        upload = upload_for(asked, upload_id)
        length = announced(asked)
        offset = _offset(request)
        uploads.refuse_misplaced(upload, offset, length)

        def run() -> Response:
            taken = uploads.take(upload, offset, pieces(asked), length)
            if taken.offset == taken.size and taken.recording_id is None:
                uploads.complete(taken, actor_of(asked))
                taken.refresh_from_db()
            return _shown(taken)

        return self.afterwards(run)

    @extend_schema(operation_id="give_up_upload", summary="Give up an upload", responses={204: None})
    def destroy(self, request: Request, upload_id: str) -> Response:
        """Its parts are deleted. If it has become a recording, that stays."""
        uploads.give_up(upload_for(request._request, upload_id).id)
        return Response(status=204)


def _shown(upload: Upload) -> Response:
    return Response(UploadSerializer(upload).data, headers={OFFSET: str(upload.offset)})


def _offset(request: Request) -> int:
    text = request.headers.get(OFFSET, "")
    if not _WHOLE.fullmatch(text):
        raise refuse(Wrong("invalid", "Write a whole number: where the part begins.", header=OFFSET))
    return int(text)
