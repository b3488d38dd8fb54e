"""The object store: nothing lies under the tenant's prefix that no row owns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from apps.audit.exports import purging as exports
from apps.audit.exports.models import FOLDER as EXPORTS
from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.compliance.documents import strays as documents
from apps.compliance.documents.strays import FOLDER as DOCUMENTS
from apps.recordings import discarding, uploads
from apps.vault import configured
from apps.vault.errors import NoSuchObject, VaultError

MOST: Final = 200_000
"""Objects that are looked at in one run; evidence says where there are more."""
_AT_ONCE: Final = 1_000
_OURS: Final = re.compile(r"[a-z-]{1,20}/[0-9a-f-]{36}(/[0-9a-f-]{1,40})?")
"""Names as we make them: of ids and numbers."""
_SHOWN: Final = 100

OWNERS: Final[Mapping[str, Callable[[Iterable[str]], list[str]]]] = {
    "recordings/": discarding.without_a_row,
    "uploads/": uploads.without_a_row,
    EXPORTS: exports.without_a_row,
    DOCUMENTS: documents.without_a_row,
}
"""Who says of a folder's objects which of them nobody owns. What is in no folder of these is nobody's."""


@check
class ObjectsHaveRows(Check):
    key = "recordings.objects"
    title = "No object lies in the store that no row owns"
    words = (
        "Lists all objects under the tenant's prefix and asks of each which recording, upload, export or document it "
        "belongs to: the content of a recording that was discarded must not be there."
    )
    mend = (
        "See that the schedule runs: the purges take such objects away within minutes. What is in no folder that we "
        "know was put there by somebody with rights on the store; find out who, and delete it."
    )

    def look(self) -> Result:
        looked, strays = 0, []
        names = configured.object_store().names()
        while some_names := list(itertools.islice(names, min(_AT_ONCE, MOST - looked))):
            looked += len(some_names)
            strays += [name for name in _without_a_row(some_names) if _is_there(name)]
        is_whole = next(names, None) is None
        if strays:
            because = f"{len(strays)} objects lie in the store and belong to nothing."
            ours = [name for name in strays if name.startswith(tuple(OWNERS)) and _OURS.fullmatch(name)]
            # What somebody else called theirs is not repeated.
            elsewhere = len(strays) - len(ours)
            return failed(
                because, objects=some(n[:_SHOWN] for n in ours), elsewhere=elsewhere, looked_at=looked, all=is_whole
            )
        return passed(looked_at=looked, all=is_whole)


def _without_a_row(names: list[str]) -> Iterator[str]:
    for folder, owner in OWNERS.items():
        yield from owner([name for name in names if name.startswith(folder)])
    yield from (name for name in names if not name.startswith(tuple(OWNERS)))


def _is_there(name: str) -> bool:
    """Still: between the listing and the rows it may have gone, and its row after it."""
    try:
        configured.object_store().header(name)
    except NoSuchObject:
        return False
    except VaultError:
        return True  # bytes of somebody else's
    return True
