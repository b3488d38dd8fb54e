"""What of an entry is hashed, byte by byte (docs/audit-log.md, section 2). Frozen: a change is a new version.

::

    content    = the entry as canonical JSON, UTF-8
    commitment = SHA-256(salt || content)                     salt: 16 random bytes
    leaf data  = "specward.entry.v1\\n" || commitment          18 + 32 bytes
    leaf hash  = SHA-256(0x00 || leaf data)                   RFC 9162, section 2.1.1

The leaf data is short whatever the entry's size, so it fits into an entry bundle (65,535 bytes), and says nothing
about the entry: with the salt and the content deleted, nobody can find out by guessing what it was.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from specward.tlog.hashing import leaf_hash
from specward.tlog.refusals import LeafRefused

SALT_BYTES: Final = 16
PREFIX: Final = b"specward.entry.v1\n"
MAX_CONTENT_BYTES: Final = 1_048_576
"""Of one entry. Whoever logs larger ones shortens them first, and says so in them."""

MAX_DEPTH: Final = 64
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d\.\d{6}Z", re.ASCII)
_LARGEST: Final = 2**63
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def new_salt() -> bytes:
    """16 bytes of the system's random numbers. Each entry has its own."""
    return secrets.token_bytes(SALT_BYTES)


def timestamp(moment: datetime) -> str:
    """A time as entries write it: UTC, microseconds, ``2026-11-27T09:30:00.000000Z``. It must know its zone."""
    if moment.tzinfo is None:
        raise LeafRefused("A time without a zone is no time of an entry.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def is_timestamp(text: object) -> bool:
    """Whether it is a time as :func:`timestamp` writes it. Such texts sort as their times do."""
    if type(text) is not str or not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def canonical(entry: Mapping[str, Any]) -> bytes:
    """The content of a leaf: JSON in UTF-8, members in order of their code points, nothing between the tokens.

    Strings escape ``"``, ``\\`` and what is below U+0020, and nothing else; whole numbers are below 2^63 in amount;
    other numbers are the shortest decimal that reads back as the same double. ``time`` (when it happened) and
    ``logged`` (when it got its place) are needed. Raises :class:`LeafRefused`, which names no content.
    """
    for name in ("time", "logged"):
        if not is_timestamp(entry.get(name)):
            raise LeafRefused(f"An entry has a member {name}, as 2026-11-27T09:30:00.000000Z.")
    _check(dict(entry), 0)
    try:
        content = _ENCODER.encode(dict(entry)).encode("utf-8")
    except UnicodeEncodeError as failed:
        raise LeafRefused("An entry has a string that is no Unicode text: half of a surrogate pair.") from failed
    if len(content) > MAX_CONTENT_BYTES:
        raise LeafRefused(f"An entry has at most {MAX_CONTENT_BYTES:,} bytes.", hint="Shorten it, and say so in it.")
    return content


def _check(value: object, depth: int) -> None:
    """Exact types only: a subclass may print itself as it likes."""
    if depth > MAX_DEPTH:
        raise LeafRefused(f"An entry is at most {MAX_DEPTH} deep.")
    kind = type(value)
    if kind is dict:
        for name, member in value.items():  # type: ignore[attr-defined]  # mypy does not follow type()
            if type(name) is not str:
                raise LeafRefused("A member of an entry has a name that is no string.")
            _check(member, depth + 1)
    elif kind is list:
        for item in value:  # type: ignore[attr-defined]  # as above
            _check(item, depth + 1)
    elif kind is int:
        if not -_LARGEST < value < _LARGEST:  # type: ignore[operator]  # as above
            raise LeafRefused("A whole number in an entry is below 2^63 in amount.")
    elif kind is float:
        if value - value != 0:  # type: ignore[operator]  # as above; infinity and NaN
            raise LeafRefused("A number in an entry is finite.")
    elif kind is not str and kind is not bool and value is not None:
        raise LeafRefused("An entry is made of objects, lists, strings, numbers, true, false and null.")


def leaf_data(salt: bytes, content: bytes) -> bytes:
    """The 50 bytes that stand for an entry in the log, and in its entry bundles."""
    if len(salt) != SALT_BYTES:
        raise LeafRefused(f"A salt has {SALT_BYTES} bytes.")
    return PREFIX + sha256(salt + content).digest()


def entry_hash(salt: bytes, content: bytes) -> bytes:
    """The leaf hash of an entry."""
    return leaf_hash(leaf_data(salt, content))
