"""Sending mail. A task is told a row's id and nothing else: what a link holds must not be in the broker."""

from __future__ import annotations

import uuid

from celery import shared_task

from apps.accounts import posting
from apps.tenants.fan_out import in_each_open_tenant


@shared_task  # type: ignore[untyped-decorator]  # Celery has no types
def send_mail(mail: str) -> None:
    """Sends one mail of the tenant that this stands in."""
    posting.send(uuid.UUID(mail))


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def send_what_waits() -> None:
    """Puts into the queue what is to be tried again, or was lost on its way: of each tenant that is open, behind its
    own walls. For the schedule, every minute."""

    def hand_over() -> None:
        for mail in posting.waiting():
            send_mail.delay(str(mail))

    in_each_open_tenant(hand_over)
