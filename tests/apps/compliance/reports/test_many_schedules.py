"""All schedules of all tenants at once, two beats, one of them killed: not one double, and not one miss."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from apps.compliance.reports import working
from apps.compliance.reports.models import Mailing, Report, Schedule
from apps.tenants.models import Tenant
from apps.tenants.provisioning_queue import staff_credentials
from apps.tenants.roles import Role
from apps.tenants.walls import behind, within
from config.embedded.place import ROOT, default_place
from tests.apps import databases
from tests.apps.compliance import pdf_a
from tests.apps.compliance.reports.populating import ONE_IN
from tests.apps.compliance.reports.smtp import Server

SOAK = os.environ.get("SPECWARD_SOAK") == "1"
TENANTS, SCHEDULES = (20, 500) if SOAK else (3, 12)
S = Mailing.State


def command(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", f"tests.apps.compliance.reports.{module}", *map(str, arguments)]


def environment(role: Role, server: Server) -> dict[str, str]:
    return {
        **databases.environment(default_place(), role, connection.settings_dict["NAME"]),
        "SPECWARD_SMTP_HOST": "127.0.0.1",
        "SPECWARD_SMTP_PORT": str(server.port),
        "SPECWARD_SMTP_STARTTLS": "0",
        "SPECWARD_HTTPS": "0",
    }


@contextmanager
def beat(seed: int, server: Server, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("w") as said:
        process = subprocess.Popen(
            command("beating", seed), cwd=ROOT, env=environment(Role.APP, server), stdout=said, stderr=said
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def customers() -> list[Tenant]:
    with behind(staff_credentials()):
        return list(Tenant.objects.filter(name__startswith="Customer ").order_by("id"))


def in_each(do: Callable[[], int]) -> int:
    found = 0
    for tenant in customers():
        with within(tenant):
            found += do()
    return found


def open_mailings() -> int:
    now = timezone.now()
    return in_each(
        lambda: (
            Schedule.objects.filter(next_due__lte=now).count()
            + Report.objects.exclude(state__in=[Report.State.DONE, Report.State.FAILED]).count()
        )
    )


def take_from_the_dead() -> int:
    """As if the time of its claims had passed."""
    now = timezone.now()
    Report.objects.filter(state=Report.State.WAITING).update(next_try=now)
    return Mailing.objects.filter(state=S.WAITING).update(next_try=now)


@pytest.mark.timeout(3600 if SOAK else 300)
@pytest.mark.django_db(transaction=True)
def test_each_is_mailed_once(server: Server, until: Callable[..., None], tmp_path: Path) -> None:
    subprocess.run(
        command("populating", TENANTS, SCHEDULES), cwd=ROOT, env=environment(Role.MIGRATOR, server),
        check=True,
    )  # fmt: skip
    many = TENANTS * SCHEDULES
    with beat(1, server, tmp_path / "one.log") as one, beat(2, server, tmp_path / "two.log"):
        until(lambda: len(server.kept) >= many // 4, seconds=3500 if SOAK else 200)
        os.kill(one.pid, signal.SIGKILL)
        one.wait(30)
        # What the dead one held stays held for a while; all else is done by the other one.
        held = 2
        until(lambda: open_mailings() <= held, seconds=3500 if SOAK else 200)
    in_each(take_from_the_dead)
    in_each(lambda: sum(working.work(report) for report in working.waiting()))
    in_each(lambda: sum(working.work(report) for report in working.waiting()))

    arrived = Counter(list_id(kept.raw) for kept in server.kept)
    wanted: set[str] = set()
    unknown: set[str] = set()
    for tenant in customers():
        with within(tenant):
            wanted |= {one.hex for one in Schedule.objects.values_list("id", flat=True)}
            assert Report.objects.count() == SCHEDULES == Report.objects.filter(state=Report.State.DONE).count()
            assert Mailing.objects.count() == SCHEDULES
            assert set(Mailing.objects.values_list("state", flat=True)) <= {S.SENT, S.UNKNOWN}
            lost = Mailing.objects.filter(state=S.UNKNOWN).values_list("report__schedule", flat=True)
            unknown |= {each.hex for each in lost}
            assert not Schedule.objects.filter(next_due__lte=timezone.now()).exists()
    assert len(wanted) == many
    doubles = {one: count for one, count in arrived.items() if count > 1}
    assert doubles == {}, "not one double"
    assert set(arrived) <= wanted and wanted - set(arrived) <= unknown, "not one miss, but what is said to be unknown"
    assert len(unknown) <= 1, "one was killed, who handed over one at a time"
    with_pdf = [kept for kept in server.kept if b"application/pdf" in kept.raw]
    assert len(with_pdf) >= many // ONE_IN - 1
    (pdf,) = with_pdf[0].message.iter_attachments()
    assert pdf_a.faults(pdf.get_content()) == []
    print(f"{many} schedules, {len(server.kept)} mails, {len(doubles)} doubles, {len(unknown)} not known")


def list_id(raw: bytes) -> str:
    found = re.search(rb"(?m)^List-Id: *(?:\r\n )?<reports\.([0-9a-f]{32})\.", raw)
    assert found is not None, raw[:500]
    return found[1].decode()
