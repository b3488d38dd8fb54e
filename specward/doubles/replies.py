"""What a double says back: the API's messages and errors, as bytes; or something that is no answer at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

BYTES_A_TOKEN: Final = 4
"""A rough mean over English and JSON; a double counts no better than this."""

_STATUS: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "overloaded_error": 529,
}


class Wire(Protocol):
    """The connection below HTTP, for what a server that keeps the rules would never do."""

    def send(self, data: bytes) -> bool:
        """Whether the other side still takes it."""
        ...

    def wait(self, seconds: float | None = None) -> bool:
        """Until the time is over (``None``: never), the server stops or the other side goes; whether one did."""
        ...

    def reset(self) -> None:
        """Ends the connection with a reset instead of an end."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. Where ``wire`` is given it has the connection to itself, and nothing else is sent."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    wire: Callable[[Wire], None] | None = None


def tokens_of(data: bytes | str) -> int:
    """Tokens of a text, estimated by its bytes; 1 at least."""
    size = len(data.encode("utf-8", "surrogatepass")) if isinstance(data, str) else len(data)
    return max(1, size // BYTES_A_TOKEN)


def text_block(text: str) -> dict[str, Any]:
    """A content block that holds text."""
    return {"type": "text", "text": text}


def message(
    content: Sequence[Mapping[str, Any]], usage: Mapping[str, Any], *, model: str, stop_reason: str = "end_turn"
) -> dict[str, Any]:
    """A message as the API would give it."""
    return {
        "id": "msg_01DoubleOnLoopback",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": list(content),
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": dict(usage),
    }


def as_json(data: Any, status: int = 200, *headers: tuple[str, str]) -> Reply:
    """A reply with a JSON body; lone surrogates and NaN go out as Python writes them."""
    return Reply(status, json.dumps(data).encode(), (("content-type", "application/json"), *headers))


def error(kind: str, words: str, *headers: tuple[str, str]) -> Reply:
    """The API's error of a kind (``rate_limit_error``, ...) with the status that goes with it."""
    told = {"type": "error", "error": {"type": kind, "message": words}, "request_id": "req_01DoubleOnLoopback"}
    return as_json(told, _STATUS[kind], *headers)
