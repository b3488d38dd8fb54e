"""Numbers and bytes as text, with one way to write each: what is written otherwise is no number and no bytes."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from specward.tlog.hashing import MAX_SIZE

_DECIMAL: Final = re.compile(r"(?:0|[1-9][0-9]{0,18})", re.ASCII)


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes | None:
    """Standard base64 (RFC 4648, section 4) with its padding, exactly as it is written; else ``None``."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return data if to_base64(data) == text else None


def from_decimal(text: str) -> int | None:
    """ASCII digits without a sign or leading zeroes, at most 2^63 - 1; else ``None``."""
    if not _DECIMAL.fullmatch(text):
        return None
    number = int(text)
    return number if number <= MAX_SIZE else None
