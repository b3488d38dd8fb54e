"""How a token is written: ``swd_<tenant>_<secret><crc>``.

- ``swd_``: what secret scanners look for: ``swd_[0-9a-f]{32}_[0-9A-Za-z]{49}``.
- tenant: 32 hexadecimal digits. A claim, which the database must prove.
- secret: 32 random bytes as 43 digits in base 62.
- crc: CRC-32 (as in zlib) of all that stands before it, as 6 digits in base 62. A typing error, and a finding that is
  no token, are told without asking anybody.
"""

from __future__ import annotations

import re
import secrets
import uuid
import zlib
from dataclasses import dataclass
from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHAPE: Final = re.compile(r"swd_([0-9a-f]{32})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})")
_SECRET_BYTES: Final = 32
LENGTH: Final = 4 + 32 + 1 + 43 + 6


@dataclass(frozen=True, slots=True)
class Written:
    """A token that is written as one is. It claims a tenant and has proven nothing."""

    text: str
    tenant_id: uuid.UUID

    def __repr__(self) -> str:
        return f"Written({self.prefix}…)"

    @property
    def prefix(self) -> str:
        """What may be shown: as much as tells two tokens apart."""
        return self.text[:41]


def new(tenant_id: uuid.UUID) -> Written:
    """A token that nobody has had before."""
    secret = int.from_bytes(secrets.token_bytes(_SECRET_BYTES))
    body = f"swd_{tenant_id.hex}_{_base62(secret, 43)}"
    return Written(body + _checksum(body), tenant_id)


def read(text: str) -> Written | None:
    """The token in a text that is nothing else; None where it cannot be one."""
    if len(text) != LENGTH:
        return None
    found = _SHAPE.fullmatch(text)
    if found is None or _checksum(text[:-6]) != found[3]:
        return None
    return Written(text, uuid.UUID(found[1]))


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode("ascii")), 6)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
