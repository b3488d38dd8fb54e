"""The recorded person's id, so that what is theirs can be found and discarded without the id being kept."""

from __future__ import annotations

from apps.vault.keyed_digests import keyed_digest


def digest(end_user: str) -> str:
    """64 hexadecimal digits. Upper and lower case, and spaces around, are kept: an id is compared as it is."""
    return keyed_digest("recordings/end-user-key", end_user)
