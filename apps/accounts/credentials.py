"""What a request has proven: nothing, a session, or a token."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from apps.accounts.models import Session, Token


class Kind(StrEnum):
    """By what a request is known."""

    ANONYMOUS = "anonymous"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105  # a kind of credential, and none itself


@dataclass(frozen=True, slots=True)
class Credential:
    """What was proven. ``scopes`` limit a token; a session has none, and is limited by the role alone."""

    kind: Kind
    token: Token | None = None
    session: Session | None = None
    scopes: frozenset[str] = frozenset()


ANONYMOUS: Final = Credential(Kind.ANONYMOUS)
