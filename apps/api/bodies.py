"""Reading a body that is not JSON: as it comes, so many bytes as were announced, and within a time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from apps.api.problems import OF_STATUS, Problem, Refused

OCTETS: Final = "application/octet-stream"
_PIECE: Final = 64 * 1024
_DIGITS: Final = 18


def announced(request: HttpRequest) -> int:
    """The length of the body; 0 where there is none. Raises :class:`Refused`: 411 for a body that comes without its
    length, which Django takes for empty, 415 for one that is no octets."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    is_length = length.isascii() and length.isdecimal() and len(length) <= _DIGITS
    if "HTTP_TRANSFER_ENCODING" in request.META or not is_length:
        raise Refused(OF_STATUS[411])
    if int(length) and request.content_type != OCTETS:
        raise Refused(Problem(415, "unsupported-media-type", f"Send a part as `Content-Type: {OCTETS}`."))
    return int(length)


def pieces(request: HttpRequest) -> Iterator[bytes]:
    """The body as it comes. It ends early where the line breaks, or after ``UPLOAD_PART_SECONDS``."""
    with _within(settings.UPLOAD_PART_SECONDS, request):
        try:
            while piece := request.read(_PIECE):
                yield piece
        except UnreadablePostError:
            return  # whoever counts the bytes sees that some are missing


@contextmanager
def _within(seconds: float, request: HttpRequest) -> Iterator[None]:
    """Ends the reading after a time, where the server shows its socket (gunicorn does). Otherwise whoever sends a byte
    now and then would keep a thread for ever. Where gunicorn does TLS itself, the line ends without an answer then."""
    line: socket.socket | None = request.META.get("gunicorn.socket")
    if line is None:
        yield
        return
    timer = threading.Timer(seconds, _end_reading, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end_reading(line: socket.socket) -> None:
    try:
        # Of the socket below TLS: after that of SSLSocket the answer would go out in plain.
        socket.socket.shutdown(line, socket.SHUT_RD)
    except OSError:
        return  # it is closed already
