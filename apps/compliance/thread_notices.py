"""Telling people by mail that something was said about a control: those who answer, or the auditor who asked.

The mail says that there is something to read and where, and nothing of what was said.
"""

from __future__ import annotations

from typing import Final

from django.core.mail import EmailMultiAlternatives

from apps.accounts.models import Role, User
from apps.accounts.posting import letter, post
from apps.compliance.catalogue import catalogue
from apps.compliance.models import Message
from apps.compliance.places import page

_LETTER: Final = "control-message"
_HEX: Final = 32
"""Digits of each of the two ids that a letter is about: the message, and to whom."""

_WORDS: Final = """Hello {name},

{what} about the control {key} at {host}:

  {title}

Read it there: {link}
"""
_WHAT: Final = {
    Message.Kind.REQUEST: "an auditor asks",
    Message.Kind.ANSWER: "your request is answered",
    Message.Kind.CLOSED: "your request is closed",
}


def tell_of(message: Message) -> None:
    """A mail to each person who is to read it, once the transaction is committed."""
    for person in _readers(message):
        post(_LETTER, message.id.hex + person.id.hex, person.email)


def _readers(message: Message) -> list[User]:
    """Of a request the compliance officers, or the owners where there are none; of anything else who asked."""
    if message.kind != Message.Kind.REQUEST:
        return [message.auditor] if message.auditor.is_active else []
    for role in (Role.COMPLIANCE_OFFICER, Role.OWNER):
        if found := list(User.objects.filter(role=role, is_active=True).order_by("id")):
            return found
    return []


@letter(_LETTER)
def _write(about: str) -> EmailMultiAlternatives | None:
    """None where the person is gone, or the control is."""
    person = User.objects.filter(id=about[_HEX:], is_active=True).first()
    message = Message.objects.filter(id=about[:_HEX]).first()
    if person is None or message is None or message.control_key not in catalogue().controls:
        return None
    control = catalogue().control(message.control_key)
    link = page(f"controls/{control.key}/#requests")
    what = _WHAT[Message.Kind(message.kind)]
    text = _WORDS.format(
        name=person.name, what=what[0].upper() + what[1:], key=control.key, host=link.split("/")[2],
        title=control.title, link=link,
    )  # fmt: skip
    return EmailMultiAlternatives(f"{what[0].upper()}{what[1:]}: {control.key}", text, to=[person.email])
