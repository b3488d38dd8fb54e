"""Who is acting, why, and in which request: told to the database with every transaction.

The database's triggers write who acted into each entry, so that no statement need say it: not raw SQL, not a bulk
update. They read ``app.actor``, a transaction-local setting with one JSON object. It travels in the message that
carries the walls (``apps/tenants/postgresql``): no round trip of its own, and sent again after a savepoint was rolled
back. What nobody said reads as the database role that was connected.
"""

from __future__ import annotations

import ipaddress
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Final

from apps.audit.vocabulary import ActorKind
from apps.tenants.walls import NOBODY, connection

LONGEST: Final = 200
"""Characters of a name or a narrative that are kept."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody as of now: an entry keeps this snapshot, whatever becomes of the account.

    ``id`` is the user's, also for a token, which acts for its user and has ``token_id`` on top.
    """

    kind: ActorKind
    name: str = ""
    email: str = ""
    id: uuid.UUID | None = None
    token_id: uuid.UUID | None = None

    @staticmethod
    def system(name: str) -> Actor:
        """A command, a task or a schedule, by its name."""
        return Actor(ActorKind.SYSTEM, name)

    @staticmethod
    def user(user: Any, kind: ActorKind = ActorKind.USER) -> Actor:
        """A person with an account here."""
        return Actor(kind, str(getattr(user, "name", "")), str(getattr(user, "email", "")), user.pk)

    @staticmethod
    def token(token: Any, user: Any) -> Actor:
        """A program with somebody's token. Its name is the person's and the token's."""
        named = f"{getattr(user, 'name', '')} ({getattr(token, 'name', 'token')})"
        return Actor(ActorKind.TOKEN, named, str(getattr(user, "email", "")), user.pk, token.pk)


ANONYMOUS: Final = Actor(ActorKind.ANONYMOUS)


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, in which request, and what the application says it is doing (``narrative``).

    ``client_request_id`` is only what the client said: never unique, never looked up as ours.
    """

    actor: Actor
    request_id: uuid.UUID | None = None
    client_request_id: str = ""
    address: str | None = None
    narrative: str = ""

    @property
    def as_sql(self) -> str:
        """The JSON as a literal of SQL: plain ASCII, its quotes and percent signs escaped by JSON's own rules, so that
        no character of a name ends the literal or counts as a placeholder."""
        known = {
            "kind": self.actor.kind.value,
            "id": _text(self.actor.id),
            "name": _kept(self.actor.name),
            "email": _kept(self.actor.email),
            "token_id": _text(self.actor.token_id),
            "request_id": _text(self.request_id),
            "client_request_id": _kept(self.client_request_id),
            "address": valid_address(self.address),
            "narrative": _kept(self.narrative),
        }
        said = json.dumps({key: value for key, value in known.items() if value}, ensure_ascii=True)
        escaped = said.replace("'", r"\u0027").replace("%", r"\u0025")
        return f"'{escaped}'"


def _text(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)


def _kept(text: str) -> str:
    # A lone surrogate and NUL are no text of PostgreSQL's.
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:LONGEST]


def valid_address(address: str | None) -> str | None:
    """The address where it is one (IPv4 or IPv6, without a zone); None for anything else."""
    try:
        return ipaddress.ip_address((address or "").partition("%")[0]).compressed
    except ValueError:
        return None


_current: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting | None:
    """Who acts now, in this thread; None where nobody has said."""
    return _current.get()


def become(acting: Acting | None) -> None:
    """Acts as somebody else from here on, until the surrounding :func:`acting_as` ends: for a sign-in."""
    _current.set(acting)
    connection().acting = NOBODY if acting is None else acting.as_sql


@contextmanager
def acting_as(actor: Actor | Acting) -> Iterator[Acting]:
    """Acts as somebody for a while. Inside of another one the request and the address stay, and come back after it."""
    before = _current.get()
    if isinstance(actor, Acting):
        acting = actor
    else:
        acting = Acting(actor) if before is None else replace(before, actor=actor, narrative="")
    become(acting)
    try:
        yield acting
    finally:
        become(before)


@contextmanager
def narrating(narrative: str) -> Iterator[None]:
    """Says what the application is doing: stands in each entry that is written meanwhile. No secrets, one sentence."""
    before = _current.get()
    become(replace(before or Acting(Actor(ActorKind.DATABASE)), narrative=narrative))
    try:
        yield
    finally:
        become(before)
