"""Files of the room that no document has: for whoever looks; nothing is changed here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

from apps.compliance.documents.models import Document

FOLDER: Final = "documents/"
_NOBODY: Final = uuid.UUID(int=0)


def without_a_row(names: Iterable[str]) -> list[str]:
    """Of objects in ``documents/`` those that are no file of a document that is offered, or that just gets one."""
    by_name = {name: _document_of(name) for name in names}
    offered = Document.objects.filter(id__in=set(by_name.values()), withdrawn=None)
    stored = dict(offered.values_list("id", "stored"))
    return [name for name, id in by_name.items() if stored.get(id) not in ("", name)]


def _document_of(name: str) -> uuid.UUID:
    try:
        return uuid.UUID(name.removeprefix(FOLDER).split("/")[0])
    except ValueError:
        return _NOBODY  # none of ours
