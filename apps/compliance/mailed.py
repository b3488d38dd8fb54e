"""The heads of the log that left the house: whoever has the mail can show what the log was then."""

from __future__ import annotations

from apps.compliance.models import MailedCheckpoint


def remember(size: int, root: bytes, note: str, recipients: int) -> MailedCheckpoint:
    """Keeps a signed head that was mailed, to compare later ones with."""
    return MailedCheckpoint.objects.create(size=size, root=root.hex(), note=note, recipients=recipients)


def last_mailed() -> MailedCheckpoint | None:
    """The one that was mailed last; None while none was."""
    return MailedCheckpoint.objects.first()


def newest(most: int) -> list[MailedCheckpoint]:
    """Those that were mailed, ``most`` at most, the newest first."""
    return list(MailedCheckpoint.objects.all()[:most])
