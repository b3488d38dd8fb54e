"""security.txt (RFC 9116): where weaknesses are reported, and until when that may be believed."""

from __future__ import annotations

import datetime
from typing import Final

from django.conf import settings

BELIEVED_FOR: Final = datetime.timedelta(days=360)
"""After the day when somebody looked: RFC 9116, section 2.5.5, recommends less than a year into the future."""
_POLICY: Final = "See SECURITY.md in the docs: acknowledged in 2 business days, critical fixes in 30 days."


def expires() -> datetime.datetime | None:
    """The end, by the day when somebody last looked that the contact is read: never by today. None without a contact.

    It may have passed: then the file says so itself, and nobody is to use it (section 5.3).
    """
    looked: datetime.date | None = settings.SECURITY_REVIEWED
    if looked is None:
        return None
    return datetime.datetime.combine(looked, datetime.time(), datetime.UTC) + BELIEVED_FOR


def text() -> str | None:
    """The file; None where the operator names no contact."""
    end = expires()
    if end is None:
        return None
    lines = (
        f"# {_POLICY}",
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {end:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
    )
    return "\n".join(lines) + "\n"
