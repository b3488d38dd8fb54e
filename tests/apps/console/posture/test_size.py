"""The posture page with 200 controls and a year of history: in time, by a known number of statements, and of no run."""

from __future__ import annotations

import datetime
import os
import time
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.compliance import exempting
from apps.compliance.checking import Outcome
from apps.compliance.models import Day
from apps.tenants.walls import behind
from tests.apps.compliance.checks_of_ours import in_place
from tests.apps.console.posture.a_year import YEAR, a_history, a_large_catalogue, stands, went
from tests.apps.console.test_query_counts import _NOT_COUNTED
from tests.apps.signing_in import walls_of
from tests.cast import ALICE

CONTROLS = 200
STATEMENTS = 12
"""What the page sends, whatever number of controls and days there is."""
STATEMENTS = 12
"""What the page sends, whatever number of controls and days there is."""
TIMES = 40
P95 = 0.2
"""Seconds of processors, the database's included: what else the machine does at the same time is not measured. The time
by the clock, on a machine that does nothing else, is in docs/verification.md."""
PAGE = "/console/posture/"


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_the_posture_of_200_controls_and_a_year_comes_within_200_ms(as_alice: Client, alice: User) -> None:
    now, day = timezone.now(), datetime.timedelta(days=1)
    with in_place(a_large_catalogue(CONTROLS)) as ours, behind(walls_of(ALICE)):
        seen = list(ours.checks)
        a_history(seen[:-20])
        for number, key in enumerate(seen[-20:]):  # a tenth of them has days on which nobody looked
            a_history([key], unseen=range(number, number + 40, 4))
        for number in range(0, CONTROLS - 20, 6):  # each sixth has failed now and then
            went(f"test.{number}", dict.fromkeys(range(number % 30, YEAR, 31), Outcome.FAIL))
        for number in range(12):
            key = f"test.{number * 7}"
            stands(key, Outcome.FAIL, now - day * (number % 7), "It is late.")
            if number % 2:
                exempting.accept(key, reason="Until spring.", owner=alice, expires=now + 30 * day, by=alice)
        assert Day.objects.count() > CONTROLS * YEAR * 0.98
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE compliance_day")
        with CaptureQueriesContext(connection) as sent:
            assert as_alice.get(PAGE).status_code == 200
        statements = [one["sql"] for one in sent]
        before = _of_the_database()
        took = sorted(_timed(as_alice) for _ in range(TIMES))
        of_the_database = (_of_the_database() - before) / TIMES
    p95 = took[int(TIMES * 0.95) - 1] + of_the_database
    print(f"posture: p95 {p95 * 1000:.0f} ms, of it the database {of_the_database * 1000:.0f} ms")
    assert [sql for sql in statements if "compliance_run" in sql] == []
    assert len([sql for sql in statements if not _NOT_COUNTED.match(sql)]) == STATEMENTS
    assert p95 < P95, took


def _timed(client: Client) -> float:
    began = time.process_time()
    assert client.get(PAGE).status_code == 200
    return time.process_time() - began


def _of_the_database() -> float:
    """Seconds of processors that the server's process of this connection has taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
