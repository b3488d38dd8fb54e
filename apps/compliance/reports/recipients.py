"""Who gets reports: people by their role, and addresses that have said yes themselves. Anybody may say no more."""

from __future__ import annotations

import datetime
from typing import Final

from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import links
from apps.accounts.errors import AddressRefused, LinkRefused
from apps.accounts.models import Mail, Role, User
from apps.accounts.people import checked_address
from apps.accounts.posting import letter, post
from apps.accounts.signing_in import as_claimed
from apps.audit.acting import narrating
from apps.compliance.observing import bounds, window_of
from apps.compliance.reports.content import plain
from apps.compliance.reports.errors import RecipientRefused
from apps.compliance.reports.models import Mailing, Recipient, Schedule, UnsubscribeLink
from apps.tenants.models import Tenant
from apps.tenants.walls import connection as walled

MOST: Final = 50
"""Addresses of a schedule, besides the people of its roles."""
MOST_MAILS: Final = 3
"""In a day to one address that has not said yes: nobody's mailbox is filled through us, whoever adds it how often."""
GOOD_FOR: Final = datetime.timedelta(days=7)
CONFIRM: Final = "/reports/confirm/{secret}/"
UNSUBSCRIBE: Final = "/reports/unsubscribe/{secret}/"
_LETTER: Final = "report-confirm"

_TEXT: Final = """Hello,

somebody at {tenant} ({host}) wants to send you the compliance report “{schedule}”. It comes only if you say yes,
within a week:

{link}

If you do not want it, do nothing: you hear no more of it.
"""


def add(schedule: Schedule, email: str) -> Recipient:
    """An address that is asked by mail whether it wants the reports. Raises :class:`RecipientRefused`."""
    try:
        email = checked_address(email)
    except AddressRefused as refused:
        raise RecipientRefused(str(refused).rstrip(".")) from None
    with transaction.atomic(), narrating("Somebody was asked whether they want reports"):
        Schedule.objects.select_for_update().get(id=schedule.id)
        there = Recipient.objects.filter(schedule=schedule, removed=None)
        if there.filter(user=None).count() >= MOST:
            raise RecipientRefused(f"there are {MOST} addresses already. Take one away first")
        if there.filter(email=email).exists():
            raise RecipientRefused(f"{email} is a recipient already, or has unsubscribed")
        _refuse_many(email)
        made = Recipient.objects.create(schedule=schedule, email=email)
        post(_LETTER, str(made.id), email)
    return made


def ask_again(recipient: Recipient) -> None:
    """Another mail with another link. Raises :class:`RecipientRefused` for who has answered."""
    if recipient.user_id is not None or recipient.confirmed is not None or recipient.unsubscribed is not None:
        raise RecipientRefused("this one has answered already")
    _refuse_many(recipient.email)
    post(_LETTER, str(recipient.id), recipient.email)


def _refuse_many(email: str) -> None:
    lately = Mail.objects.filter(kind=_LETTER, to=email, created__gt=timezone.now() - datetime.timedelta(days=1))
    if lately.count() >= MOST_MAILS:
        raise RecipientRefused(f"{email} was asked {MOST_MAILS} times within a day. Ask again tomorrow")


def remove(recipient: Recipient) -> None:
    """Gets no more of them. An address that is added again is asked again."""
    with transaction.atomic(), narrating("A recipient of reports was taken away"):
        Recipient.objects.filter(id=recipient.id, removed=None).update(removed=timezone.now(), digest=None)
        _drop_waiting(recipient)


@letter(_LETTER)
def _write(about: str) -> EmailMultiAlternatives | None:
    """The mail with a new link; one that was sent before is good no more."""
    asked = Recipient.objects.select_related("schedule").filter(
        id=about, confirmed=None, unsubscribed=None, removed=None, schedule__removed=None
    )
    recipient = asked.first()
    if recipient is None:
        return None
    secret = links.new_secret()
    Recipient.objects.filter(id=recipient.id).update(digest=links.digest(secret), expires=timezone.now() + GOOD_FOR)
    link = links.address(CONFIRM.format(secret=secret))
    tenant = plain(Tenant.objects.get(id=walled().walls.proven).name)
    text = _TEXT.format(tenant=tenant, host=link.split("/")[2], schedule=plain(recipient.schedule.name), link=link)
    return EmailMultiAlternatives(f"Do you want the compliance reports of {tenant}?", text, to=[recipient.email])


