"""Django's session engine (``SESSION_ENGINE``): sessions of signed-in people only, in their tenant's schema.

The cookie is ``<tenant hex>.<key>``: a claim, and 32 random bytes. A session is found under both walls or not at all.
Nobody who is not signed in has one, so there is nothing that an attacker could plant before a sign-in.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import secrets
import uuid
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.accounts.errors import AccountsError
from apps.accounts.models import Session
from apps.tenants.walls import connection

_COOKIE: Final = re.compile(r"([0-9a-f]{32})\.[A-Za-z0-9_-]{43}")
_SEEN_EVERY: Final = datetime.timedelta(minutes=1)


class NobodySignedIn(AccountsError):
    """Something wanted to keep a session for nobody."""

    code = "nobody-signed-in"


def claimed_tenant(cookie: str) -> uuid.UUID | None:
    """The tenant that a cookie claims; None where it is no session's cookie at all."""
    found = _COOKIE.fullmatch(cookie)
    return None if found is None else uuid.UUID(found[1])


def digest(cookie: str) -> str:
    """Under what a session is stored. Its key is random enough to need neither salt nor pepper."""
    return hashlib.sha256(cookie.encode("ascii")).hexdigest()


def prove(cookie: str, now: datetime.datetime) -> Session | None:
    """The session of a cookie with its user, if it is one behind the walls that stand. One query, two once a minute."""
    session = Session.objects.select_related("user").filter(digest=digest(cookie)).order_by().first()
    if session is None or not _is_good(session, now):
        return None
    if now - session.last_seen >= _SEEN_EVERY:
        Session.objects.filter(id=session.id).update(last_seen=now)
    return session


def _is_good(session: Session, now: datetime.datetime) -> bool:
    idle = datetime.timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    whole = datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    if now - session.last_seen >= idle or now - session.created >= whole or not session.user.may_enter(now):
        return False
    # A password that was changed past the functions that end sessions ends them all the same.
    return constant_time_compare(session.data.get(HASH_SESSION_KEY, ""), session.user.get_session_auth_hash())


class SessionStore(SessionBase):
    """The session of one browser. What is new or changed is written by ``save``, which the middleware calls."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.row: Session | None = None
        self.address: str | None = None
        self.browser = ""

    @classmethod
    def of(cls, session: Session, cookie: str) -> SessionStore:
        """The store of a session that is proven already: asks nothing again."""
        store = cls(cookie)
        store.row = session
        store._session_cache = dict(session.data)
        return store

    def load(self) -> dict[str, Any]:
        cookie = self.session_key
        if cookie is not None and claimed_tenant(cookie) is not None:
            self.row = prove(cookie, timezone.now())
            if self.row is not None:
                return dict(self.row.data)
        self._session_key = None
        return {}

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(digest=digest(session_key)).exists()

    def create(self) -> None:
        self._session_key = _new_cookie()
        self._session_cache: dict[str, Any] = {}
        self.row = None
        self.modified = True

    def cycle_key(self) -> None:
        """A new key for the same content. The old one is gone at once."""
        content, old = dict(self.items()), self.session_key
        self.create()
        self._session_cache = content
        if old is not None:
            self.delete(old)

    def save(self, must_create: bool = False) -> None:
        content = dict(self.items())
        if self.row is not None and not must_create:
            if not Session.objects.filter(id=self.row.id).update(data=content):
                raise UpdateError
            return
        if not content:
            return
        if SESSION_KEY not in content:
            raise NobodySignedIn(
                f"Nobody is signed in, so there is no session to keep {sorted(content)} in. Use a signed cookie."
            )
        cookie = self.session_key or _new_cookie()
        self._session_key = cookie
        self.row = Session.objects.create(
            digest=digest(cookie),
            user_id=content[SESSION_KEY],
            data=content,
            address=self.address,
            browser=self.browser[:200],
        )

    def delete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key is not None:
            Session.objects.filter(digest=digest(session_key)).delete()

    def flush(self) -> None:
        super().flush()
        self.row = None

    @classmethod
    def clear_expired(cls) -> None:
        """Removes what proves nothing any more, behind the walls that stand."""
        now = timezone.now()
        Session.objects.filter(created__lte=now - datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE)).delete()
        Session.objects.filter(last_seen__lte=now - datetime.timedelta(seconds=settings.SESSION_IDLE_SECONDS)).delete()


def _new_cookie() -> str:
    tenant_id = connection().walls.tenant_id
    if tenant_id is None:
        raise NobodySignedIn("A session is made for a person whose tenant is known, and none is.")
    return f"{tenant_id.hex}.{secrets.token_urlsafe(32)}"
