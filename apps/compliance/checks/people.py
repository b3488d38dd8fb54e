"""People: who is signed in may be, auditors have a window, somebody owns the tenant, no invitation is good for ever."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from apps.accounts import standing
from apps.accounts.models import Session
from apps.compliance.checking import Check, Result, check, failed, passed, some

_MOST: Final = 10_000


@check
class SessionsAreOfPeopleWhoMay(Check):
    key = "people.sessions"
    title = "Nobody is signed in who may not be"
    words = (
        "Looks for sessions of people who are deactivated, for sessions that were used for longer than one lasts, and "
        "for those of auditors that were used outside of their window."
    )
    mend = "Sign these people out everywhere (People, in the console), and look in the audit log at what they did."

    def look(self) -> Result:
        with transaction.atomic():
            found = some(standing.sessions_of_nobody().values_list("id", flat=True)[:_MOST])
            there = Session.objects.count()
        if found["count"]:
            return failed(f"{found['count']} sessions are of people who may not be signed in.", sessions=found)
        return passed(sessions=there)


@check
class AuditorsHaveWindows(Check):
    key = "people.auditors"
    title = "Each auditor has a window, of a year at most"
    words = "Looks for active auditors without a window of access, or with one of more than 366 days."
    mend = "Give them a window that ends (People, in the console), or deactivate them."

    def look(self) -> Result:
        with transaction.atomic():
            found = some(standing.without_a_proper_window().values_list("id", flat=True)[:_MOST])
            auditors = standing.auditors().count()
        if found["count"]:
            return failed(f"{found['count']} auditors have no window that ends in time.", people=found)
        return passed(auditors=auditors)


@check
class SomebodyOwnsTheTenant(Check):
    key = "people.owners"
    title = "An active owner is there"
    words = (
        "Counts the active owners. One is enough to pass; a second one is advisable, since nobody else brings an owner "
        "back who has lost their password and mailbox."
    )
    mend = "Only the operator can help: the tenant has nobody who may manage people."

    def look(self) -> Result:
        with transaction.atomic():
            owners = standing.owners().count()
        if not owners:
            return failed("Nobody who is active owns this account.", owners=owners)
        return passed(owners=owners, second_owner_advisable=owners == 1)


@check
class InvitationsEnd(Check):
    key = "people.invitations"
    title = "An invitation is good once, and for a week"
    words = (
        "Looks for invitations that were accepted after they had expired or were withdrawn, and for open ones that are "
        "good for more than a week."
    )
    mend = "Withdraw the open ones; deactivate whoever came in by one that was over, and ask them how they got it."

    def look(self) -> Result:
        with transaction.atomic():
            found = some(standing.misused_invitations().values_list("id", flat=True)[:_MOST])
            waiting = standing.open_invitations()
        if found["count"]:
            because = f"{found['count']} invitations were or are good for longer than they may be."
            return failed(because, invitations=found, open=waiting)
        return passed(open=waiting)
