"""What a request must have, as the API checks it, and what a double reads out of one.

The rules are those of the Messages API as of version 2026-10-21: a field that it does not know is refused, so is a
schema with a keyword that structured output does not support.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from specward.doubles.replies import Reply, error

MOST_BYTES: Final = 32 * 1024 * 1024
"""The API's limit for a request."""

_VERSION: Final = re.compile(r"20\d\d-\d\d-\d\d")
_MODEL: Final = re.compile(r"(?:[a-z]{2,6}\.)?(?:anthropic\.)?claude-[a-z0-9@.:-]{1,80}")
_FIELDS: Final = frozenset(
    {"model", "max_tokens", "system", "messages", "output_config", "inference_geo", "metadata", "service_tier",
     "stream", "stop_sequences", "thinking", "tools", "tool_choice", "container"}
)  # fmt: skip
_USUAL: Final = {
    "click": "button",
    "fill": "textbox",
    "select_option": "combobox",
    "check": "checkbox",
    "uncheck": "checkbox",
}
_MOST_MARKERS: Final = 4
_UNSUPPORTED: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems",
     "uniqueItems", "minProperties", "maxProperties", "patternProperties"}
)  # fmt: skip


def refusal(headers: Mapping[str, str], raw: bytes) -> Reply | dict[str, Any]:
    """The API's refusal of a request, or its body where there is nothing to refuse. ``headers`` have small names."""
    if not _VERSION.fullmatch(headers.get("anthropic-version", "")):
        return error("invalid_request_error", "anthropic-version: header is required")
    bearer = headers.get("authorization", "").removeprefix("Bearer").strip()
    if not bearer and not headers.get("x-api-key", "").strip():
        return error("authentication_error", "x-api-key header is required")
    if len(raw) > MOST_BYTES:
        return error("request_too_large", "Request exceeds the maximum size")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return error("invalid_request_error", "The request body is not valid JSON")
    if not isinstance(body, dict):
        return error("invalid_request_error", "The request body is not a JSON object")
    model = body.get("model")
    if isinstance(model, str) and model and not _MODEL.fullmatch(model):
        return error("not_found_error", f"model: {model[:80]}")
    fault = next(_faults(body), None)
    return body if fault is None else error("invalid_request_error", fault)


def _faults(body: dict[str, Any]) -> Iterator[str]:
    for name in body.keys() - _FIELDS:
        yield f"{name}: Extra inputs are not permitted"
    if not isinstance(body.get("model"), str) or not body["model"]:
        yield "model: Field required"
    if type(body.get("max_tokens")) is not int or body["max_tokens"] < 1:
        yield "max_tokens: Input should be greater than or equal to 1"
    if body.get("stream"):
        yield "stream: this double does not stream"
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "messages: at least one message is required"
        return
    for index, one in enumerate(messages):
        yield from _faults_of_message(f"messages.{index}", one)
    if messages[0].get("role") != "user":
        yield "messages: first message must use the user role"
    if messages[-1].get("role") != "user":
        yield "messages: the model does not go on with an answer that was begun"
    system = body.get("system", "")
    if not isinstance(system, str):
        yield from _faults_of_blocks("system", system, ("text",))
    if sum(1 for _ in _markers(body)) > _MOST_MARKERS:
        yield f"A maximum of {_MOST_MARKERS} blocks with cache_control may be provided"
    yield from _faults_of_output(body.get("output_config"))


def _faults_of_message(place: str, one: Any) -> Iterator[str]:
    if not isinstance(one, dict) or one.keys() != {"role", "content"} or one["role"] not in ("user", "assistant"):
        yield f"{place}: Input should be a message with a role and content"
        return
    if isinstance(one["content"], str):
        if not one["content"].strip():
            yield f"{place}.content: text content blocks must contain non-whitespace text"
        return
    kinds = ("text", "document") if one["role"] == "user" else ("text",)
    yield from _faults_of_blocks(f"{place}.content", one["content"], kinds)


