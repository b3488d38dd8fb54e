"""Writing proof bundles: entries as they come, in bounded memory, into any stream."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, BinaryIO

from specward.tlog.bundle import (
    CHECKPOINTS,
    CONSISTENCY,
    ENTRIES,
    HASHES,
    MANIFEST,
    Manifest,
    absence_line,
    compact,
    entry_line,
)
from specward.tlog.encoding import to_base64
from specward.tlog.proof_files import TlogProof

_BLOCK = 262_144


class BundleWriter:
    """The ZIP of a bundle, part by part, in any order; each part once. The stream needs neither seek nor tell.

    A ``with`` block ends the ZIP where it was left without an error. After one nothing more is written.
    """

    def __init__(self, stream: BinaryIO, manifest: Manifest) -> None:
        self._stream = _UntilItFails(stream)
        self._zip = zipfile.ZipFile(self._stream, "w")
        self._member(MANIFEST, [bytes(manifest)])

    def __enter__(self) -> BundleWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.has_failed = kind is not None
        self._zip.close()

    def entries(self, lines: Iterable[bytes]) -> None:
        """Lines of :func:`entry` and :func:`absence`, in the order of the log."""
        self._member(ENTRIES, lines)

    def hashes(self, hashes: Iterable[bytes]) -> None:
        """All leaf hashes of the log, single or many behind each other. They are stored: hashes do not shrink."""
        self._member(HASHES, hashes, packed=False)

    def checkpoints(self, notes: Iterable[bytes]) -> None:
        """Signed checkpoints, the smallest first. The last one covers everything."""
        self._member(CHECKPOINTS, (compact({"checkpoint": note.decode("utf-8")}) + b"\n" for note in notes))

    def consistency(self, steps: Iterable[tuple[int, int, Sequence[bytes]]]) -> None:
        """Consistency proofs between sizes of checkpoints."""
        self._member(
            CONSISTENCY,
            (
                compact({"first": first, "second": second, "path": [to_base64(each) for each in path]}) + b"\n"
                for first, second, path in steps
            ),
        )

    def proof(self, proof: TlogProof) -> None:
        """The proof of one entry, to be given away alone."""
        self._member(f"proofs/{proof.index}.tlog-proof", [bytes(proof)])

    def _member(self, name: str, parts: Iterable[bytes], *, packed: bool = True) -> None:
        info = zipfile.ZipInfo(name)  # its time is 1980: the same parts make the same bytes
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        with self._zip.open(info, "w") as member:
            try:
                for block in _blocks(parts):
                    member.write(block)
            except BaseException:
                self._stream.has_failed = True
                raise


class _UntilItFails:
    """A stream that takes nothing more once something has failed. A ZIP that is left in the middle is ended by zipfile
    nevertheless, as late as by its ``__del__``: to whoever reads the stream it would seem whole."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.has_failed = False

    def write(self, data: bytes | bytearray | memoryview) -> int:
        return memoryview(data).nbytes if self.has_failed else self._stream.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def entry(index: int, salt: bytes, content: bytes) -> bytes:
    """The line of an entry: ``content`` are its canonical bytes."""
    return entry_line(index, salt, content)


def absence(first: int, last: int, *, pruned_by: int | None = None) -> bytes:
    """The line of entries ``first`` to ``last`` that are not in the bundle: pruned, as an entry says, or left out."""
    return absence_line(first, last, pruned_by)


def _blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts, joined into larger ones: deflate is called less often."""
    block = bytearray()
    for part in parts:
        block += part
        if len(block) >= _BLOCK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)
