"""Sending mail: after the transaction, and outside of the request.

A mail server is slow, and a request that waits for it tells by its time whether a mail was sent.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor, wait
from smtplib import SMTPException
from typing import Final

from django.core.mail import EmailMultiAlternatives
from django.db import transaction

log = logging.getLogger(__name__)

_postman: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="post")
_under_way: set[Future[None]] = set()


def post(message: EmailMultiAlternatives) -> None:
    """Sends a message once the transaction has committed; not at all where it is rolled back."""
    transaction.on_commit(lambda: _hand_over(message))


def _hand_over(message: EmailMultiAlternatives) -> None:
    future = _postman.submit(_send, message)
    _under_way.add(future)
    future.add_done_callback(_under_way.discard)


def _send(message: EmailMultiAlternatives) -> None:
    try:
        message.send()
    except (SMTPException, OSError) as error:
        # Neither the address nor the link, which the error may quote: a log is read by more people than a mail.
        log.error("The mail %r could not be sent: %s.", message.subject, type(error).__name__)


def wait_until_posted(seconds: float = 10) -> None:
    """Waits until all that was handed over is sent, or has failed."""
    wait(list(_under_way), timeout=seconds)
