"""What an uploader called a recording: sealed in its row, opened for those who may read it."""

from __future__ import annotations

import uuid
from typing import Final

from django.db.models import QuerySet

from apps.recordings.models import Recording, State
from apps.vault.errors import VaultError

LOOKED_THROUGH: Final = 500
"""How many names are opened for one search: no index holds what they say. The newest are."""


def name_of(recording: Recording) -> str:
    """The name; empty once the content is to go, and where it does not open (its key is disabled)."""
    if recording.name is None or recording.state in (State.DISCARDING, State.DISCARDED):
        return ""
    try:
        return str(recording.name.reveal())
    except VaultError:
        return ""


def label_of(recording: Recording) -> str:
    """What to call it where it needs a name: its own, or the beginning of its id."""
    return name_of(recording) or f"Recording {str(recording.pk)[:8]}"


def named(recordings: QuerySet[Recording], words: str, most: int = LOOKED_THROUGH) -> list[uuid.UUID]:
    """The ids of those of the newest whose name holds all of the words, in any case."""
    wanted = words.casefold().split()
    newest = recordings.filter(name__isnull=False).order_by("-created", "-id").defer(None)[:most]
    return [one.pk for one in newest if all(word in name_of(one).casefold() for word in wanted)] if wanted else []
