"""Finding specs by their titles, which are sealed: no index holds what they say."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Final

from django.db.models import QuerySet

from apps.specs.models import Spec
from apps.vault.errors import VaultError

LOOKED_THROUGH: Final = 500
"""How many titles are opened for one search: those of the newest."""


def opened_titles(specs: QuerySet[Spec]) -> Iterator[tuple[Spec, str]]:
    """The newest with their titles; without those that do not open (their key is disabled)."""
    for one in specs.order_by("-created", "-id").defer(None)[:LOOKED_THROUGH]:
        try:
            yield one, str(one.title.reveal())
        except VaultError:
            continue


def titled(specs: QuerySet[Spec], words: str) -> list[uuid.UUID]:
    """The ids of those of the newest whose title holds all of the words, in any case."""
    wanted = words.casefold().split()
    return [one.pk for one, title in opened_titles(specs) if all(word in title.casefold() for word in wanted)]
