"""The peppers under which tokens are kept: the newest makes digests, older ones prove until they are taken out."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Digest:
    """An HMAC-SHA256 in hexadecimal digits, and which pepper it is under."""

    value: str
    pepper: str


def _peppers() -> Mapping[str, bytes]:
    peppers: Mapping[str, bytes] = settings.TOKEN_PEPPERS
    return peppers


def digest(text: str) -> Digest:
    """Under the newest pepper."""
    return next(iter(digests(text)))


def digests(text: str) -> tuple[Digest, ...]:
    """Under each pepper, the newest first."""
    return tuple(
        Digest(hmac.new(pepper, text.encode("ascii"), hashlib.sha256).hexdigest(), name)
        for name, pepper in _peppers().items()
    )
