"""What a store of ciphertexts is to the vault: names and bytes for each tenant. It never sees content.

Two are meant: the local folder (``local_blobs``), and S3. Both pass ``tests/apps/vault/test_objects.py``, through the
object store that seals.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Final, Protocol

from apps.vault.errors import NameRefused
from apps.vault.streams import Readable, Writable

_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
LONGEST: Final = 400
DEEPEST: Final = 8


def checked_name(name: str) -> str:
    """The name of an object: parts of letters, digits, dot, dash and underscore, that begin with a letter or a digit,
    with slashes between them. Raises :class:`~apps.vault.errors.NameRefused` for anything that could lead elsewhere."""
    parts = name.split("/")
    if len(name) > LONGEST or len(parts) > DEEPEST or not all(_PART.fullmatch(part) for part in parts):
        raise NameRefused(
            f"{name[:80]!r} is no name of an object.",
            f"Use up to {DEEPEST} parts of letters, digits, '.', '-' and '_', with '/' between them, {LONGEST} bytes "
            "at most.",
        )
    return name


def checked_prefix(prefix: str) -> str:
    """The beginning of names: none, or whole parts of a name and a slash."""
    if prefix:
        checked_name(prefix.removesuffix("/"))
        if not prefix.endswith("/"):
            raise NameRefused(f"{prefix[:80]!r} is no beginning of names.", "Let it end with a slash.")
    return prefix


class Blob(Readable, Protocol):
    """A ciphertext that is read. ``mark`` changes when another one is put in its place."""

    @property
    def mark(self) -> str: ...


class Blobs(Protocol):
    """Names were checked (:func:`checked_name`); the tenant is the one whose walls stand."""

    def write(
        self, tenant: uuid.UUID, name: str, *, replacing: str | None = None, anew: bool = True
    ) -> AbstractContextManager[Writable]:
        """Where a ciphertext is written. It is there, whole and for good, once the block ends, and not at all where
        the block raises. Of that moment: ``anew`` raises :class:`~apps.vault.errors.ObjectExists` where there is one;
        ``replacing`` raises it where the one that is there has not this mark, or is gone."""
        ...

    def read(self, tenant: uuid.UUID, name: str) -> AbstractContextManager[Blob]:
        """The ciphertext. Raises :class:`~apps.vault.errors.NoSuchObject`."""
        ...

    def delete(self, tenant: uuid.UUID, name: str) -> None:
        """Takes it away for good. Raises :class:`~apps.vault.errors.NoSuchObject`."""
        ...

    def names(self, tenant: uuid.UUID, prefix: str) -> Iterator[str]:
        """The names that begin so, in order."""
        ...

    def remove_unfinished(self, tenant: uuid.UUID) -> int:
        """Takes away what a process that is gone had begun to write. Says how many."""
        ...
