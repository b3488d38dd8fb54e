"""A model that answers on the loopback, and a key for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from apps.inference import configuring
from apps.inference.metered import Metered
from apps.inference.models import ModelSettings
from specward.writing.models.client import Prompt
from tests.apps.inference.messages_api import Model, answering

KEY = "sk-" + "of-the-tests"
RECORDING = uuid.UUID("0ec0de00-0000-4000-8000-000000000007")
PROMPT = Prompt(
    system="You are given what was done.",
    schema={"type": "object", "properties": {"title": {"type": "string"}}},
    document='{"actions":[{"id":"a1","do":"click","role":"link","name":"Canary Mugs"}]}',
    instruction="Give it a title.",
    most_tokens=200,
)
MODEL = "claude-sonnet-5-5"
WANTED = PROMPT.size(MODEL) + PROMPT.most_tokens
"""What a call of the prompt reserves."""
TAKES = 100
"""What the model that answers says it took."""


@pytest.fixture
def model(settings: Any) -> Iterator[Model]:
    with answering() as found:
        settings.MODEL_ANTHROPIC_KEY = KEY
        settings.MODEL_URL = found.url
        yield found


def refined(**given: Any) -> ModelSettings:
    """Acme has its specs refined by a model."""
    return configuring.change(**{"writer": "refined", "client": "anthropic", "model": MODEL, **given})


def client_of_acme() -> Metered:
    """As the generation of a spec has it."""
    from apps.inference.choosing import writing_for_tenant

    client = writing_for_tenant(RECORDING).client
    assert isinstance(client, Metered)
    return client
