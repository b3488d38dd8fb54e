"""What the operator has given this installation: keys, an address, a limit in seconds. A tenant sees whether there is
a key, never the key."""

from __future__ import annotations

import importlib.util

from django.conf import settings

from apps.inference.models import Client, ModelSettings
from specward.writing.models.client import ModelClient

NO_KEY = "No key is configured at this installation for this client: specs are written by the compiler."


def is_configured(client: str) -> bool:
    """Whether this installation can ask models by this client: this process, or those that make specs."""
    return client in settings.MODEL_CLIENTS or has_key(client)


def has_key(client: str) -> bool:
    """Whether this process can."""
    if client == Client.ANTHROPIC:
        return bool(settings.MODEL_ANTHROPIC_KEY)
    if client == Client.BEDROCK:
        # Signing with the credentials of the process is botocore's work.
        may_sign = settings.MODEL_AWS_CREDENTIALS and importlib.util.find_spec("botocore") is not None
        return bool(settings.MODEL_BEDROCK_KEY) or may_sign
    return False


def plain_client(wanted: ModelSettings) -> ModelClient | None:
    """The client itself, by which a call is made without being counted; None where there is no key for it."""
    if not has_key(wanted.client):
        return None
    # The provider's own package is loaded by whoever asks a model, and by nobody else.
    from specward.writing.models.anthropic_api import ADDRESS, AnthropicClient
    from specward.writing.models.bedrock import BedrockClient

    if wanted.client == Client.BEDROCK:
        return BedrockClient(
            model=wanted.model, region=wanted.region, key=settings.MODEL_BEDROCK_KEY, base_url=settings.MODEL_URL
        )
    return AnthropicClient(
        model=wanted.model,
        key=settings.MODEL_ANTHROPIC_KEY,
        base_url=settings.MODEL_URL or ADDRESS,
        geo=wanted.region,
    )
