"""A schedule of Acme's, and a mail server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.accounts.tasks import send_mail
from apps.compliance.reports import scheduling, working
from apps.compliance.reports.models import Report, Schedule
from apps.compliance.tasks import work_on_report
from apps.tenants.models import Tenant
from tests.apps.compliance.reports.smtp import Server, serving

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def use(settings: Any, port: int) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", port
    settings.EMAIL_USE_TLS = False


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    with serving() as found:
        use(settings, found.port)
        yield found


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The reports that workers are woken for, where none work."""
    found: list[str] = []
    monkeypatch.setattr(work_on_report, "delay", found.append)
    monkeypatch.setattr(send_mail, "delay", lambda mail: found.append(f"mail {mail}"))
    return found


def weekly(**more: Any) -> Schedule:
    """Mondays at eight in Berlin, to owners, as :func:`scheduling.make` makes it."""
    wanted: dict[str, Any] = {
        "name": "For the board", "every": "week", "weekday": 0, "hour": 8, "zone": "Europe/Berlin", "roles": ["owner"],
        **more,
    }  # fmt: skip
    return scheduling.make(**wanted)


@pytest.fixture
def schedule(in_acme: Tenant, alice: object, cora: object) -> Schedule:
    return weekly()


@pytest.fixture
def reported(schedule: Schedule, alice: Any) -> Callable[..., Report]:
    """Has a report sent now, and worked on until nothing is to be done."""

    def report() -> Report:
        Schedule.objects.update(covered=schedule.covered)
        Report.objects.update(due=schedule.created - scheduling.AT_ONCE)
        made = scheduling.send_now(schedule, alice)
        while working.work(made.id):
            pass
        made.refresh_from_db()
        return made

    return report
