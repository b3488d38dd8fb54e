"""A report is mailed once to each: whatever the mail server does, whoever dies, however many are at it."""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.audit.models import Entry
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action
from apps.compliance.mailed import last_mailed
from apps.compliance.models import MailedCheckpoint
from apps.compliance.reports import handing, mailing, recipients, scheduling, working
from apps.compliance.reports.errors import NothingToSend, ScheduleRefused, TransactionOpen
from apps.compliance.reports.models import Mailing, Recipient, Report, Schedule
from apps.compliance.tasks import reports_everywhere, work_on_report
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.compliance.reports.conftest import weekly
from tests.apps.compliance.reports.smtp import CUT, Server

pytestmark = pytest.mark.django_db(transaction=True)
A_WEEK = datetime.timedelta(days=7)
S = Mailing.State


def to(server: Server) -> list[str]:
    return sorted(kept.to for kept in server.kept)


def comes(schedule: Schedule) -> None:
    """Its turn has come, a moment ago."""
    Schedule.objects.filter(id=schedule.id).update(next_due=timezone.now())


def the_mailing() -> Mailing:
    return Mailing.objects.get()


def test_its_turn_comes_and_it_is_mailed_and_the_next_turn_is_a_week_on(
    schedule: Schedule, server: Server, woken: list[str]
) -> None:
    comes(schedule)
    due = Schedule.objects.get().next_due
    assert scheduling.begin_due() == 1 and scheduling.begin_due() == 0
    report = Report.objects.get()
    assert woken == [str(report.id)] and report.due == due and report.since == schedule.covered
    while working.work(report.id):
        pass
    report.refresh_from_db()
    assert (report.state, report.digest != "", report.pdf is not None) == (Report.State.DONE, True, True)
    assert to(server) == ["alice@acme.example"]
    again = Schedule.objects.get()
    assert again.next_due == schedule.next_due and again.covered == report.until
    assert working.waiting() == [] and not working.work(report.id)


def test_what_nobody_was_there_for_is_made_up_for_by_one_report(schedule: Schedule, server: Server) -> None:
    long_ago = timezone.now() - 5 * A_WEEK
    Schedule.objects.update(next_due=long_ago, covered=long_ago - A_WEEK)
    assert scheduling.begin_due() == 1
    report = Report.objects.get()
    assert report.due == long_ago and report.since == long_ago - A_WEEK and report.until > timezone.now() - A_WEEK
    assert Schedule.objects.get().next_due > timezone.now()


def test_what_is_switched_off_or_taken_away_does_not_come(schedule: Schedule, server: Server) -> None:
    scheduling.change(schedule, enabled=False)
    comes(schedule)
    assert scheduling.begin_due() == 0
    scheduling.change(schedule, enabled=True)
    assert Schedule.objects.get().next_due > timezone.now(), "it does not make up for what it missed"
    comes(schedule)
    scheduling.begin_due()
    scheduling.remove(schedule)
    assert not working.work(Report.objects.get().id) and working.waiting() == [] and server.kept == []
    with pytest.raises(NothingToSend, match="taken away"):
        scheduling.send_now(schedule, User.objects.all()[0])


def test_each_mail_is_an_entry_of_the_log_and_the_signed_head_is_remembered(
    reported: Callable[[], Report], server: Server
) -> None:
    while sequence().placed.entries:
        pass
    report = reported()
    entry = Entry.objects.get(action=Action.EXPORT)
    assert (entry.object_type, entry.object_repr) == ("compliance.mailing", "To alice@acme.example")
    assert entry.additional_data == {"report": str(report.id), "digest": report.digest, "state": "sent"}
    remembered = last_mailed()
    assert remembered is not None and remembered.recipients == 1
    assert remembered.note in server.kept[0].message.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[union-attr]
    assert report.content is not None
    assert remembered.note == report.content["head"]["note"] and remembered.root == report.content["head"]["root"]


def test_nothing_is_remembered_where_nothing_was_sent(reported: Callable[[], Report], server: Server) -> None:
    while sequence().placed.entries:
        pass
    Schedule.objects.update(roles=[])
    assert reported().state == Report.State.DONE
    assert server.kept == [] and last_mailed() is None


