"""Telling people by mail that a check stands otherwise than before: once, and those whom it concerns."""

from __future__ import annotations

from typing import Final

from django.core.mail import EmailMultiAlternatives

from apps.accounts.models import Role, User
from apps.accounts.posting import letter, post
from apps.compliance.catalogue import catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import Change
from apps.compliance.places import page

_LETTER: Final = "check-changed"
_HEX: Final = 32
"""Digits of each of the two ids that a letter is about: the change, and to whom."""

_BROKEN: Final = """Hello {name},

since {at:%d %B %Y, %H:%M} UTC this does not hold at {host}:

  {title}

{because}

What to do: {mend}

The evidence, and whether it holds again: {link}
"""
_MENDED: Final = """Hello {name},

since {at:%d %B %Y, %H:%M} UTC this holds again at {host}:

  {title}

The evidence: {link}
"""


def tell_of(change: Change, *, was_accepted: bool = False) -> None:
    """A mail to each person whom it concerns, once the transaction is committed: where something that held does so no
    more, or the other way round; and where it fails otherwise than was accepted. What is seen for the first time and
    holds is no news."""
    after = Outcome(change.after)
    was_good = not change.before or Outcome(change.before).is_good
    if was_good == after.is_good and not (was_accepted and not after.is_good):
        return
    for person in _concerned(change.check_key):
        post(_LETTER, change.id.hex + person.id.hex, person.email)


def _concerned(key: str) -> list[User]:
    """Those of the roles that mend it; the compliance officers where there are none; the owners where neither are."""
    roles = [control.owner.role for control in catalogue().naming(key)]
    for wanted in (roles, [Role.COMPLIANCE_OFFICER], [Role.OWNER]):
        if found := list(User.objects.filter(role__in=wanted, is_active=True).order_by("id")):
            return found
    return []


@letter(_LETTER)
def _write(about: str) -> EmailMultiAlternatives | None:
    """None where the person is gone, or the check is."""
    person = User.objects.filter(id=about[_HEX:], is_active=True).first()
    change = Change.objects.select_related("run").filter(id=about[:_HEX]).first()
    if person is None or change is None or change.check_key not in catalogue().checks:
        return None
    check = catalogue().check(change.check_key)
    link = page(f"checks/{check.key}/")
    is_good = Outcome(change.after).is_good
    text = (_MENDED if is_good else _BROKEN).format(
        name=person.name,
        at=change.at,
        host=link.split("/")[2],
        title=check.title,
        because=change.run.because,
        mend=check.mend,
        link=link,
    )
    subject = f"Holds again: {check.title}" if is_good else f"Does not hold: {check.title}"
    return EmailMultiAlternatives(subject, text, to=[person.email])
