"""Who gets reports: an address that nobody has confirmed is asked and not flooded, an auditor gets their own days."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from apps.accounts.models import Mail, User
from apps.compliance import observing
from apps.compliance.reports import recipients
from apps.compliance.reports.errors import RecipientRefused
from apps.compliance.reports.models import Schedule
from tests.apps.compliance.reports.conftest import weekly

pytestmark = pytest.mark.django_db
VICTIM = "victim@elsewhere.example"


def test_adding_and_removing_an_address_again_and_again_fills_nobodys_mailbox(schedule: Schedule) -> None:
    for _ in range(recipients.MOST_MAILS - 1):
        recipients.remove(recipients.add(schedule, VICTIM))
    last = recipients.add(schedule, VICTIM)
    with pytest.raises(RecipientRefused, match="within a day"):
        recipients.ask_again(last)
    recipients.remove(last)
    with pytest.raises(RecipientRefused, match="within a day"):
        recipients.add(schedule, VICTIM)
    assert Mail.objects.filter(to=VICTIM).count() == recipients.MOST_MAILS
    recipients.add(schedule, "somebody.else@elsewhere.example")


def test_an_auditor_is_mailed_nothing_of_other_days_than_their_own(schedule: Schedule, ada: User, alice: User) -> None:
    told = weekly(name="For auditors", roles=["auditor"])
    now, week = timezone.now(), datetime.timedelta(days=7)
    today = now.date()

    def gets() -> bool:
        return [one.email for one in recipients.wanted(told, now - week)] == [ada.email]

    assert not gets()  # nobody has given her any day
    observing.assign(ada, today - 30 * week, today - week, alice)
    assert not gets()
    observing.assign(ada, today - datetime.timedelta(days=3), today + week, alice)
    assert not gets()  # what it tells of begins before
    observing.assign(ada, today - 2 * week, today + week, alice)
    assert gets()
