"""Nothing is green that should not be: whatever a check sees, whatever the clock does, whoever asks."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Mail, User
from apps.compliance import running
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import Outcome, Result, failed, passed
from apps.compliance.models import Change, CheckState, Exempt, Run
from apps.compliance.standing import Standing
from apps.tenants.models import Tenant
from tests.apps.compliance.test_running import seen
from tests.apps.compliance.test_standing import accepted, standing

pytestmark = pytest.mark.django_db
A_YEAR = datetime.timedelta(days=365)


@pytest.mark.parametrize(
    "evidence",
    [{"name": "caf\udce9"}, {"name": "a\0b"}, {"id": uuid.UUID(int=1)}, {"share": float("nan")}, {"all": "x" * 300_000}],
    ids=["no UTF-8", "a zero", "no JSON", "no number", "too much"],
)  # fmt: skip
def test_what_cannot_be_kept_as_it_was_seen_is_an_error_and_not_the_green_of_before(
    in_acme: Tenant, ours: Catalogue, evidence: Mapping[str, Any]
) -> None:
    running.run("test.0")
    assert standing() is Standing.KEPT
    seen(ours).result = failed("It broke.", **evidence)
    assert running.run("test.0").outcome == Outcome.ERROR
    assert standing() is Standing.BROKEN


def test_a_reason_that_cannot_be_kept_is_an_error_too(in_acme: Tenant, ours: Catalogue) -> None:
    for because in ("caf\udce9", "a\0b"):
        seen(ours).result = failed(because)
        assert running.run("test.0").outcome == Outcome.ERROR


def test_what_only_looks_like_a_zero_is_kept(in_acme: Tenant, ours: Catalogue) -> None:
    seen(ours).result = failed("It broke.", name="\\u0000")
    assert Run.objects.get(id=running.run("test.0").id).evidence == {"name": "\\u0000"}


def test_asking_again_and_again_does_not_make_a_check_young_that_nobody_runs(in_acme: Tenant, ours: Catalogue) -> None:
    running.run("test.0")
    long_ago = timezone.now() - 30 * datetime.timedelta(days=1)
    due = long_ago + datetime.timedelta(days=1)
    CheckState.objects.filter(check_key="test.0").update(last_at=long_ago, due=due)
    assert standing() is Standing.UNKNOWN
    running.ask("test.0")
    assert standing() is Standing.UNKNOWN
    assert running.is_under_way("test.0") and running.run_claimed("test.0") is not None
    assert standing() is Standing.KEPT


def test_a_clock_that_was_a_year_ahead_keeps_nothing_green_for_a_year(in_acme: Tenant, ours: Catalogue) -> None:
    running.run("test.0")
    then = timezone.now() + A_YEAR
    CheckState.objects.filter(check_key="test.0").update(
        last_at=then, due=then + datetime.timedelta(days=1), claimed_until=then
    )
    assert standing() is Standing.UNKNOWN
    assert "test.0" in running.due()
    seen(ours).result = failed("It broke.")
    assert running.run_claimed("test.0") is not None
    assert standing() is Standing.BROKEN


@pytest.mark.parametrize("then", [failed("Others write to the log."), RuntimeError(), passed()])
def test_who_accepted_one_failure_has_not_accepted_another_one(
    in_acme: Tenant, ours: Catalogue, alice: User, then: Result | Exception
) -> None:
    first = failed("3 tokens were not used for 90 days.")
    seen(ours).result = first
    running.run("test.0")
    made = accepted(alice)
    seen(ours).result = failed("4 tokens were not used for 90 days.")
    running.run("test.0")
    assert standing() is Standing.ACCEPTED  # the same one, of another day
    since = CheckState.objects.get(check_key="test.0").since
    Mail.objects.filter(kind="check-changed").delete()
    seen(ours).result = then
    running.run("test.0")
    made.refresh_from_db()
    assert standing() is (Standing.KEPT if then == passed() else Standing.BROKEN)
    assert made.ended is not None and made.ended_by is None
    assert Mail.objects.filter(kind="check-changed").count() == 1
    if isinstance(then, Result) and then.outcome == Outcome.FAIL:
        assert CheckState.objects.get(check_key="test.0").since == since  # it has failed for as long as before
        newest = Change.objects.filter(check_key="test.0").first()
        assert newest is not None and (newest.before, newest.after) == ("fail", "fail")
    seen(ours).result = first
    running.run("test.0")
    assert standing() is Standing.BROKEN
    assert Exempt.objects.count() == 1
