"""Trying the settings: one small call that holds nothing of the tenant's."""

from __future__ import annotations

import uuid
from typing import Final

from apps.inference import configuring, installation
from apps.inference.errors import NotConfigured
from apps.inference.metered import Metered
from apps.inference.models import Client, ModelCall
from specward.writing.models.client import ModelFailed, Prompt

SECONDS: Final = 20.0
PROMPT: Final = Prompt(
    system="You are asked whether you can be reached. Answer with the JSON that the schema describes.",
    schema={
        "type": "object",
        "properties": {"reached": {"type": "boolean"}},
        "required": ["reached"],
        "additionalProperties": False,
    },
    document="{}",
    instruction='Answer {"reached": true}.',
    most_tokens=64,
)
"""The same for everybody."""


def try_out() -> uuid.UUID:
    """Asks the tenant's model once, with no transaction open, and says by which call: its row tells how that went.

    Raises :class:`NotConfigured` where no model is chosen, or this installation has no key for it.
    """
    wanted = configuring.current()
    if wanted.client == Client.NONE:
        raise NotConfigured("Choose a client first.")
    plain = installation.plain_client(wanted)
    if plain is None:
        raise NotConfigured("Ask your operator for a key for this client.")
    client = Metered(plain, wanted, ModelCall.Purpose.CHECK, None)
    call = uuid.uuid4()
    try:
        client.ask(PROMPT, seconds=SECONDS, call_id=call)
    except ModelFailed:
        return call  # its row says why
    return call
