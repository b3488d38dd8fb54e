"""Trying the settings: one small call that holds nothing of the tenant's."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Final

from django.db import transaction

from apps.inference import configuring, installation
from apps.inference.errors import NotConfigured
from apps.inference.metered import Metered
from apps.inference.models import Client, ModelCall
from apps.tenants.walls import behind
from apps.tenants.walls import connection as walled
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
    most_tokens=1_024,  # it may think before it answers, and the provider adds words of its own to so short a request
)
"""The same for everybody."""


def ask_for() -> None:
    """Has the tenant's model asked once, by a worker, once the transaction is committed.

    Raises :class:`NotConfigured` where no model is chosen, or this installation has no key for it.
    """
    wanted = configuring.current()
    if wanted.client == Client.NONE:
        raise NotConfigured("Choose a client first.")
    if not installation.is_configured(wanted.client):
        raise NotConfigured("Ask your operator for a key for this client.")
    walls, call = walled().walls, uuid.uuid4()

    def hand_over() -> None:
        from apps.inference.tasks import try_model

        with behind(walls):
            try_model.delay(str(call))

    transaction.on_commit(hand_over, robust=True)


def try_out(call: uuid.UUID) -> None:
    """Asks once, with no transaction open: the row with this id tells how that went. A second time nothing is asked."""
    wanted = configuring.current()
    plain = installation.plain_client(wanted)
    if plain is None or ModelCall.objects.filter(id=call).exists():
        return
    with suppress(ModelFailed):  # its row says why
        Metered(plain, wanted, ModelCall.Purpose.CHECK, None).ask(PROMPT, seconds=SECONDS, call_id=call)
