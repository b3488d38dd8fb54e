"""Handing a mail to the mail server, with a word in between: when all of it is there, and before it is told so.

A server acts on a mail once it has read the line with a dot that ends it (RFC 5321, section 4.1.1.4). Whatever fails
before that line is sent has delivered nothing, and may be tried again; whatever fails after it may have. So the line is
sent alone, and what is to be known then is noted right before it.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

_SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"
_TAKEN: Final = 250
_GO_ON: Final = 354
_PERMANENT: Final = 500


class NotTaken(Exception):
    """The server has not taken it, and that is certain. ``for_good``: it will not tomorrow either."""

    def __init__(self, kind: str, *, for_good: bool = False) -> None:
        super().__init__(kind)
        self.kind = kind
        self.for_good = for_good


class NotKnown(Exception):
    """It was told that the mail is whole, and did not answer."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def hand_over(message: EmailMessage, before: Callable[[], None]) -> None:
    """Sends a mail to its one recipient; ``before`` is called once, when nothing but the last line is missing.

    Raises :class:`NotTaken` where it can be sent again, and :class:`NotKnown` where nobody can say whether it came.
    What ``before`` raises is raised, and the mail is not sent.
    """
    if settings.EMAIL_BACKEND != _SMTP:  # a file, a console, a list of a test: what does not answer cannot be unheard
        before()
        message.send()
        return
    telling = _Telling(before)
    backend = _Backend(telling)
    try:
        backend.send_messages([message])
    except (smtplib.SMTPException, OSError) as error:
        kind = type(error).__name__
        if telling.told and not telling.answered:
            raise NotKnown(kind) from error
        raise NotTaken(kind, for_good=_is_for_good(error)) from error


def _is_for_good(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= _PERMANENT for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused):
        return error.smtp_code >= _PERMANENT
    return False


class _Telling:
    """How far one mail is."""

    def __init__(self, before: Callable[[], None]) -> None:
        self.before = before
        self.told = False
        self.answered = False


class _Backend(EmailBackend):
    def __init__(self, telling: _Telling) -> None:
        super().__init__(fail_silently=False)
        self._telling = telling

    @property
    def connection_class(self) -> Any:
        telling, base = self._telling, super().connection_class

        class Told(base):  # type: ignore[misc, valid-type]  # over TLS from the beginning, or not
            def data(self, msg: Any) -> tuple[int, bytes]:
                return _data(self, msg, telling)

        return Told

    def close(self) -> None:
        """Whatever the server does to the end of the conversation: the mail is taken by then, or is not."""
        if self.connection is not None:
            try:
                self.connection.quit()
            except (smtplib.SMTPException, OSError):
                self.connection.close()
            self.connection = None


def _data(client: smtplib.SMTP, msg: str | bytes, telling: _Telling) -> tuple[int, bytes]:
    """``smtplib.SMTP.data``, whose last line is sent alone."""
    client.putcmd("data")
    code, said = client.getreply()
    if code != _GO_ON:
        raise smtplib.SMTPDataError(code, said)
    whole = msg.encode("ascii") if isinstance(msg, str) else msg
    lines = re.sub(rb"(?m)^\.", b"..", re.sub(rb"(?:\r\n|\n|\r(?!\n))", b"\r\n", whole))
    client.send(lines if lines.endswith(b"\r\n") else lines + b"\r\n")
    telling.before()
    telling.told = True
    client.send(b".\r\n")
    code, said = client.getreply()
    telling.answered = code != -1
    return code, said
