"""Sending a request, and what of an answer tells one id from another."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.test.client import ClientHandler

from apps.access.personas import Persona
from apps.access.positions import Asked

_VOLATILE: Final = (
    (re.compile(r'(csrfmiddlewaretoken" value=")[^"]+'), r"\1"),
    (re.compile(r'(nonce(?:=|-)["\']?)[\w+/=-]+'), r"\1"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|\+00:00)?"), "<time>"),
    (re.compile(r'("request_id": ?")[^"]+'), r"\1"),
    (re.compile(r'("instance": ?"urn:uuid:)[^"]+'), r"\1"),
)
_UNTELLING: Final = frozenset({"content-length", "date", "x-request-id", "set-cookie", "content-security-policy"})
_NOT_OURS: Final = "public.route_to("  # asked every few seconds, whoever asks for what


@dataclass(frozen=True, slots=True)
class Answer:
    """All of an answer that could tell whether an id is there: status, headers, body without ids, and the queries."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    queries: tuple[str, ...]

    @property
    def succeeded(self) -> bool:
        """Something was shown or done: neither an error, nor the way to the sign-in page."""
        location = dict(self.headers).get("location", "")
        return self.status < 400 and "next=" not in location

    def differences(self, other: Answer) -> list[str]:
        """In what two answers differ, in words."""
        found = []
        if self.status != other.status:
            found.append(f"status {self.status} for {other.status}")
        if self.headers != other.headers:
            names = {name for name, _ in set(self.headers) ^ set(other.headers)}
            found.append(f"headers {', '.join(sorted(names))}")
        if self.body != other.body:
            found.append("body")
        if len(self.queries) != len(other.queries):
            found.append(f"{len(self.queries)} queries for {len(other.queries)}")
        elif self.queries != other.queries:
            found.append("other queries")
        return found


def send(handler: ClientHandler, persona: Persona, asked: Asked, *hidden: str) -> Answer:
    """The answer of the service to a persona, with ``hidden`` ids made alike; whatever it did is taken back.

    One ``handler`` serves all, as in a server: middleware is made once, and not for each of thousands of requests.
    """
    queries: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if _NOT_OURS not in sql:
            queries.append(_shape(sql))
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(watch):
            response: Any = _request(handler, persona, asked)
            content = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    headers = tuple(
        sorted((k.lower(), _alike(v, hidden)) for k, v in response.headers.items() if k.lower() not in _UNTELLING)
    )
    return Answer(response.status_code, headers, _alike(content.decode("utf-8", "replace"), hidden), tuple(queries))


def _request(handler: ClientHandler, persona: Persona, asked: Asked) -> Any:
    client = persona.client()
    client.handler = handler
    address = asked.path + (f"?{asked.query}" if asked.query else "")
    if asked.method == "GET":
        return client.get(address)
    if asked.as_json:
        return client.generic(asked.method, address, json.dumps(asked.body), "application/json")
    if asked.method == "POST":
        return client.post(address, asked.body)
    return client.generic(asked.method, address)


def _shape(sql: str) -> str:
    """A statement without what is different each time. Parameters are not in it."""
    return re.sub(r'"?s\d+_x\d+"?', "savepoint", sql)


def _alike(text: str, hidden: tuple[str, ...]) -> str:
    for pattern, instead in _VOLATILE:  # first: an id may be the number of a day, and a time no time without it
        text = pattern.sub(instead, text)
    for one in hidden:
        for spelled in dict.fromkeys((one, one.replace("-", ""))):
            if spelled in text:  # it seldom is, and each is another pattern to compile
                # A whole word: the id 4 stands in no 404.
                text = re.sub(rf"(?<!\w){re.escape(spelled)}(?!\w)", "<id>", text)
    return text
