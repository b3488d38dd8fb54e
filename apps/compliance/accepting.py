"""The promises are contractual: somebody of the tenant accepts them, as they are, by their digest."""

from __future__ import annotations

import hmac

from apps.accounts.models import User
from apps.compliance import promises
from apps.compliance.errors import PromisesChanged
from apps.compliance.models import Acceptance


def accept(digest: str, by: User) -> Acceptance:
    """Accepts the promises that somebody has read. Again and again changes nothing. Raises :class:`PromisesChanged`."""
    now = promises.digest()
    if not hmac.compare_digest(now.encode(), digest.encode()):
        raise PromisesChanged
    if (last := newest()) is not None and last.digest == now:
        return last
    return Acceptance.objects.create(
        version=promises.VERSION, digest=now, promised=promises.as_data(), by=by, by_name=by.name, by_email=by.email
    )


def newest() -> Acceptance | None:
    """What was accepted last; None while nothing was."""
    return Acceptance.objects.first()


def is_accepted() -> bool:
    """Whether the promises are accepted as they are now."""
    last = newest()
    return last is not None and last.digest == promises.digest()
