"""One request to the Messages API through Anthropic's own client, whatever is at the other end.

The client's time limits are for each read, its retries are its own, and it reads answers of any size. What is at the
other end may be broken or hostile: here the whole call has one limit in seconds and one in bytes, nothing is tried
again, no redirect is followed, nothing compressed is unpacked, and nothing that comes is taken on trust.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

import anthropic
import httpx2
import orjson

from specward.writing.models.client import LONGEST_ANSWER, Answer, Failure, ModelFailed, Tokens

# At DEBUG the client's own logger, and those below it, write down whole requests: the document, and what they are
# signed with. No level that anybody sets for a whole process may bring that about.
for _name in ("anthropic", "httpx2", "httpcore2", "botocore", "boto3"):
    logging.getLogger(_name).setLevel(logging.WARNING)

AnyClient = anthropic.AsyncAnthropic | anthropic.AsyncAnthropicBedrockMantle
"""The two of its clients that are used here."""

_CONNECT: Final = 10.0
"""Seconds to reach the API, of those that the call has in all."""
_LEFT_BEHIND: Final = 1.0
"""Seconds that a call may take to clean up; then it is left to itself. Only a look-up of a name can take longer."""
_MOST_TOKENS: Final = 100_000_000
"""What no request can take: a number beyond is no count."""

_STOPPED: Final = {
    "refusal": Failure.REFUSED,
    "max_tokens": Failure.TRUNCATED,
    "model_context_window_exceeded": Failure.TRUNCATED,
}


class _TooMuch(Exception):
    pass


class _Packed(Exception):
    pass


def ask(client_over: Callable[[httpx2.AsyncClient], AnyClient], body: Mapping[str, Any], seconds: float) -> Answer:
    """Sends ``body`` once. Raises :class:`ModelFailed`, a second after ``seconds`` at the very latest."""
    outcome: list[Answer | BaseException] = []

    def work() -> None:
        try:
            outcome.append(asyncio.run(_within(client_over, body, seconds)))
        except BaseException as error:  # noqa: BLE001  # it is raised again, in the thread that waits
            outcome.append(error)

    # A thread of its own: whoever asks may have an event loop running, and even a look-up of a name that hangs must
    # not hold it up.
    worker = threading.Thread(target=work, name="model call", daemon=True)
    worker.start()
    worker.join(seconds + _LEFT_BEHIND)
    if not outcome:
        raise ModelFailed(Failure.TIMED_OUT)
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


async def _within(
    client_over: Callable[[httpx2.AsyncClient], AnyClient], body: Mapping[str, Any], seconds: float
) -> Answer:
    transport = _Bounded(httpx2.AsyncHTTPTransport(verify=_tls(), trust_env=False))
    http = httpx2.AsyncClient(
        transport=transport,
        timeout=httpx2.Timeout(seconds, connect=min(seconds, _CONNECT)),
        follow_redirects=False,
        trust_env=False,
    )
    try:
        async with asyncio.timeout(seconds), http:
            client = client_over(http)
            # It takes further ones from the environment (ANTHROPIC_CUSTOM_HEADERS), which would win over the key, and
            # on Bedrock one of them even becomes a part of the body.
            client._custom_headers = {}
            created = await client.messages.with_raw_response.create(
                **body, extra_headers={"Accept-Encoding": "identity"}, timeout=seconds
            )
            raw = created.http_response.content
    except TimeoutError:
        raise ModelFailed(Failure.TIMED_OUT) from None
    except anthropic.APIStatusError as refused:
        raise ModelFailed(_failure_of(refused.status_code)) from None
    except anthropic.APITimeoutError:
        raise ModelFailed(Failure.TIMED_OUT, tokens=transport.took) from None
    except Exception as failed:  # noqa: BLE001  # AWS's own library has errors of its own: no profile, no credentials
        # Its words may quote what came; what stands behind it says which of ours it was.
        raise ModelFailed(_failure_behind(failed), tokens=transport.took) from None
    return answer_in(raw)


@functools.cache
def _tls() -> ssl.SSLContext:
    """TLS 1.3 to whom the machine trusts. Made once: reading the authorities takes longer than many a call."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _failure_of(status: int) -> Failure:
    if status in (408, 504):
        return Failure.TIMED_OUT
    if status == 429:
        return Failure.RATE_LIMITED
    if status >= 500:
        return Failure.UNAVAILABLE
    return Failure.REJECTED if status >= 400 else Failure.MALFORMED


def _failure_behind(failed: BaseException) -> Failure:
    behind: BaseException | None = failed
    while behind is not None:
        match behind:
            case _TooMuch():
                return Failure.TOO_LONG
            case _Packed() | httpx2.ProtocolError() | httpx2.DecodingError() | UnicodeError():
                return Failure.MALFORMED
            case httpx2.TimeoutException() | TimeoutError():
                return Failure.TIMED_OUT
        behind = behind.__cause__ or behind.__context__
    return Failure.UNAVAILABLE


def answer_in(raw: bytes) -> Answer:
    """What an answer of the API says. Raises :class:`ModelFailed`."""
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise ModelFailed(Failure.MALFORMED) from None
    if type(data) is not dict or data.get("type") != "message":
        raise ModelFailed(Failure.MALFORMED)
    tokens = _tokens(data.get("usage"))
    stopped = data.get("stop_reason")
    if stopped != "end_turn":
        failure = _STOPPED.get(stopped, Failure.MALFORMED) if type(stopped) is str else Failure.MALFORMED
        raise ModelFailed(failure, tokens=tokens)
    texts = []
    for block in data["content"] if type(data.get("content")) is list else ():
        if type(block) is not dict or block.get("type") not in ("text", "thinking", "redacted_thinking"):
            raise ModelFailed(Failure.MALFORMED, tokens=tokens)
        if block["type"] == "text":
            texts.append(block.get("text"))
    if tokens is None or len(texts) != 1 or type(texts[0]) is not str:
        raise ModelFailed(Failure.MALFORMED, tokens=tokens)
    return Answer(texts[0], tokens)


def _tokens(usage: Any) -> Tokens | None:
    if type(usage) is not dict:
        return None
    read, written = usage.get("cache_read_input_tokens") or 0, usage.get("cache_creation_input_tokens") or 0
    counts = [usage.get("input_tokens"), usage.get("output_tokens"), read, written]
    known = [count for count in counts if type(count) is int and 0 <= count <= _MOST_TOKENS]
    return Tokens(*known) if len(known) == len(counts) else None


class _Bounded(httpx2.AsyncBaseTransport):
    """Answers end where they are too long, also those that say what is wrong; packed ones are not unpacked."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner
        self.took: Tokens | None = Tokens(0, 0)
        """Nothing for certain, while nobody was reached; None: nobody knows."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.took = None
        try:
            response = await self._inner.handle_async_request(request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            self.took = Tokens(0, 0)
            raise
        if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            await response.aclose()
            raise _Packed
        if not isinstance(response.stream, httpx2.AsyncByteStream):
            raise _Packed
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Counted(response.stream),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for chunk in self._inner:
            count += len(chunk)
            if count > LONGEST_ANSWER:
                raise _TooMuch
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
