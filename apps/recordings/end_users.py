"""The recorded person's id, so that what is theirs can be found and discarded without the id being kept.

An HMAC-SHA256 under a key of the tenant's own, which is sealed like every secret: whoever holds the database can
neither read the ids nor try out addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from django.db import connection, transaction

from apps.vault import configured
from apps.vault.binding import tenant_here
from apps.vault.errors import NoSuchObject
from apps.vault.secret import Secret

_KEY: Final = "recordings/end-user-key"


def digest(end_user: str) -> str:
    """64 hexadecimal digits. Upper and lower case, and spaces around, are kept: an id is compared as it is."""
    return hmac.new(_key().reveal(), end_user.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _key() -> Secret[bytes]:
    try:
        return configured.secret_store().read(_KEY)
    except NoSuchObject:
        pass  # the first one
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two first ones would make two keys, and the ids under one of them would never be found.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{_KEY} {tenant_here()}"])
        try:
            return configured.secret_store().read(_KEY)
        except NoSuchObject:
            configured.secret_store().put(_KEY, Secret(secrets.token_bytes(32)))
    return configured.secret_store().read(_KEY)
