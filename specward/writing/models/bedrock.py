"""Amazon Bedrock, which answers in the Messages API's own form in each of its regions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import anthropic
import httpx2

from specward.writing.models.addresses import AddressRefused, checked_address
from specward.writing.models.client import Answer, Prompt
from specward.writing.models.messages_api import ask

_IN_A_REGION: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@dataclass(frozen=True)
class BedrockClient:
    """A way to a model in one region of Amazon Bedrock.

    By a Bedrock ``key``; without one requests are signed with the credentials that the process has from AWS (its
    role, its environment). Model ids begin with the provider there: ``anthropic.claude-sonnet-5-5``.
    """

    model: str
    region: str
    key: str = field(default="", repr=False)
    base_url: str = ""

    def __post_init__(self) -> None:
        if not self.region or not _IN_A_REGION.issuperset(self.region):
            raise AddressRefused("This is no region of AWS.", hint="Regions read like eu-central-1.")
        checked_address(self.address)

    @property
    def address(self) -> str:
        """Where it is asked."""
        return self.base_url or f"https://bedrock-mantle.{self.region}.api.aws/anthropic"

    def ask(self, prompt: Prompt, *, seconds: float) -> Answer:
        """See :class:`~specward.writing.models.client.ModelClient`."""
        return ask(self._client, prompt.body(self.model), seconds)

    def _client(self, http: httpx2.AsyncClient) -> anthropic.AsyncAnthropicBedrockMantle:
        return anthropic.AsyncAnthropicBedrockMantle(
            api_key=self.key or None,
            aws_region=self.region,
            base_url=self.address,
            http_client=http,
            max_retries=0,
            open_telemetry=False,
        )
