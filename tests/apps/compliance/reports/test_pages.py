"""The pages of reports: what is shown to whom, and a mail that stands in a document of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.compliance.reports import scheduling
from apps.compliance.reports.models import Mailing, Report, Schedule
from apps.tenants.models import Tenant
from tests.apps.compliance import pdf_a
from tests.apps.compliance.reports.conftest import weekly
from tests.apps.compliance.reports.smtp import Server

pytestmark = pytest.mark.django_db(transaction=True)
NEW = {"name": "For the board", "every": "week", "weekday": "0", "hour": "8", "zone": "UTC", "roles": ["owner"]}


@pytest.fixture
def page(schedule: Schedule) -> str:
    return f"/console/reports/schedules/{schedule.pk}/"


def test_a_preview_is_a_document_that_may_do_nothing(as_cora: Client, page: str) -> None:
    answer = as_cora.get(f"{page}preview/")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200 and "Compliance of Acme" in answer.content.decode()
    assert "default-src 'none'" in policy and "sandbox" in policy and "script-src" not in policy
    assert "Get no more of these" not in answer.content.decode()
    text = as_cora.get(f"{page}preview/text/")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8" and "Promises\n--------" in text.content.decode()
    pdf = as_cora.get(f"{page}preview/pdf/")
    assert pdf.headers["Content-Type"] == "application/pdf" and pdf_a.faults(pdf.content) == []
    assert Report.objects.count() == 0


def test_what_was_mailed_is_shown_and_looking_is_an_entry(
    as_cora: Client,
    reported: Callable[[], Report],
    server: Server,
) -> None:
    report = reported()
    here = f"/console/reports/{report.pk}/"
    shown = as_cora.get(here).content.decode()
    assert "alice@acme.example" in shown and report.digest in shown
    assert as_cora.get(f"{here}pdf/").content == bytes(report.pdf or b"")
    assert "Compliance of Acme" in as_cora.get(f"{here}mail/").content.decode()
    assert Entry.objects.filter(action=Action.ACCESS, object_type="compliance.report").count() == 2


def test_who_may_not_manage_sees_no_button_and_is_refused(as_ada: Client, as_bob: Client, page: str) -> None:
    assert as_bob.get(page).status_code == 403
    shown = as_ada.get(page)
    assert shown.status_code == 200 and "Send now" not in shown.content.decode()
    assert as_ada.post(page, {"do": "send"}).status_code == 403 and Report.objects.count() == 0
    assert as_ada.get(f"{page}preview/").status_code == 403, "an auditor sees the days that were given to them"


def test_another_tenant_s_schedule_is_nothing(as_mallory: Client, page: str) -> None:
    assert as_mallory.get(page).status_code == 404 and as_mallory.post(page, {"do": "remove"}).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"name": "a\nb"}, "characters that cannot be seen"),
        ({"weekday": ""}, "a weekly one has a day of the week"),
        ({"hour": "24"}, "Select a valid choice"),
        ({"roles": ["king"]}, "Select a valid choice"),
        ({"every": "month", "day": "32"}, "less than or equal to 31"),
    ],
)
def test_what_cannot_be_is_refused_on_its_page(
    in_acme: Tenant, as_alice: Client, wrong: dict[str, Any], said: str
) -> None:
    answer = as_alice.post("/console/reports/new/", {**NEW, **wrong})
    assert answer.status_code == 200 and said in answer.content.decode() and Schedule.objects.count() == 0


def test_alice_sends_now_and_again_what_did_not_arrive(as_alice: Client, page: str, server: Server) -> None:
    answer = as_alice.post(page, {"do": "send"}, follow=True).content.decode()
    assert "It is composed and mailed now." in answer
    report = Report.objects.get()
    assert report.asked_by is not None
    assert "Wait a minute" in as_alice.post(page, {"do": "send"}, follow=True).content.decode()
    Report.objects.update(state=Report.State.DONE, content=None, composed=timezone.now())
    to = weekly().recipients.create(email="alice@acme.example", confirmed=timezone.now())
    lost = Mailing.objects.create(report=report, recipient=to, to=to.email, state=Mailing.State.UNKNOWN)
    assert "Not known whether it arrived" in as_alice.get(f"/console/reports/{report.pk}/").content.decode()
    as_alice.post(f"/console/reports/mailings/{lost.pk}/again/")
    lost.refresh_from_db()
    assert lost.state == Mailing.State.WAITING
    assert scheduling.MOST == 20