def _faults_of_blocks(place: str, blocks: Any, kinds: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(blocks, list) or not blocks:
        yield f"{place}: Input should be a list of content blocks"
        return
    for index, block in enumerate(blocks):
        here = f"{place}.{index}"
        if not isinstance(block, dict) or block.get("type") not in kinds:
            yield f"{here}: Input tag does not match any of the expected tags: {', '.join(kinds)}"
        elif block["type"] == "text":
            if not isinstance(block.get("text"), str) or not block["text"].strip():
                yield f"{here}.text: text content blocks must contain non-whitespace text"
            if extra := block.keys() - {"type", "text", "cache_control", "citations"}:
                yield f"{here}.{min(extra)}: Extra inputs are not permitted"
        else:
            source = block.get("source")
            if not isinstance(source, dict) or source.get("type") != "text" or not isinstance(source.get("data"), str):
                yield f"{here}.source: Input should be a text source"
            elif source.get("media_type") != "text/plain":
                yield f"{here}.source.media_type: Input should be 'text/plain'"
            if extra := block.keys() - {"type", "source", "title", "context", "cache_control", "citations"}:
                yield f"{here}.{min(extra)}: Extra inputs are not permitted"


def _faults_of_output(output: Any) -> Iterator[str]:
    if output is None:
        return
    wanted = output.get("format") if isinstance(output, dict) else None
    if (
        not isinstance(wanted, dict)
        or wanted.get("type") != "json_schema"
        or not isinstance(wanted.get("schema"), dict)
    ):
        yield "output_config.format: Input should be a JSON schema"
        return
    for schema in _schemas(wanted["schema"]):
        kind = schema.get("type")
        for keyword in sorted(schema.keys() & _UNSUPPORTED):
            yield f"output_config.format.schema: For '{kind}' type, property '{keyword}' is not supported"
        if kind == "object" and schema.get("additionalProperties") is not False:
            yield "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly false"
        if schema.get("minItems", 0) not in (0, 1):
            yield "output_config.format.schema: For 'array' type, 'minItems' values other than 0 or 1 are not supported"


def _schemas(schema: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict):
        return
    yield schema
    for holder in ("properties", "$defs", "definitions"):
        for inner in schema.get(holder, {}).values():
            yield from _schemas(inner)
    for holder in ("anyOf", "allOf"):
        for inner in schema.get(holder, ()):
            yield from _schemas(inner)
    yield from _schemas(schema.get("items"))


def _markers(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    blocks = body["system"] if isinstance(body.get("system"), list) else []
    for one in body["messages"]:
        if isinstance(one, dict) and isinstance(one.get("content"), list):
            blocks = [*blocks, *one["content"]]
    yield from (block for block in blocks if isinstance(block, dict) and "cache_control" in block)


def prefix_to_marker(body: dict[str, Any]) -> bytes:
    """The bytes that the system's last marker asks to be kept; none where there is no marker. The schema is rendered
    before the system's text, so it belongs to them."""
    system = body.get("system")
    if not isinstance(system, list):
        return b""
    marked = [index for index, block in enumerate(system) if "cache_control" in block]
    if not marked:
        return b""
    return json.dumps([body["model"], body.get("output_config"), system[: marked[-1] + 1]], sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a model would understand it."""

    body: dict[str, Any]
    authored: bool
    """Whether the text of a spec is wanted; else ids."""
    actions: tuple[dict[str, Any], ...]
    """The actions of the document block; none where there is no document that can be read."""
    document: str
    turns: tuple[tuple[str, str], ...]
    """Earlier answers, each with what was said of it."""

    @property
    def origin(self) -> str:
        """The origin that a spec is to name: the first that our own words mention."""
        system = self.body.get("system", "")
        words = system if isinstance(system, str) else json.dumps(system)
        found = re.search(r"https://[a-z0-9.-]+\.invalid", words + _instruction(self.body))
        return found.group() if found else "https://recorded.invalid"


def asked(body: dict[str, Any]) -> Asked:
    """Reads a request that :func:`refusal` let pass. What is not there as the writers send it counts as empty."""
    schema = (body.get("output_config") or {}).get("format", {}).get("schema", {})
    messages = body["messages"]
    blocks = messages[0]["content"] if isinstance(messages[0]["content"], list) else []
    document = next((block["source"]["data"] for block in blocks if block["type"] == "document"), "")
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        found = {}
    told = found.get("actions") if isinstance(found, dict) else None
    actions = tuple(_action(id, one) for id, one in told.items()) if isinstance(told, dict) else ()
    said = [_words(one["content"]) for one in messages[1:]]
    turns = tuple(zip(said[::2], said[1::2], strict=False))
    return Asked(body, "spec" in schema.get("properties", {}), actions, document, turns)


def _action(id: str, told: Any) -> dict[str, Any]:
    """An action with what the instructions say is left out: its id, its usual role, its checks one by one."""
    told = told if isinstance(told, dict) else {}
    role = {"role": _USUAL[told["do"]]} if told.get("do") in _USUAL else {}
    then = told.get("then")
    if isinstance(then, dict):
        checks = [(of, *str(words).split()) for of, words in then.items()]
        told = {**told, "then": [{"id": of, "see": see, "role": " ".join(rest)} for of, see, *rest in checks]}
    return {**role, **told, "id": id}


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block["type"] == "text")


def _instruction(body: dict[str, Any]) -> str:
    return _words(body["messages"][0]["content"])
