"""A double that fails, in every way by name: as the API says it fails, as models do, and as networks do."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any, Final

from specward.doubles.double import Double
from specward.doubles.reasonable import Reasonable
from specward.doubles.replies import Reply, Wire, as_json, error, message, text_block
from specward.doubles.requests import asked

_NOWHERE: Final = "http://127.0.0.1:9/v1/messages"
_BOMB: Final = 64 * 1024 * 1024
"""Bytes of the body that a few thousand bytes of gzip grow to."""
_LONG: Final = 2 * 1024 * 1024
"""Bytes of an answer that is too long."""
_DEEP: Final = 100_000
_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


class Chaos(StrEnum):
    """The failures. The values are the names on a command line."""

    # A model's
    REFUSAL = "refusal"
    MAX_TOKENS = "max_tokens"
    CONTEXT_EXCEEDED = "context_exceeded"
    PAUSE_TURN = "pause_turn"
    NO_STOP_REASON = "no_stop_reason"
    UNKNOWN_STOP_REASON = "unknown_stop_reason"
    EMPTY_CONTENT = "empty_content"
    EMPTY_TEXT = "empty_text"
    SEVERAL_BLOCKS = "several_blocks"
    THINKING_FIRST = "thinking_first"
    TOOL_USE = "tool_use"
    UNKNOWN_BLOCK = "unknown_block"
    TOO_LONG = "too_long"
    NO_JSON = "no_json"
    CUT_JSON = "cut_json"
    FENCED_JSON = "fenced_json"
    EXTRA_KEYS = "extra_keys"
    DUPLICATE_KEYS = "duplicate_keys"
    NAN = "nan"
    DEEP_ANSWER = "deep_answer"
    HUGE_NUMBER = "huge_number"
    # Of the accounts
    NEGATIVE_USAGE = "negative_usage"
    ABSURD_USAGE = "absurd_usage"
    NO_USAGE = "no_usage"
    # The API's
    BAD_REQUEST = "bad_request"
    UNAUTHORISED = "unauthorised"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    RATE_LIMITED_FOR_LONG = "rate_limited_for_long"
    RATE_LIMITED_BACKWARDS = "rate_limited_backwards"
    BROKEN = "broken"
    OVERLOADED = "overloaded"
    # A network's
    REDIRECT = "redirect"
    HTML = "html"
    NOT_UTF8 = "not_utf8"
    DEEP_BODY = "deep_body"
    WRONG_TYPES = "wrong_types"
    GZIP_BOMB = "gzip_bomb"
    NOT_GZIP = "not_gzip"
    HUGE_LENGTH = "huge_length"
    SHORT_BODY = "short_body"
    ENDLESS_BODY = "endless_body"
    ENDLESS_HEADERS = "endless_headers"
    HANG_BEFORE_HEADERS = "hang_before_headers"
    HANG_IN_BODY = "hang_in_body"
    SLOW_HEADERS = "slow_headers"
    SLOW_BODY = "slow_body"
    RESET = "reset"
    CLOSED = "closed"
    NOT_HTTP = "not_http"


class Chaotic(Double):
    """Fails as ``chaos`` says, each time; ``elsewhere`` is where it redirects to."""

    def __init__(self, chaos: Chaos, *, elsewhere: str = _NOWHERE) -> None:
        super().__init__()
        self.chaos = chaos
        self.elsewhere = elsewhere

    def answer(self, body: dict[str, Any]) -> Reply:
        """The failure. What has to do with the shape of an answer is done to the answer of a reasonable double."""
        if self.chaos in _ERRORS:
            kind, headers = _ERRORS[self.chaos]
            return error(kind, "This double fails by design", *headers)
        if self.chaos in _WIRES:
            return Reply(wire=_WIRES[self.chaos])
        if self.chaos is Chaos.REDIRECT:
            return Reply(307, b"", (("location", self.elsewhere),))
        good = Reasonable().write(asked(body))
        if self.chaos in _TEXTS:
            return as_json(self._message(body, _TEXTS[self.chaos](good)))
        return _BODIES[self.chaos](self._message(body, good))

    def _message(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        return message([text_block(text)], self.usage(body, text), model=body["model"])


# What the API says

_ERRORS: Final[dict[Chaos, tuple[str, tuple[tuple[str, str], ...]]]] = {
    Chaos.BAD_REQUEST: ("invalid_request_error", ()),
    Chaos.UNAUTHORISED: ("authentication_error", ()),
    Chaos.TOO_LARGE: ("request_too_large", ()),
    Chaos.RATE_LIMITED: ("rate_limit_error", ()),
    Chaos.RATE_LIMITED_FOR_LONG: ("rate_limit_error", (("retry-after", "31536000"),)),
    Chaos.RATE_LIMITED_BACKWARDS: ("rate_limit_error", (("retry-after", "-5"), ("x-should-retry", "true"))),
    Chaos.BROKEN: ("api_error", ()),
    Chaos.OVERLOADED: ("overloaded_error", (("x-should-retry", "true"),)),
}


# What stands in the one text of a message

_TEXTS: Final[dict[Chaos, Callable[[str], str]]] = {
    Chaos.EMPTY_TEXT: lambda good: "",
    Chaos.TOO_LONG: lambda good: good[:-1] + " " * _LONG + good[-1:],
    Chaos.NO_JSON: lambda good: "Certainly! Here is what you asked for.",
    Chaos.CUT_JSON: lambda good: good[: len(good) // 2],
    Chaos.FENCED_JSON: lambda good: f"```json\n{good}\n```",
    Chaos.EXTRA_KEYS: lambda good: '{"reasoning": "because", "actions": [], ' + good[1:],
    Chaos.DUPLICATE_KEYS: lambda good: good[:-1] + ', "title": "again", "spec": "again", "steps": []}',
    Chaos.NAN: lambda good: '{"title": NaN, "spec": NaN, "steps": [Infinity], "keep": [-Infinity]}',
    Chaos.DEEP_ANSWER: lambda good: '{"title": ' + "[" * _DEEP + "]" * _DEEP + "}",
    Chaos.HUGE_NUMBER: lambda good: '{"title": ' + "9" * 50_000 + "}",
}


# What the message around it is like


def _changed(change: dict[str, Any]) -> Callable[[dict[str, Any]], Reply]:
    return lambda made: as_json({**made, **change})


def _ended(stop_reason: str | None) -> Callable[[dict[str, Any]], Reply]:
    return _changed({"stop_reason": stop_reason})


def _with_blocks(*before: dict[str, Any]) -> Callable[[dict[str, Any]], Reply]:
    return lambda made: as_json({**made, "content": [*before, *made["content"]]})


def _in_two(made: dict[str, Any]) -> Reply:
    text = made["content"][0]["text"]
    middle = len(text) // 2
    return as_json({**made, "content": [text_block(text[:middle]), text_block(text[middle:])]})


def _cut_off(made: dict[str, Any]) -> Reply:
    text = made["content"][0]["text"]
    return as_json({**made, "content": [text_block(text[: len(text) * 2 // 3])], "stop_reason": "max_tokens"})


def _without_usage(made: dict[str, Any]) -> Reply:
    return as_json({name: value for name, value in made.items() if name != "usage"})


def _wrong_types(made: dict[str, Any]) -> Reply:
    wrong: tuple[Any, ...] = (17, [], {}, None, True, "x", -1.5)
    return as_json({name: wrong[number % len(wrong)] for number, name in enumerate(made)})


def _typed(data: bytes, *headers: tuple[str, str], kind: str = "application/json") -> Reply:
    return Reply(200, data, (("content-type", kind), *headers))


_BEYOND_MEASURE: Final = {"input_tokens": 10**18, "output_tokens": 10**18, "cache_read_input_tokens": 10**18}
_THOUGHT: Final = {"type": "thinking", "thinking": "Let me see.", "signature": "c2lnbmF0dXJl"}
_TOOL: Final = {"type": "tool_use", "id": "toolu_01", "name": "bash", "input": {"command": "id"}}
_BELOW_ZERO: Final = {"input_tokens": -5, "output_tokens": -7, "cache_creation_input_tokens": -1}

_BODIES: Final[dict[Chaos, Callable[[dict[str, Any]], Reply]]] = {
    Chaos.REFUSAL: _changed({"stop_reason": "refusal", "content": [text_block("I can't help with that.")]}),
    Chaos.MAX_TOKENS: _cut_off,
    Chaos.CONTEXT_EXCEEDED: _ended("model_context_window_exceeded"),
    Chaos.PAUSE_TURN: _ended("pause_turn"),
    Chaos.NO_STOP_REASON: _ended(None),
    Chaos.UNKNOWN_STOP_REASON: _ended("tired"),
    Chaos.EMPTY_CONTENT: _changed({"content": []}),
    Chaos.SEVERAL_BLOCKS: _in_two,
    Chaos.THINKING_FIRST: _with_blocks(_THOUGHT),
    Chaos.TOOL_USE: _changed({"content": [_TOOL], "stop_reason": "tool_use"}),
    Chaos.UNKNOWN_BLOCK: _with_blocks({"type": "hologram", "depth": 3}),
    Chaos.NEGATIVE_USAGE: _changed({"usage": _BELOW_ZERO}),
    Chaos.ABSURD_USAGE: _changed({"usage": _BEYOND_MEASURE}),
    Chaos.NO_USAGE: _without_usage,
    Chaos.WRONG_TYPES: _wrong_types,
    Chaos.HTML: lambda made: _typed(b"<!doctype html><title>Sign in to the wireless</title>", kind="text/html"),
    Chaos.NOT_UTF8: lambda made: _typed(json.dumps(made).encode().replace(b"text", b"t\xff\xc3\x28")),
    Chaos.DEEP_BODY: lambda made: _typed(b'{"content":' + b"[" * _DEEP + b"]" * _DEEP + b"}"),
    Chaos.NOT_GZIP: lambda made: _typed(json.dumps(made).encode(), ("content-encoding", "gzip")),
    Chaos.GZIP_BOMB: lambda made: _typed(_bomb(made), ("content-encoding", "gzip")),
    Chaos.HUGE_LENGTH: lambda made: Reply(wire=partial(_promising, json.dumps(made).encode(), 10**18)),
    Chaos.SHORT_BODY: lambda made: Reply(wire=partial(_breaking_off, json.dumps(made).encode())),
}


def _bomb(made: dict[str, Any]) -> bytes:
    whole = json.dumps({**made, "content": [text_block(" " * _BOMB)]}).encode()
    return gzip.compress(whole, 6, mtime=0)


# What a network does


def _promising(body: bytes, length: int, wire: Wire) -> None:
    wire.send(_HEAD + b"content-length: %d\r\n\r\n" % length + body)
    wire.wait()


def _breaking_off(body: bytes, wire: Wire) -> None:
    wire.send(_HEAD + b"content-length: %d\r\n\r\n" % len(body) + body[: len(body) // 2])


def _endless(head: bytes, chunk: bytes, wire: Wire) -> None:
    going = wire.send(head)
    while going:
        going = wire.send(chunk)


def _hanging(head: bytes, wire: Wire) -> None:
    if not head or wire.send(head):
        wire.wait()


def _slowly(head: bytes, rest: bytes, wire: Wire) -> None:
    """One byte a second: each read succeeds, and the whole never comes."""
    if not wire.send(head):
        return
    for byte in rest:
        if wire.wait(1.0) or not wire.send(bytes((byte,))):
            return
    wire.wait()


_CHUNKED: Final = _HEAD + b"transfer-encoding: chunked\r\n\r\n"

_WIRES: Final[dict[Chaos, Callable[[Wire], None]]] = {
    Chaos.ENDLESS_BODY: partial(_endless, _CHUNKED, b"10000\r\n" + b" " * 65_536 + b"\r\n"),
    Chaos.ENDLESS_HEADERS: partial(_endless, _HEAD, b"x-more: " + b"a" * 1_000 + b"\r\n"),
    Chaos.HANG_BEFORE_HEADERS: partial(_hanging, b""),
    Chaos.HANG_IN_BODY: partial(_hanging, _HEAD + b'content-length: 5000\r\n\r\n{"id": "msg'),
    Chaos.SLOW_HEADERS: partial(_slowly, b"", _HEAD + b"content-length: 5000\r\n\r\n"),
    Chaos.SLOW_BODY: partial(_slowly, _HEAD + b"content-length: 5000\r\n\r\n", b" " * 5_000),
    Chaos.RESET: lambda wire: wire.reset(),
    Chaos.CLOSED: lambda wire: None,
    Chaos.NOT_HTTP: lambda wire: _say(b"220 mail.example ESMTP ready\r\n", wire),
}


def _say(data: bytes, wire: Wire) -> None:
    wire.send(data)
