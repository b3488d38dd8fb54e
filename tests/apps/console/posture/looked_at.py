"""A check that has failed, was accepted, and that an auditor may look at: for pages to show."""

from __future__ import annotations

import datetime

from django.utils import timezone

from apps.accounts.models import Role, User
from apps.compliance import exempting, observing, threads
from apps.compliance.catalogue import catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import Exempt
from tests.apps.console.posture.a_year import a_history, stands, went

NAMED = {
    "late": {"count": 60, "first": ["<b>one</b>", "two_2"]},
    "rows": [{"state": "failed", "count": 3}],
    "is_so": True,
}
"""Evidence of each form."""


def looked_at(alice: User, ada: User) -> dict[str, str]:
    """Ids by the names in the addresses of ``pages``. Behind the walls of a tenant."""
    now = timezone.now()
    key = "log.only_grows"
    (control,) = (one.key for one in catalogue().naming(key)[:1])
    a_history([key], 40)
    went(key, {0: Outcome.FAIL, 1: Outcome.FAIL})
    run = stands(key, Outcome.FAIL, now - datetime.timedelta(hours=3), "Somebody <i>can</i> write.", **NAMED)
    made = exempting.accept(
        key, reason="Until the new year <s>only</s>.", owner=alice, expires=now + datetime.timedelta(days=9), by=alice
    )
    observing.assign(ada, (now - datetime.timedelta(days=20)).date(), (now + datetime.timedelta(days=20)).date(), alice)
    return {"check": key, "control": control, "run": str(run.pk), "exception": str(made.pk)}


def more_looked_at(number: int, alice: User) -> None:
    """Another run, change, exception, and auditor with a window and a request."""
    now = timezone.now()
    stands("log.only_grows", Outcome.FAIL, now - datetime.timedelta(hours=2, minutes=number), "Still.", n=number)
    Exempt.objects.create(
        check_key=f"of.old.{number}",
        reason="Once.",
        owner=alice,
        made_by=alice,
        expires=now + datetime.timedelta(days=1),
    )
    auditor = User.objects.create(
        email=f"a{number}@audit.example", name=f"Auditor {number}", role=Role.AUDITOR, window_from=now,
        window_until=now + datetime.timedelta(days=30),
    )  # fmt: skip
    observing.assign(auditor, now.date(), now.date(), alice)
    threads.ask("C-LOG-1", auditor, f"Question {number}?")