@pytest.mark.parametrize("step", ["greeting", "sender", "recipient", "data", "body"])
@pytest.mark.parametrize("answer", [CUT, "451 later"])
def test_what_fails_before_it_is_whole_is_tried_again_and_comes_once(
    reported: Callable[[], Report], server: Server, step: str, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    if (step, answer) == ("body", CUT):
        pytest.skip("the client has sent the last line into a dead line: below")
    server.fault = lambda at, _: answer if at == step or (step == "body" and at == "taken") else None
    before = timezone.now()
    with caplog.at_level(logging.ERROR):
        report = reported()
    failed = the_mailing()
    assert (failed.state, failed.tries, report.state) == (S.WAITING, 1, Report.State.READY)
    assert failed.next_try >= before + mailing.AGAIN_AFTER[0] and working.waiting() == [] and server.kept == []
    assert failed.handing is None and "alice" not in caplog.text
    server.fault = lambda at, _: None
    Mailing.objects.update(next_try=timezone.now())
    assert working.waiting() == [report.id]
    working.work(report.id)
    assert (the_mailing().state, to(server)) == (S.SENT, ["alice@acme.example"])


def test_what_nobody_answered_for_is_not_sent_again_by_itself(reported: Callable[[], Report], server: Server) -> None:
    server.fault = lambda at, _: CUT if at == "taken" else None
    report = reported()
    unknown = the_mailing()
    assert (unknown.state, unknown.handing is not None, report.state) == (S.UNKNOWN, True, Report.State.DONE)
    assert Entry.objects.get(action=Action.EXPORT).additional_data["state"] == "unknown"
    Mailing.objects.update(next_try=timezone.now())
    assert working.waiting() == [] and not working.work(report.id) and len(server.kept) == 1
    server.fault = lambda at, _: None
    mailing.send_again(unknown)
    while working.work(report.id):
        pass
    assert the_mailing().state == S.SENT and Report.objects.get().state == Report.State.DONE
    first, second = (kept.message["Message-ID"] for kept in server.kept)
    assert first == second, "a mailbox knows it by that"
    with pytest.raises(NothingToSend):
        mailing.send_again(the_mailing())


def test_a_line_that_goes_dead_in_the_middle_makes_no_second_mail(
    reported: Callable[[], Report], server: Server
) -> None:
    server.fault = lambda at, _: CUT if at == "body" else None
    reported()
    # It depends on when the client hears of it: either way the mail did not come, and does not come twice.
    assert the_mailing().state in (S.WAITING, S.UNKNOWN) and server.kept == []


def test_what_died_while_handing_over_is_known_not_to_be_known(reported: Callable[[], Report], server: Server) -> None:
    class Died(BaseException):
        pass

    original = handing.hand_over

    def handed(message: object, before: Callable[[], None]) -> None:
        original(message, before)  # type: ignore[arg-type]
        raise Died

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mailing, "hand_over", handed)
        with pytest.raises(Died):
            reported()
    assert len(server.kept) == 1 and the_mailing().handing is not None and the_mailing().state == S.WAITING
    Mailing.objects.update(next_try=timezone.now())
    report = Report.objects.get()
    assert working.waiting() == [report.id], "there is an end to be noted"
    working.work(report.id)
    assert the_mailing().state == S.UNKNOWN and len(server.kept) == 1
    assert Report.objects.get().state == Report.State.DONE


def test_what_is_refused_for_good_is_not_tried_again(reported: Callable[[], Report], server: Server) -> None:
    server.fault = lambda at, _: "550 nobody" if at == "recipient" else None
    report = reported()
    assert (the_mailing().state, the_mailing().error) == (S.FAILED, "SMTPRecipientsRefused")
    assert report.state == Report.State.DONE


def test_a_server_that_is_away_is_given_up_at_last(
    reported: Callable[[], Report], server: Server, schedule: Schedule
) -> None:
    server.fault = lambda at, _: "421 not now" if at == "greeting" else None
    report = reported()
    for number in range(1, 1 + len(mailing.AGAIN_AFTER)):
        assert (the_mailing().state, the_mailing().tries) == (S.WAITING, number)
        Mailing.objects.update(next_try=timezone.now())
        working.work(report.id)
    assert the_mailing().state == S.FAILED and Report.objects.get().state == Report.State.DONE