def asked_by(request: HttpRequest, secret: str) -> Recipient:
    """Whom a link of such a mail asks. Raises :class:`LinkRefused`."""
    with as_claimed(request):
        found = (
            Recipient.objects.select_related("schedule")
            .filter(digest=links.digest(secret), expires__gt=timezone.now(), removed=None, schedule__removed=None)
            .first()
        )
    if found is None:
        raise LinkRefused
    return found


def confirm(request: HttpRequest, secret: str) -> Recipient:
    """Says yes by a link, which is good no more. Raises :class:`LinkRefused`."""
    recipient = asked_by(request, secret)
    with as_claimed(request), transaction.atomic(), narrating("Wants the reports, by the link of a mail"):
        mine = Recipient.objects.filter(id=recipient.id, digest=links.digest(secret))
        if not mine.update(confirmed=timezone.now(), digest=None, expires=None):
            raise LinkRefused
    return recipient


def reached_by(request: HttpRequest, secret: str) -> Recipient:
    """Whose link in a report this is. Raises :class:`LinkRefused`."""
    with as_claimed(request):
        found = (
            UnsubscribeLink.objects.select_related("recipient__schedule").filter(digest=links.digest(secret)).first()
        )
    if found is None:
        raise LinkRefused
    return found.recipient


def unsubscribe(request: HttpRequest, secret: str) -> Recipient:
    """Gets no more of them, from this moment on. Doing it again changes nothing. Raises :class:`LinkRefused`."""
    recipient = reached_by(request, secret)
    with as_claimed(request), transaction.atomic(), narrating("Wants no more reports, by the link of a mail"):
        Recipient.objects.filter(id=recipient.id, unsubscribed=None).update(unsubscribed=timezone.now())
        _drop_waiting(recipient)
    return recipient


def _drop_waiting(recipient: Recipient) -> None:
    waiting = Mailing.objects.filter(recipient=recipient, state=Mailing.State.WAITING, handing=None)
    waiting.update(state=Mailing.State.OBSOLETE, ended=timezone.now())


def resubscribe(recipient: Recipient, user: User) -> None:
    """Undoes an unsubscription, by the person themselves. Raises :class:`RecipientRefused` for anybody else's."""
    if recipient.email != user.email:
        raise RecipientRefused("who has unsubscribed says so themselves, signed in under that address")
    Recipient.objects.filter(id=recipient.id).update(unsubscribed=None, confirmed=timezone.now())


def wanted(schedule: Schedule, since: datetime.datetime | None = None) -> list[Recipient]:
    """All who are to be sent a report of a schedule now, which tells of the time since then. People of its roles that
    are not known yet become known; an auditor gets those of their own days alone."""
    now = timezone.now()
    known = {one.email: one for one in Recipient.objects.select_related("user").filter(schedule=schedule, removed=None)}
    people = {
        person.email: person
        for person in User.objects.filter(role__in=schedule.roles, is_active=True).order_by("id")
        if person.may_enter(now) and _may_see(person, since or now, now)
    }
    for email, person in people.items():
        if email not in known:
            known[email] = _person(schedule, person, now)
    return [
        one
        for email, one in sorted(known.items())
        if one.unsubscribed is None and (email in people or (one.user_id is None and one.confirmed is not None))
    ]


def _may_see(person: User, since: datetime.datetime, now: datetime.datetime) -> bool:
    """A report says how all stands now, and what was since the last one."""
    if person.role != Role.AUDITOR:
        return True
    window = window_of(person)
    if window is None:
        return False
    begin, end = bounds(window.first, window.last)
    return begin <= since and now < end


def _person(schedule: Schedule, person: User, now: datetime.datetime) -> Recipient:
    try:
        with transaction.atomic():
            return Recipient.objects.create(schedule=schedule, email=person.email, user=person, confirmed=now)
    except IntegrityError:  # somebody was quicker
        return Recipient.objects.get(schedule=schedule, email=person.email, removed=None)
