"""An address that nobody has confirmed is asked, and not flooded."""

from __future__ import annotations

import pytest

from apps.accounts.models import Mail
from apps.compliance.reports import recipients
from apps.compliance.reports.errors import RecipientRefused
from apps.compliance.reports.models import Schedule

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
