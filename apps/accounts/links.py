"""Secrets in links that are sent by mail: random, kept as a digest, and silent about the tenant."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from django.conf import settings

from apps.accounts.errors import LinkRefused
from apps.tenants.models import Domain
from apps.tenants.walls import connection

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """32 random bytes, for a path."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Under what it is kept. Raises :class:`LinkRefused` for what was never a secret of ours."""
    if not _SECRET.fullmatch(secret):
        raise LinkRefused
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def address(path: str) -> str:
    """The full address of a path at the tenant's own first host: never at the host that a request named."""
    tenant_id = connection().walls.proven
    host = Domain.objects.filter(tenant_id=tenant_id).order_by("-is_primary", "id").values_list("domain", flat=True)[0]
    scheme = "https" if settings.HTTPS else "http"
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{scheme}://{host}{port}{path}"
