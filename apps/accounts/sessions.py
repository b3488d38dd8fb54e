"""Ending sessions."""

from __future__ import annotations

from apps.accounts.models import Session, User


def end(session: Session) -> None:
    """Signs one browser out."""
    Session.objects.filter(id=session.id).delete()


def end_all(user: User, *, but: Session | None = None) -> int:
    """Signs a person out everywhere, or everywhere else; how many sessions that were."""
    others = Session.objects.filter(user=user)
    if but is not None:
        others = others.exclude(id=but.id)
    ended, _ = others.delete()
    return ended
