"""The bytes of an export, in pieces of one size, each a sealed object of the store.

An export is written from its beginning whoever makes it, and however often: what is at its place already, by its
digest, is passed over. Which pieces count stands in the row, by their names; a name has the turn in it, so that nothing
that a late worker writes is ever read. No transaction is open here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress

from django.db import connection

from apps.audit.exports import life
from apps.audit.exports.errors import Altered, TooLarge
from apps.audit.exports.models import Export
from apps.audit.exports.ranges import Stretch
from apps.vault import configured
from apps.vault.errors import NoSuchObject


class TransactionOpen(RuntimeError):
    """Storing takes as long as the store likes; a transaction around it would hold locks and old rows as long."""


class Writing:
    """Where an export is written to: a stream that cuts itself into pieces. It cannot seek or tell.

    Memory: a piece, and what is written at once. ``most``: bytes of the whole, :class:`TooLarge` beyond them.
    """

    def __init__(self, claimed: life.Claim, most: int | None = None) -> None:
        if connection.in_atomic_block:
            raise TransactionOpen("An export was begun within a transaction. Make it after that is committed.")
        self._claimed = claimed
        self._size = claimed.export.piece
        self._most = most
        self._before = list(claimed.export.pieces)
        self._names: list[str] = []
        self._waiting = bytearray()
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes | bytearray | memoryview, /) -> int:
        """Takes any number of bytes. Raises :class:`~apps.audit.exports.errors.LeaseLost`, what the vault raises, and
        :class:`TooLarge`."""
        self._waiting += data
        if self._most is not None and self.bytes + len(self._waiting) > self._most:
            raise TooLarge
        while len(self._waiting) >= self._size:
            self._store(bytes(self._waiting[: self._size]))
            del self._waiting[: self._size]
        return len(data)

    def flush(self) -> None:
        """Nothing: a piece is stored once it is whole."""

    def finish(self) -> str:
        """Stores what is left, and gives the digest of all. What others have begun and nobody counts is deleted."""
        if self._waiting:
            self._store(bytes(self._waiting))
            self._waiting.clear()
        if self._before[len(self._names) :]:
            life.count_piece(self._claimed, self._names, self.bytes)
        _delete_all_but(self._claimed.export, frozenset(self._names))
        return self._digest.hexdigest()

    def _store(self, piece: bytes) -> None:
        number, digest = len(self._names), hashlib.sha256(piece).hexdigest()
        self._digest.update(piece)
        self.bytes += len(piece)
        if number < len(self._before) and _digest_of(self._claimed.export, self._before[number]) == digest:
            self._names.append(self._before[number])
            return
        # From here on it is another one than the last worker's: the log was pruned meanwhile, or the program is newer.
        del self._before[number:]
        name = f"{self._claimed.fence:04}-{number:06}"
        configured.object_store().put(self._claimed.export.folder + name, [piece], replace=True)
        self._names.append(name)
        life.count_piece(self._claimed, self._names, self.bytes)


def _digest_of(export: Export, name: str) -> str | None:
    try:
        return configured.object_store().describe(export.folder + name).sha256
    except NoSuchObject:
        return None


def read(export: Export, stretch: Stretch) -> Iterator[bytes]:
    """The bytes of a stretch, 64 KiB or less at a time. Raises what the vault raises, and :class:`Altered` for a piece
    of another size than it was made with."""
    for number in range(stretch.first // export.piece, -(-stretch.end // export.piece)):
        begin = number * export.piece
        with configured.object_store().opened(export.folder + export.pieces[number]) as stream:
            if stream.summary.size != min(export.piece, export.bytes - begin):
                raise Altered
            skip, end = max(stretch.first - begin, 0), min(stretch.end - begin, stream.summary.size)
            at = 0
            while at < end:
                chunk = stream.read1()
                if not chunk:
                    raise Altered
                wanted = chunk[max(skip - at, 0) : end - at]
                if wanted:
                    yield wanted
                at += len(chunk)


def delete(export: Export) -> None:
    """Takes all pieces away, those that do not count too."""
    _delete_all_but(export, frozenset())


def _delete_all_but(export: Export, names: frozenset[str]) -> None:
    for path in list(configured.object_store().names(export.folder)):
        if path.removeprefix(export.folder) not in names:
            with suppress(NoSuchObject):  # somebody was quicker
                configured.object_store().delete(path)
