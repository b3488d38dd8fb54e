"""The audit log as a transparency log: its state, its signed checkpoints, proofs of entries, and its keys."""

from __future__ import annotations

import base64
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.permissions import Permission
from apps.api.entries import entry_of
from apps.api.pages import Pages, Sealed, page_size
from apps.api.problems import Problem, Refused
from apps.api.views import Resource
from apps.audit.log_keys import Reign, ask_for_another, reigns
from apps.audit.models import Checkpoint
from apps.audit.placing import has_work
from apps.audit.proving import prove
from apps.audit.reading import note_reading

_NOT_YET: Final = Problem(
    409,
    "not-signed-yet",
    "The entry waits for its place, or for the checkpoint that covers it: normally for less than a second. Ask again.",
    headers={"Retry-After": "1"},
)


class LogKeySerializer(serializers.Serializer[Reign]):
    """A key that signs the log, or signed it."""

    key = serializers.CharField(
        help_text="The key as c2sp.org/signed-note writes it. `specward verify --key` takes it."
    )
    since = serializers.IntegerField(
        allow_null=True,
        help_text="The index of the entry by which it took over; 0 for the first; null until that is placed.",
    )


class CheckpointSerializer(serializers.ModelSerializer[Checkpoint]):
    """A signed head of the log. Keep one somewhere else: with it nobody can rewrite unseen what it covers."""

    root = serializers.SerializerMethodField(  # type: ignore[assignment]  # DRF takes it out of the class
        help_text="The root of the Merkle tree (RFC 9162), in base64."
    )

    class Meta:
        model = Checkpoint
        fields = ("size", "root", "signed", "entries", "waited", "note")
        extra_kwargs = {
            "size": {"help_text": "How many entries it covers."},
            "signed": {"help_text": "When it was signed."},
            "entries": {"help_text": "How many of them are new since the one before."},
            "waited": {"help_text": "Milliseconds that the entry which waited longest had been committed."},
            "note": {"help_text": "The whole of it: c2sp.org/tlog-checkpoint, signed."},
        }
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.STR)
    def get_root(self, checkpoint: Checkpoint) -> str:
        return base64.b64encode(bytes(checkpoint.root)).decode()


class LogSerializer(serializers.Serializer[Any]):
    """The log as it stands."""

    origin = serializers.CharField(allow_null=True, help_text="Its name, as in its checkpoints; null before the first.")
    keys = LogKeySerializer(many=True, help_text="Its keys, the first one first.")
    newest = CheckpointSerializer(allow_null=True, help_text="The newest checkpoint.")
    waiting = serializers.BooleanField(
        help_text="Whether entries wait for their place: normally for less than a second."
    )


class EntryProofSerializer(serializers.Serializer[Any]):
    """Everything that proves an entry, offline, with nothing but the log's key."""

    index = serializers.IntegerField(help_text="Its position in the log, from 0.")
    size = serializers.IntegerField(help_text="How many entries the checkpoint in the proof covers.")
    content = serializers.CharField(
        help_text="The bytes that were hashed: canonical JSON. Do not parse and print it again."
    )
    salt = serializers.CharField(help_text="16 bytes in hexadecimal.")
    leaf = serializers.CharField(help_text="The leaf hash, in hexadecimal.")
    key = serializers.CharField(help_text="The key that signed the checkpoint.")
    proof = serializers.CharField(help_text="c2sp.org/tlog-proof: the path and the checkpoint.")


class CheckpointPages(Pages):
    """Newest first: the largest. The position is a size."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        size = page_size(request)
        sealed = Sealed(request, view.resource)
        before = sealed.opened(request.query_params.get("cursor"))
        if before is not None:
            queryset = queryset.filter(size__lt=int.from_bytes(before, "big"))
        found: list[Any] = list(queryset.order_by("-size")[: size + 1])
        self.next = sealed.cursor(found[size - 1].size.to_bytes(8, "big")) if len(found) > size else None
        return found[:size]


class Log(Resource):
    """The audit log of the tenant, as a whole."""

    resource = "log"
    permissions = {
        "show": Permission.AUDIT_READ,
        "rotate": Permission.AUDIT_MANAGE,
    }
    serializer_class = LogSerializer

    @extend_schema(operation_id="get_audit_log", summary="See how far the audit log is signed", responses=LogSerializer)
    def show(self, request: Request) -> Response:
        """Its name, its keys, and its newest checkpoint."""
        return Response(_log())

    @extend_schema(
        operation_id="rotate_audit_key", summary="Give the audit log a new key", request=None,
        responses={202: LogSerializer},
    )  # fmt: skip
    def rotate(self, request: Request) -> Response:
        """A new key takes over within a second or so, with an entry that says so: then it is among the log's keys. The
        first checkpoint that covers that entry is signed by both."""

        def act() -> Response:
            ask_for_another()
            return Response(_log(), status=202)

        return self.once(act)


def _log() -> dict[str, Any]:
    found = reigns()
    told = {
        "origin": found[0].key.name if found else None,
        "keys": found,
        "newest": Checkpoint.objects.first(),
        "waiting": has_work()[0],
    }
    return dict(LogSerializer(told).data)


class Checkpoints(Resource):
    """The signed heads of the log."""

    resource = "checkpoints"
    permissions = {"list": Permission.AUDIT_READ}
    queryset = Checkpoint.objects.none()
    serializer_class = CheckpointSerializer
    pagination_class = CheckpointPages

    @extend_schema(operation_id="list_checkpoints", summary="List the checkpoints of the audit log")
    def list(self, request: Request) -> Response:
        """Newest first."""
        return self.page(Checkpoint.objects.all(), CheckpointSerializer)


class EntryProofs(Resource):
    """Proofs of single entries."""

    resource = "proofs"
    permissions = {"show": Permission.AUDIT_READ}
    serializer_class = EntryProofSerializer
    lookup_url_kwarg = "entry_id"

    @extend_schema(operation_id="prove_audit_entry", summary="Prove an entry of the audit log")
    def show(self, request: Request, entry_id: str) -> Response:
        """`not-signed-yet` until a checkpoint covers the entry, which is normally within a second."""
        entry = entry_of(entry_id)
        note_reading()
        proven = prove(entry.pk)
        if proven is None:
            raise Refused(_NOT_YET)
        return Response(
            EntryProofSerializer(
                {
                    "index": proven.placed.index,
                    "size": proven.size,
                    "content": proven.placed.content.decode(),
                    "salt": proven.placed.salt.hex(),
                    "leaf": proven.placed.hash.hex(),
                    "key": str(proven.reign.key),
                    "proof": bytes(proven.proof).decode(),
                }
            ).data
        )
