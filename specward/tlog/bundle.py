"""The parts of a proof bundle (docs/audit-log.md, section 4), and how large each may be.

========================  =========================================================================================
``manifest.json``         format, origin of the log, its size, its keys, when the bundle was made
``entries.jsonl``         a line for each entry with its salt, and for each stretch that is absent
``hashes``                all leaf hashes of the log, 32 bytes each: the tiles of level 0 behind each other
``checkpoints.jsonl``     signed checkpoints, the smallest first
``consistency.jsonl``     consistency proofs between them; may be missing
``proofs/N.tlog-proof``   proofs of single entries; may be missing
========================  =========================================================================================
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from specward.tlog import strict_json
from specward.tlog.hashing import HASH_BYTES
from specward.tlog.leaves import MAX_CONTENT_BYTES, is_timestamp
from specward.tlog.notes import MAX_NOTE_BYTES, VerifierKey
from specward.tlog.proof_files import MAX_PROOF_BYTES
from specward.tlog.refusals import BundleRefused, NoteRefused

FORMAT: Final = "specward.audit.bundle/v1"
MANIFEST, ENTRIES, HASHES = "manifest.json", "entries.jsonl", "hashes"
CHECKPOINTS, CONSISTENCY = "checkpoints.jsonl", "consistency.jsonl"

MAX_ENTRIES: Final = 5_000_000
MAX_CHECKPOINTS: Final = 10_000
MAX_ABSENCES: Final = 100_000
MAX_KEYS: Final = 5_000
MAX_LINE_BYTES: Final = MAX_CONTENT_BYTES + 128

_PROOF: Final = re.compile(r"proofs/(0|[1-9][0-9]{0,6})\.tlog-proof", re.ASCII)
_LIMITS: Final = {
    MANIFEST: 2 * 1024 * 1024,
    ENTRIES: 2**31 - 1,
    HASHES: MAX_ENTRIES * HASH_BYTES,
    CHECKPOINTS: 64 * 1024 * 1024,
    CONSISTENCY: 64 * 1024 * 1024,
}
MAX_CHECKPOINT_LINE: Final = 2 * MAX_NOTE_BYTES

# Lines have one form, so that they can be cut without parsing them. What is hashed is the entry's bytes as they stand.
ENTRY_LINE: Final = re.compile(rb'\{"index":(0|[1-9][0-9]{0,6}),"salt":"([0-9a-f]{32})","entry":(\{.*\})\}', re.ASCII)
ABSENCE_LINE: Final = re.compile(
    rb'\{"first":(0|[1-9][0-9]{0,6}),"last":(0|[1-9][0-9]{0,6}),"absent":"(?:pruned","by":(0|[1-9][0-9]{0,6})|withheld")\}'
)


def limit_of(name: str) -> int | None:
    """The bytes that a member may have; ``None`` where the name is none of a bundle's."""
    return MAX_PROOF_BYTES if _PROOF.fullmatch(name) else _LIMITS.get(name)


def proof_index(name: str) -> int | None:
    found = _PROOF.fullmatch(name)
    return int(found[1]) if found else None


def compact(value: Any) -> bytes:
    """JSON without spaces, members as they come."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def entry_line(index: int, salt: bytes, content: bytes) -> bytes:
    return b'{"index":%d,"salt":"%s","entry":%s}\n' % (index, salt.hex().encode("ascii"), content)


def absence_line(first: int, last: int, by: int | None) -> bytes:
    why = b'"withheld"' if by is None else b'"pruned","by":%d' % by
    return b'{"first":%d,"last":%d,"absent":%s}\n' % (first, last, why)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the bundle says of itself. ``keys`` are the log's, the first one first; ``made`` is a time."""

    origin: str
    size: int
    keys: tuple[VerifierKey, ...]
    made: str

    def __bytes__(self) -> bytes:
        keys = [str(key) for key in self.keys]
        said = {"format": FORMAT, "origin": self.origin, "size": self.size, "keys": keys, "made": self.made}
        return compact(said) + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Raises :class:`BundleRefused`."""
        said = object_line(data.removesuffix(b"\n"), MANIFEST, {"format", "origin", "size", "keys", "made"})
        if said["format"] != FORMAT:
            raise BundleRefused(
                f"it is no bundle of the format {FORMAT}",
                where=MANIFEST,
                hint="A bundle of a later format needs a later release of this program.",
            )
        origin, size, keys = said["origin"], said["size"], said["keys"]
        if type(origin) is not str or not origin or not origin.isprintable():
            raise BundleRefused("its origin is no name of a log", where=MANIFEST)
        if type(size) is not int or not 0 <= size <= MAX_ENTRIES:
            raise BundleRefused(f"its size is no whole number up to {MAX_ENTRIES:,}", where=MANIFEST)
        if not is_timestamp(said["made"]):
            raise BundleRefused("it does not say when it was made", where=MANIFEST)
        if type(keys) is not list or not 1 <= len(keys) <= MAX_KEYS or any(type(key) is not str for key in keys):
            raise BundleRefused(f"its keys are no list of 1 to {MAX_KEYS} texts", where=MANIFEST)
        try:
            parsed = tuple(VerifierKey.parse(key) for key in keys)
        except NoteRefused as refused:
            raise BundleRefused(f"a key in it is none. {refused}", where=MANIFEST) from refused
        if len({(key.name, key.key_id) for key in parsed}) != len(parsed):
            raise BundleRefused("it has a key twice", where=MANIFEST)
        return cls(origin, size, parsed, said["made"])


def object_line(line: bytes, where: str, members: set[str]) -> dict[str, Any]:
    """One JSON object with exactly these members. Raises :class:`BundleRefused`."""
    try:
        value = strict_json.read(line)
    except strict_json.NotStrict as refused:
        raise BundleRefused(str(refused), where=where) from refused
    if type(value) is not dict or set(value) != members:
        raise BundleRefused(f"it is no object of {', '.join(sorted(members))}", where=where)
    return value
