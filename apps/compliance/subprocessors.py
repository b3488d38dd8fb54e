"""Who else touches customers' data, and when: what this installation is able to use is marked, the rest is said too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from apps.inference.installation import is_configured
from apps.inference.models import Client


@dataclass(frozen=True, slots=True)
class SubProcessor:
    """``client``: the client of models by which it is asked; empty: it takes part always."""

    name: str
    does: str
    gets: str
    where: str
    when: str
    client: str = ""

    @property
    def is_possible(self) -> bool:
        """Whether this installation can use it at all."""
        return not self.client or is_configured(self.client)


_OF_A_PROMPT: Final = (
    "What one recording's spec needs: roles, names of controls, typed placeholders for values. No page, no password, "
    "nothing of another recording or customer."
)
_ONCE_CHOSEN: Final = "Only for customers whose owner has chosen a model. Without, specs are written with none."

OURS: Final = (
    SubProcessor(
        "Anthropic, PBC", "Runs the model that words specs", _OF_A_PROMPT,
        "The region that the customer's owner chose, of those that Anthropic offers", _ONCE_CHOSEN,
        Client.ANTHROPIC.value,
    ),
    SubProcessor(
        "Amazon Web Services, Inc. (Bedrock)", "Runs the model that words specs", _OF_A_PROMPT,
        "The AWS region that the customer's owner chose", _ONCE_CHOSEN, Client.BEDROCK.value,
    ),
)  # fmt: skip


def subprocessors() -> Sequence[SubProcessor]:
    """Ours, and those that the operator of this installation names (``SPECWARD_SUBPROCESSORS``): hosting, mail."""
    return (
        *(SubProcessor(name, does, gets, where, "Always.") for name, does, gets, where in settings.SUBPROCESSORS),
        *OURS,
    )