def test_who_unsubscribes_meanwhile_is_not_mailed(reported: Callable[[], Report], server: Server) -> None:
    server.fault = lambda at, _: CUT if at == "greeting" else None
    report = reported()
    server.fault = lambda at, _: None
    recipients._drop_waiting(the_mailing().recipient)
    Mailing.objects.update(next_try=timezone.now())
    working.work(report.id)
    assert the_mailing().state == S.OBSOLETE and server.kept == []


@pytest.mark.parametrize("how", ["unsubscribed", "removed", "left"])
def test_who_is_gone_by_the_time_it_is_mailed_is_not_mailed(
    reported: Callable[[], Report], server: Server, how: str
) -> None:
    server.fault = lambda at, _: CUT if at == "greeting" else None
    report = reported()
    server.fault = lambda at, _: None
    recipient = the_mailing().recipient
    if how == "left":
        User.objects.filter(role=Role.COMPLIANCE_OFFICER).update(role=Role.OWNER)  # somebody stays
        User.objects.filter(email=recipient.email).update(is_active=False)
    else:  # while it was composed: the mailing was not there yet to be dropped
        Recipient.objects.filter(id=recipient.id).update(**{how: timezone.now()})
    Mailing.objects.update(next_try=timezone.now())
    working.work(report.id)
    assert the_mailing().state == S.OBSOLETE and server.kept == []
    assert Report.objects.get().state == Report.State.DONE and last_mailed() is None


def test_eight_schedulers_and_eight_workers_make_one_report_and_one_mail(
    acme: Tenant, alice: User, server: Server
) -> None:
    with within(acme):
        schedule = weekly(with_pdf=False)
        comes(schedule)
    together = threading.Barrier(8)

    def beat(_: int) -> int:
        try:
            with within(acme):
                together.wait(30)
                begun = scheduling.begin_due()
                together.wait(30)
                for report in working.waiting():
                    working.work(report)
                return begun
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(beat, range(8))) == 1
    with within(acme):
        for report in working.waiting():
            working.work(report)
        assert Report.objects.count() == 1 and the_mailing().state == S.SENT
    assert to(server) == ["alice@acme.example"]


def test_the_beat_begins_and_hands_over_in_each_tenant_behind_its_walls(
    acme: Tenant, globex: Tenant, alice: User, mallory: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.tenants.walls import connection as walled

    handed: list[tuple[str, str]] = []
    for tenant in (acme, globex):
        with within(tenant):
            comes(weekly())
    monkeypatch.setattr(work_on_report, "delay", lambda id: handed.append((walled().walls.schema, id)))
    reports_everywhere()
    for tenant in (acme, globex):
        with within(tenant):
            assert (tenant.schema_name, str(Report.objects.get().id)) in handed


def test_nothing_is_sent_within_a_transaction(schedule: Schedule) -> None:
    report = scheduling.send_now(schedule, User.objects.all()[0])
    with transaction.atomic(), pytest.raises(TransactionOpen):
        working.work(report.id)


def test_one_may_not_ask_for_a_second_report_at_once(schedule: Schedule, alice: User) -> None:
    scheduling.send_now(schedule, alice)
    with pytest.raises(NothingToSend, match="Wait a minute"):
        scheduling.send_now(schedule, alice)


def test_a_checkpoint_is_remembered_once(reported: Callable[[], Report], server: Server) -> None:
    while sequence().placed.entries:
        pass
    report = reported()
    working.work(report.id)
    assert MailedCheckpoint.objects.count() == 1


def test_there_are_so_many_schedules_and_no_more(schedule: Schedule) -> None:
    for _ in range(scheduling.MOST - 1):
        weekly()
    with pytest.raises(ScheduleRefused, match="there are 20 already"):
        weekly()


@pytest.mark.parametrize("name", ["", "  ", "a\nBcc: x@y.example", "a\rb", "x" * 101, "a\u202eb", "\x00"])
def test_a_name_is_one_line_that_can_be_read(in_acme: Tenant, name: str) -> None:
    with pytest.raises((ScheduleRefused, ValueError)):
        weekly(name=name)
    assert Schedule.objects.count() == 0
