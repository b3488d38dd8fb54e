"""Digests of what must be found again and must not be kept: HMAC-SHA256 under a key of the tenant's own.

Each purpose has its own key, sealed like every secret: whoever holds the database can neither read what was digested
nor try out what it might have been.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.db import connection, transaction

from apps.vault import configured
from apps.vault.binding import tenant_here
from apps.vault.errors import NoSuchObject
from apps.vault.secret import Secret


def keyed_digest(purpose: str, of: str) -> str:
    """64 hexadecimal digits, for the tenant behind whose walls this runs. ``purpose`` names the key."""
    return hmac.new(_key(purpose).reveal(), of.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _key(purpose: str) -> Secret[bytes]:
    try:
        return configured.secret_store().read(purpose)
    except NoSuchObject:
        pass  # the first one
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two first ones would make two keys, and what is under one of them would never be found.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{purpose} {tenant_here()}"])
        try:
            return configured.secret_store().read(purpose)
        except NoSuchObject:
            configured.secret_store().put(purpose, Secret(secrets.token_bytes(32)))
    return configured.secret_store().read(purpose)
