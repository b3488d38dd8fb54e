"""The doubles are asked by Anthropic's own clients, and refuse what the real API refuses."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from typing import Any

import anthropic
import httpx2
import pytest

from specward.doubles import NAMES, Reasonable, named, serving
from specward.doubles.double import MOST_KEPT
from specward.writing.models.bedrock import BedrockClient
from specward.writing.models.client import Failure, ModelFailed
from tests.doubles.asking import MODEL, ask, ids_prompt, spec_prompt, told

HEADERS = {"anthropic-version": "2026-10-21", "authorization": "Bearer a key"}


def post(address: str, body: Any, headers: dict[str, str] | None = None, path: str = "/v1/messages") -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx2.post(
        address + path, content=content, headers=HEADERS if headers is None else headers, trust_env=False
    )


def test_anthropics_client_is_answered_with_a_message() -> None:
    with serving(Reasonable()) as address:
        client = anthropic.Anthropic(api_key="a key", base_url=address, max_retries=0, open_telemetry=False)
        with client:
            made = client.messages.create(**ids_prompt().body(MODEL))
    assert made.stop_reason == "end_turn" and made.model == MODEL
    assert made.content[0].type == "text" and json.loads(made.content[0].text)["steps"]
    assert made.usage.input_tokens > 0 and made.usage.output_tokens > 0


def test_bedrocks_client_is_answered_at_its_own_address() -> None:
    double = Reasonable()
    with serving(double) as address:
        client = BedrockClient(
            "anthropic.claude-sonnet-5-5", "eu-central-1", key="a key", base_url=f"{address}/anthropic"
        )
        assert told(client.ask(spec_prompt(), seconds=20))["spec"].startswith("spec(")
    assert json.loads(double.requests[0])["model"] == "anthropic.claude-sonnet-5-5"


def test_requests_are_kept_as_they_came_but_not_without_end() -> None:
    double = Reasonable()
    ask(double, ids_prompt("Plates"))
    assert b"Plates" in double.requests[0] and double.headers[0]["anthropic-version"]
    for _ in range(MOST_KEPT + 5):
        double.respond({}, b"")
    assert double.asked == MOST_KEPT + 6 and len(double.requests) == len(double.headers) == MOST_KEPT


def test_the_shared_prefix_is_written_to_the_cache_once_and_read_after_that() -> None:
    double = Reasonable()
    first, again, other = ask(double, ids_prompt()), ask(double, ids_prompt("Plates")), ask(double, spec_prompt())
    assert first.tokens.written > 0 and first.tokens.read == 0
    assert again.tokens.read == first.tokens.written and again.tokens.written == 0
    assert other.tokens.read == 0, "another schema is another prefix"


def test_an_answer_ends_at_max_tokens() -> None:
    with pytest.raises(ModelFailed) as failed:
        ask(Reasonable(), spec_prompt(most_tokens=20))
    assert failed.value.failure is Failure.TRUNCATED and failed.value.tokens is not None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer a key"}, 400),
        ({"anthropic-version": "latest", "authorization": "Bearer a key"}, 400),
        ({"anthropic-version": "2026-10-21"}, 401),
        ({"anthropic-version": "2026-10-21", "authorization": "Bearer"}, 401),
        ({"anthropic-version": "2026-10-21", "x-api-key": "a key"}, 200),
    ],
)
def test_version_and_key_are_asked_for(headers: dict[str, str], status: int) -> None:
    with serving(Reasonable()) as address:
        assert post(address, ids_prompt().body(MODEL), headers).status_code == status


def document(**changed: Any) -> list[dict[str, Any]]:
    block = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "{}"}, **changed}
    return [{"role": "user", "content": [block]}]


def schema(**changed: Any) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "schema": {"type": "object", "additionalProperties": False, **changed}}}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"model": ""}, "model: Field required"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"messages": []}, "at least one message"),
        ({"messages": [{"role": "system", "content": "x"}]}, "role and content"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "first message must use the user role"),
        ({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "{"}]}, "begun"),
        ({"messages": [{"role": "user", "content": " "}]}, "non-whitespace"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}, "non-whitespace"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "expected tags"),
        ({"messages": document(context_="x")}, "context_: Extra inputs"),
        ({"messages": document(source={"type": "text", "media_type": "text/html", "data": ""})}, "text/plain"),
        ({"system": [{"type": "text", "text": "a", "cache_control": {}}] * 5}, "maximum of 4"),
        ({"temperature": 0}, "temperature: Extra inputs"),
        ({"output_config": {"format": {"type": "json"}}}, "JSON schema"),
        ({"output_config": schema(additionalProperties=True)}, "explicitly false"),
        ({"output_config": schema(properties={"a": {"type": "string", "maxLength": 3}})}, "'maxLength' is not"),
        ({"output_config": schema(properties={"a": {"type": "array", "items": {"type": "object"}}})}, "explicitly"),
    ],
)
def test_what_the_api_refuses_is_refused(changed: dict[str, Any], words: str) -> None:
    with serving(Reasonable()) as address:
        refused = post(address, {**ids_prompt().body(MODEL), **changed})
    assert refused.status_code == 400 and words in refused.json()["error"]["message"]
    assert refused.json()["type"] == "error"


def test_an_unknown_model_and_an_unknown_address_are_not_found() -> None:
    with serving(Reasonable()) as address:
        body = ids_prompt().body("gpt-9")
        assert post(address, body).json()["error"]["type"] == "not_found_error"
        assert post(address, ids_prompt().body(MODEL), path="/v1/complete").status_code == 404
        assert httpx2.get(f"{address}/v1/messages", trust_env=False).status_code == 404


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(raw: bytes) -> None:
    with serving(Reasonable()) as address:
        assert post(address, raw).status_code == 400


def test_no_thread_and_no_port_is_left_behind() -> None:
    before = threading.active_count()
    with serving(named("chaotic:hang_before_headers")) as address:
        host, port = address.removeprefix("http://").split(":")
        waiting = socket.create_connection((host, int(port)))
    with waiting, contextlib.suppress(ConnectionResetError):
        assert waiting.recv(1) == b"", "whoever still waits is cut off"
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


def test_a_double_can_be_started_by_name_from_a_shell() -> None:
    command = [sys.executable, "-m", "specward.doubles", "reasonable"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert post(address, ids_prompt().body(MODEL)).status_code == 200
        finally:
            process.terminate()


def test_every_name_makes_a_fresh_double_and_no_other_name_does() -> None:
    assert all(named(name) is not named(name) for name in NAMES) and len(NAMES) > 40
    with pytest.raises(KeyError):
        named("helpful")
