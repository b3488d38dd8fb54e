"""Requests of auditors about a control, and the answers: one thread for each auditor and control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from apps.accounts.models import Role, User
from apps.compliance.catalogue import catalogue
from apps.compliance.errors import MessageRefused
from apps.compliance.models import Message
from apps.compliance.thread_notices import tell_of

LONGEST: Final = 10_000
"""Characters of a message."""


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said about a control with one auditor, the oldest first."""

    control_key: str
    auditor: User
    messages: tuple[Message, ...]

    @property
    def is_open(self) -> bool:
        """Whether an answer is waited for."""
        return bool(self.messages) and self.messages[-1].kind == Message.Kind.REQUEST


def ask(control: str, auditor: User, body: str) -> Message:
    """An auditor asks. Raises ``NoSuchControl``, :class:`MessageRefused`."""
    if auditor.role != Role.AUDITOR:
        raise MessageRefused("requests are an auditor's. Answer one, or write to whom you want to tell something")
    return _said(control, auditor, Message.Kind.REQUEST, auditor, body)


def answer(control: str, auditor: User, author: User, body: str) -> Message:
    """Somebody who keeps the controls answers. Raises ``NoSuchControl``, :class:`MessageRefused`."""
    if not Message.objects.filter(control_key=control, auditor=auditor).exists():
        raise MessageRefused("nothing was asked about this control")
    return _said(control, auditor, Message.Kind.ANSWER, author, body)


def close(control: str, auditor: User, author: User) -> Message:
    """Nothing more is waited for. Raises ``NoSuchControl``, :class:`MessageRefused`."""
    last = Message.objects.filter(control_key=control, auditor=auditor).order_by("-at", "-id").first()
    if last is None or last.kind == Message.Kind.CLOSED:
        raise MessageRefused("there is nothing open about this control")
    return _kept(Message(control_key=control, auditor=auditor, kind=Message.Kind.CLOSED, author=author))


def threads_of(control: str, auditor: User | None = None) -> list[Thread]:
    """The threads of a control; of one auditor alone where one is given."""
    said = Message.objects.filter(control_key=control).select_related("author", "auditor")
    if auditor is not None:
        said = said.filter(auditor=auditor)
    found: dict[User, list[Message]] = {}
    for message in said:
        found.setdefault(message.auditor, []).append(message)
    return [Thread(control, who, tuple(messages)) for who, messages in found.items()]


def _said(control: str, auditor: User, kind: Message.Kind, author: User, body: str) -> Message:
    catalogue().control(control)
    body = body.strip()
    if not body:
        raise MessageRefused("it says nothing")
    if len(body) > LONGEST:
        raise MessageRefused(f"it has more than {LONGEST:,} characters. Send it in parts")
    return _kept(Message(control_key=control, auditor=auditor, kind=kind, author=author, body=body))


def _kept(message: Message) -> Message:
    message.save(force_insert=True)
    tell_of(message)
    return message
