"""``Idempotency-Key`` on POST (draft-ietf-httpapi-idempotency-key-header-07): asked twice, done once.

- A key belongs to a person, and a request under it is its method, path and body. The same again gets the first answer,
  with ``Idempotency-Replayed: true``; another one under the same key is refused (422), and so is the same one while the
  first is still being worked on (409).
- Kept is what succeeded, in the transaction of what it did: either both are there or neither. What was refused has
  changed nothing, and is simply judged again.
- Kept for 24 hours, behind the walls of the tenant. What holds a secret is kept **without it**: a secret is shown once,
  and the answer that is given again has ``null`` in its place. Whoever lost the first answer rotates the token.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Callable, Collection
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.models import IdempotentAnswer
from apps.api.problems import Problem, Refused, Wrong, refuse

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
KEPT: Final = datetime.timedelta(hours=24)
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")
PATTERN: Final = f"^{_KEY.pattern}$"
_SWEPT: Final = 100
"""Expired answers that a request with a key takes out at most."""


def once(request: Request, secrets: Collection[str], act: Callable[[], Response]) -> Response:
    """The answer of ``act``, or the one that was given under the request's key before.

    ``secrets`` are the top-level fields of the answer that are not kept. Raises :class:`apps.api.problems.Refused`.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    if not _KEY.fullmatch(key):
        detail = "A key is 16 to 128 letters, digits, - and _. Take a new UUID for each request."
        raise refuse(Wrong("invalid", detail, header=HEADER))
    user: Any = request.user
    kept_under, asked = _digest(key), _digest(f"{request.method} {request.get_full_path()}\n{_canonical(request.data)}")
    _work_alone(request, kept_under)
    now = timezone.now()
    found = IdempotentAnswer.objects.filter(user=user, key=kept_under).first()
    if found is not None and found.created > now - KEPT:
        return _again(found, asked)
    if found is not None:
        found.delete()
    response = act()
    if response.status_code < 400:
        body = {name: None if name in secrets else value for name, value in (response.data or {}).items()}
        IdempotentAnswer.objects.create(
            user=user, key=kept_under, request=asked, status=response.status_code, body=_plain(body)
        )
        _sweep(now)
    return response


def _again(found: IdempotentAnswer, asked: str) -> Response:
    if found.request != asked:
        detail = "This Idempotency-Key came with another request before. Use a new one for each request."
        raise Refused(Problem(422, "idempotency-key-reused", detail))
    return Response(found.body, found.status, headers={REPLAYED: "true"})


def _work_alone(request: Request, key: str) -> None:
    """Holds the key until the transaction ends. The lock is of tenant, person and key."""
    tenant = request._request.route.tenant_id  # type: ignore[attr-defined]
    digest = hashlib.sha256(f"idempotency:{tenant}:{request.user.pk}:{key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], signed=True)])
        row = cursor.fetchone()
    if row is None or not row[0]:
        detail = "The request with this Idempotency-Key is still being worked on. Ask again in a moment."
        raise Refused(Problem(409, "idempotency-key-in-use", detail, headers={"Retry-After": "1"}))


def _sweep(now: datetime.datetime) -> None:
    old = IdempotentAnswer.objects.filter(created__lte=now - KEPT).order_by("created")
    free = old.select_for_update(skip_locked=True).values("pk")[:_SWEPT]
    IdempotentAnswer.objects.filter(pk__in=free).delete()


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def _plain(body: dict[str, Any]) -> Any:
    """As it is rendered: moments and ids as text."""
    from rest_framework.utils.encoders import JSONEncoder

    return json.loads(json.dumps(body, cls=JSONEncoder))


def _digest(text: str) -> str:
    """Under a key that is not in the database: who reads it there cannot try out what a body may have said."""
    return salted_hmac("api.idempotency", text.encode("utf-8", "surrogatepass"), algorithm="sha256").hexdigest()
