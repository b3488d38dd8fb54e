"""Anthropic's own API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import anthropic
import httpx2

from specward.writing.models.addresses import checked_address
from specward.writing.models.client import Answer, Prompt
from specward.writing.models.messages_api import ask

ADDRESS: Final = "https://api.anthropic.com"


@dataclass(frozen=True)
class AnthropicClient:
    """A way to one of Anthropic's models, by a key.

    ``geo`` is where inference may happen (``us``, ``global``); empty: what the key's workspace says. ``base_url`` is
    for a server of one's own. Raises :class:`~specward.writing.models.addresses.AddressRefused` for one without TLS.
    """

    model: str
    key: str = field(repr=False)
    base_url: str = ADDRESS
    geo: str = ""

    def __post_init__(self) -> None:
        checked_address(self.base_url)

    def ask(self, prompt: Prompt, *, seconds: float) -> Answer:
        """See :class:`~specward.writing.models.client.ModelClient`."""
        return ask(self._client, prompt.body(self.model, self.geo), seconds)

    def _client(self, http: httpx2.AsyncClient) -> anthropic.AsyncAnthropic:
        return anthropic.AsyncAnthropic(
            api_key=self.key, base_url=self.base_url, http_client=http, max_retries=0, open_telemetry=False
        )
