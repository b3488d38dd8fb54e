"""Giving out the file of an export: streamed from its sealed pieces, whole or one range of it (RFC 9110, 14)."""

from __future__ import annotations

import base64
from typing import Final

from django.http import HttpRequest

from apps.audit.exports import pieces
from apps.audit.exports.errors import NotReady
from apps.audit.exports.models import Export, Format, State
from apps.audit.exports.ranges import Stretch, Unsatisfiable, Wanted
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.tenants.afterwards import Streamed

_IS_HEAD: Final = "HEAD"


def answer(request: HttpRequest, export: Export) -> Streamed | Unsatisfiable:
    """The file, or the range of it that is asked for; the log has its entry before the first byte is sent.

    Whoever asks has been allowed to. Raises :class:`NotReady`. What is unsatisfiable is the caller's to say.
    """
    if export.state != State.READY:
        raise NotReady(State(export.state).label.lower())
    is_head = request.method == _IS_HEAD
    # A range is asked for by GET alone (section 14.2), and HEAD takes nothing out.
    asked = Wanted() if is_head else Wanted(request.headers.get("Range", ""), request.headers.get("If-Range", ""))
    stretch = asked.of(export.bytes, export.etag)
    if isinstance(stretch, Unsatisfiable):
        return stretch
    part = stretch or Stretch(0, export.bytes, export.bytes)
    if not is_head:
        details = {"format": export.format, "first": part.first, "bytes": part.length, "size": export.bytes}
        record(Action.ACCESS, export, details=details, narrative="Downloads an export of the audit log")
    response = Streamed(
        () if is_head else pieces.read(export, part),
        status=206 if stretch is not None else 200,
        content_type=Format(export.format).content_type,
    )
    for name, value in _headers(export, part).items():
        response.headers[name] = value
    if stretch is not None:
        response.headers["Content-Range"] = part.content_range
    return response


def _headers(export: Export, part: Stretch) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(export.digest)).decode()
    return {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{export.file_name}"',
        "Content-Length": str(part.length),
        "ETag": export.etag,
        "Repr-Digest": f"sha-256=:{digest}:",  # RFC 9530: of the whole file, whichever range is given
    }
