"""What all doubles are: something that answers requests, and remembers them for a test."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from typing import Any, Final

from specward.doubles.replies import Reply, as_json, message, text_block, tokens_of
from specward.doubles.requests import Asked, asked, prefix_to_marker, refusal

MOST_KEPT: Final = 512
"""Requests that are remembered; of more only how many there were."""


class Double:
    """A stand-in for a model. A character says what it answers in :meth:`answer`, or only :meth:`write`."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        """The bodies of the last requests, also of refused ones, as they came."""
        self.headers: list[dict[str, str]] = []
        """Their headers, names in small letters."""
        self.asked = 0
        """How many requests came in all."""
        self._cached: set[bytes] = set()
        self._lock = threading.Lock()

    def respond(self, headers: Mapping[str, str], raw: bytes) -> Reply:
        """One request's reply; what the API would refuse is refused alike by every double."""
        with self._lock:
            self.asked += 1
            self.requests.append(raw)
            self.headers.append(dict(headers))
            del self.requests[:-MOST_KEPT], self.headers[:-MOST_KEPT]
        checked = refusal(headers, raw)
        return checked if isinstance(checked, Reply) else self.answer(checked)

    def answer(self, body: dict[str, Any]) -> Reply:
        """The reply to a request that the API would take."""
        return self.said(body, self.write(asked(body)))

    def write(self, request: Asked) -> str:
        """The text that a model would write: JSON in the shape that was asked for, as far as the character keeps it."""
        raise NotImplementedError

    def said(self, body: dict[str, Any], text: str) -> Reply:
        """A message with one text, cut at ``max_tokens`` as a model is."""
        most = body["max_tokens"]
        stop = "end_turn"
        if tokens_of(text) > most:
            text, stop = text[:most], "max_tokens"
        usage = self.usage(body, text)
        return as_json(message([text_block(text)] if text else [], usage, model=body["model"], stop_reason=stop))

    def usage(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        """What the call took. A marked prefix is written to the cache at first, and read from it after that; the real
        cache also has a least size, by model."""
        prefix = prefix_to_marker(body)
        whole = tokens_of(repr(body))
        kept = min(tokens_of(prefix), whole - 1) if prefix else 0
        digest = hashlib.sha256(prefix).digest()
        with self._lock:
            known = digest in self._cached
            self._cached.add(digest)
        return {
            "input_tokens": whole - kept,
            "output_tokens": tokens_of(text),
            "cache_creation_input_tokens": 0 if known else kept,
            "cache_read_input_tokens": kept if known else 0,
            "service_tier": "standard",
        }
