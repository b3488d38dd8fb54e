"""Acme's log reaches Acme's collector: all of it, in order, whatever happens on the way; nobody else's."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from apps.accounts.models import Mail, User
from apps.accounts.posting import send as send_mail
from apps.audit.models import Entry
from apps.audit.placed import signed_size
from apps.siem import batches, pushing, sinks
from apps.siem.errors import TransactionOpen
from apps.siem.models import Sink
from apps.siem.tasks import push_everywhere
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from apps.watching.tasks import count_sinks
from apps.webhooks.models import Attempt
from apps.webhooks.sending import Sent
from tests.apps.siem.collector import Collector, always, answers, cut, events_of, garbage
from tests.apps.siem.conftest import happen, settle, sink_to
from tests.apps.watching.test_figures import GOOD, asked, figure

pytestmark = pytest.mark.django_db(transaction=True)


def now_due(sink: Sink) -> None:
    """As if the pause were over."""
    Sink.objects.filter(id=sink.id).update(next_try=timezone.now())


def fresh(sink: Sink) -> Sink:
    return Sink.objects.get(id=sink.id)


def test_everything_signed_arrives_in_order_and_once(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector, batch_size=7)
    size = happen(30)
    done = pushing.push(sink.id)
    assert done is not None and (done.events, done.has_more) == (size, False)
    assert collector.sequences == list(range(size))
    assert {event["metadata"]["uid"] for event in collector.kept} == {f"{log.id}:{n}" for n in range(size)}
    assert all(len(events_of(came)) <= 7 for came in collector.came)
    found = fresh(sink)
    assert (found.position, found.delivered, found.batches, found.failed) == (size, size, len(collector.came), 0)
    assert pushing.push(sink.id) is not None and len(collector.came) == found.batches


def test_what_is_not_signed_yet_is_not_sent(log: Tenant, collector: Collector) -> None:
    from apps.audit.recording import record
    from apps.audit.vocabulary import Action
    from tests.apps.audit.as_sequencer import place

    sink = sink_to(collector)
    size = settle()
    record(Action.CHECK)
    place()
    pushing.push(sink.id)
    assert collector.sequences == list(range(size)) and fresh(sink).position == size == signed_size()


def test_a_sink_that_wants_no_past_is_sent_what_comes(log: Tenant, collector: Collector) -> None:
    before = settle()
    sink = sink_to(collector, from_the_beginning=False)
    size = happen(3)
    pushing.push(sink.id)
    assert collector.sequences == list(range(before, size))


@pytest.mark.parametrize("format", Sink.Format.values)
def test_each_form_holds_the_same_events(log: Tenant, collector: Collector, format: str) -> None:
    sink = sink_to(collector, format=format)
    size = happen(3)
    pushing.push(sink.id)
    (came,) = collector.came
    assert collector.sequences == list(range(size))
    if format == "splunk":
        first = json.loads(came.body.splitlines()[0])
        assert first.keys() == {"time", "source", "sourcetype", "event"}
        assert first["time"] * 1000 == pytest.approx(first["event"]["time"])
    assert came.headers["specward-batch"] == f"{log.id}:0-{size - 1}"


@pytest.mark.parametrize(
    ("proof", "header", "shown"),
    [
        ("bearer", "", {"authorization": "Bearer s3cret-of-the-sink"}),
        ("splunk", "", {"authorization": "Splunk s3cret-of-the-sink"}),
        ("header", "DD-API-KEY", {"dd-api-key": "s3cret-of-the-sink"}),
        ("none", "", {}),
    ],
)
def test_the_collector_is_shown_who_it_is(
    log: Tenant, collector: Collector, proof: str, header: str, shown: dict[str, str]
) -> None:
    secret = "s3cret-of-the-sink" if proof != "none" else ""
    sink = sink_to(collector, proof=proof, header=header, secret=secret)
    pushing.push(sink.id)
    came = collector.came[0].headers
    assert {name: value for name, value in came.items() if "s3cret" in value} == shown


def test_pushing_writes_no_entry_whatever_comes_of_it(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector, batch_size=5)
    happen(12)
    entries = Entry.objects.count()
    for fault in (None, answers(500), answers(413), answers(401), cut, garbage):
        collector.fault = always(fault)
        Sink.objects.filter(id=sink.id).update(position=0)
        now_due(sink)
        assert pushing.push(sink.id) is not None
    collector.fault = always(None)
    now_due(sink)
    pushing.push(sink.id)
    assert fresh(sink).position == signed_size()
    assert Entry.objects.count() == entries and settle() == entries


def test_after_a_failure_there_is_a_pause_that_grows_and_then_it_goes_on_where_it_was(
    log: Tenant, collector: Collector
) -> None:
    sink = sink_to(collector)
    size = happen(3)
    collector.fault = always(answers(500))
    pauses = []
    for number in range(1, 10):
        pushing.push(sink.id)
        found = fresh(sink)
        assert (found.tries, found.failed, found.position, found.status) == (number, number, 0, 500)
        pauses.append(found.next_try - timezone.now())
        assert pushing.push(sink.id) is None and pushing.due() == [], "nobody tries before"
        now_due(sink)
    wanted = [*pushing.AGAIN_AFTER, pushing.AGAIN_AFTER[-1], pushing.AGAIN_AFTER[-1]]
    for pause, least in zip(pauses, wanted, strict=True):
        assert 0.8 * least < pause <= (1 + pushing.JITTER) * least
    assert len({pause / least for pause, least in zip(pauses, wanted, strict=True)}) == 9, "no two wait alike"
    assert found.failing_since is not None
    collector.fault = always(None)
    now_due(sink)
    pushing.push(sink.id)
    found = fresh(sink)
    assert collector.sequences == list(range(size))
    assert (found.tries, found.failing_since, found.outcome) == (0, None, "ok")


def test_who_asks_to_wait_is_waited_for(log: Tenant, collector: Collector) -> None:
    collector.fault = always(answers(429, Retry_After="3600"))
    sink = sink_to(collector)
    pushing.push(sink.id)
    assert fresh(sink).next_try - timezone.now() > datetime.timedelta(minutes=59)


def test_a_collector_that_finds_it_too_much_is_sent_less_at_once(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector, batch_size=100)
    size = happen(30)
    collector.fault = lambda came: answers(413) if len(events_of(came)) > 4 else None
    for _ in range(200):
        if fresh(sink).position == size:
            break
        now_due(sink)
        pushing.push(sink.id)
    assert collector.sequences == list(range(size))


def test_a_request_is_a_megabyte_at_most(log: Tenant, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_BYTES", 5_000)
    sink = sink_to(collector)
    size = happen(20)
    pushing.push(sink.id)
    assert collector.sequences == list(range(size)) and len(collector.came) > 3
    assert all(len(came.body) <= 5_000 for came in collector.came)


def test_eight_workers_at_one_sink_send_everything_once(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector, batch_size=5)
    size = happen(40)

    def work() -> None:
        with within(log):
            pushing.push(sink.id)
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)
    assert collector.sequences == list(range(size))


def test_the_late_word_of_a_worker_that_was_given_up_moves_nothing(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector, batch_size=5)
    size = happen(12)
    lost = pushing._claim(sink.id)
    assert lost is not None and pushing.push(sink.id) is None
    late = batches.read(fresh(sink), log.id, 5)
    assert late is not None
    now_due(sink)
    assert pushing.push(sink.id) is not None
    before = Sink.objects.values().get(id=sink.id)
    assert before["position"] == size
    assert pushing._moved(lost, late, None, False) is False
    pushing._failed(lost, fresh(sink), Sent(Attempt.Outcome.TIMEOUT, 1))
    assert Sink.objects.values().get(id=sink.id) == before


def test_the_position_moves_only_from_where_was_read(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector, batch_size=5)
    size = happen(12)
    turn = pushing._claim(sink.id)
    batch = batches.read(fresh(sink), log.id, 5)
    assert turn is not None and batch is not None
    Sink.objects.filter(id=sink.id).update(position=size)  # whoever did it, and however
    assert pushing._moved(turn, batch, None, False) is False
    assert fresh(sink).position == size


def test_a_replay_while_a_worker_sends_is_not_overtaken_by_it(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector, batch_size=100)
    size = happen(5)

    def replay_meanwhile(_: Any) -> None:
        if len(collector.came) == 1:
            with within(log):
                sinks.replay(Sink.objects.get(id=sink.id), first=2)
            connections.close_all()

    collector.fault = replay_meanwhile
    pushing.push(sink.id)
    assert fresh(sink).position == 2
    pushing.push(sink.id)
    assert collector.sequences == [*range(size), *range(2, settle())][: len(collector.sequences)]
    assert fresh(sink).position >= size


def test_what_is_on_its_way_to_an_old_address_is_sent_to_the_new_one(
    log: Tenant, collector: Collector, another_collector: Callable[[], AbstractContextManager[Collector]]
) -> None:
    with another_collector() as new:
        sink = sink_to(collector, batch_size=100)
        happen(5)

        def move(_: Any) -> None:
            with within(log):
                sinks.change(Sink.objects.get(id=sink.id), url=new.url)
            connections.close_all()

        collector.fault = move
        pushing.push(sink.id)
        assert fresh(sink).position == 0
        size = settle()
        pushing.push(sink.id)
        assert new.sequences == list(range(size)) and len(collector.came) == 1


def test_a_push_is_not_begun_within_a_transaction(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector)
    with transaction.atomic(), pytest.raises(TransactionOpen):
        pushing.push(sink.id)
    assert collector.came == []


def test_a_sink_that_was_switched_off_meanwhile_gets_no_more(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector, batch_size=2)
    happen(10)

    def off(_: Any) -> None:
        if len(collector.came) == 2:
            with within(log):
                sinks.change(Sink.objects.get(id=sink.id), enabled=False)
            connections.close_all()

    collector.fault = off
    pushing.push(sink.id)
    assert len(collector.came) == 2 and pushing.due() == []
    now_due(sink)
    assert pushing.push(sink.id) is None


def test_globex_gets_nothing_of_acme_s_log(
    log: Tenant, globex: Tenant, collector: Collector,
    another_collector: Callable[[], AbstractContextManager[Collector]],
) -> None:  # fmt: skip
    with another_collector() as globex_s:
        mine = sink_to(collector)
        with within(globex):
            theirs = sink_to(globex_s)
            size = happen(3)
            assert pushing.push(mine.id) is None, "a sink is looked for behind one's own walls"
            pushing.push(theirs.id)
        happen(5)
        pushing.push(mine.id)
        tenants = {event["metadata"]["tenant_uid"] for event in globex_s.kept}
        assert tenants == {str(globex.id)} and globex_s.sequences == list(range(size))
        assert {event["metadata"]["tenant_uid"] for event in collector.kept} == {str(log.id)}


def test_the_schedule_finds_what_is_due_in_each_tenant_and_two_of_it_send_once(
    acme: Tenant, globex: Tenant, collector: Collector, woken: list[str]
) -> None:
    with within(acme):
        settle()
        sink = sink_to(collector)
        size = settle()
    with within(globex):
        settle()
        idle = sink_to(collector, from_the_beginning=False)
        Sink.objects.filter(id=idle.id).update(position=settle())
    woken.clear()
    push_everywhere()
    push_everywhere()
    assert woken == [str(sink.id)] * 2
    with within(acme):
        for id in woken:
            pushing.push(sink.id)
            assert id == str(sink.id)
        assert collector.sequences == list(range(size))


def test_a_sink_that_is_gone_is_switched_off_at_once_and_its_owner_is_told(
    log: Tenant, alice: User, collector: Collector, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.accounts.tasks import send_mail as task

    monkeypatch.setattr(task, "delay", lambda id: None)
    sink = sink_to(collector)
    collector.fault = always(answers(410))
    pushing.push(sink.id)
    assert fresh(sink).disabled_why == "gone"
    send_mail(Mail.objects.get(kind="siem-off").id)
    (mail,) = mailoutbox
    assert mail.to == [alice.email] and sink.origin in mail.body and "before entry 0" in mail.body
    assert "of-the-collector" not in mail.body


@pytest.mark.parametrize(
    ("status", "kind", "after"),
    [
        (401, "refused", pushing.REFUSES_FOR),
        (400, "refused", pushing.REFUSES_FOR),
        (302, "refused", pushing.REFUSES_FOR),
        (500, "failing", pushing.FAILS_FOR),
        (429, "failing", pushing.FAILS_FOR),
    ],
)
def test_what_does_not_get_better_is_switched_off_after_a_while(
    log: Tenant, alice: User, collector: Collector, status: int, kind: str, after: datetime.timedelta
) -> None:
    sink = sink_to(collector)
    collector.fault = always(answers(status))
    pushing.push(sink.id)
    for ago, off in ((after - datetime.timedelta(hours=1), ""), (after, kind)):
        since = timezone.now() - ago
        Sink.objects.filter(id=sink.id).exclude(refused_since=None).update(refused_since=since)
        Sink.objects.filter(id=sink.id).update(failing_since=since)
        now_due(sink)
        pushing.push(sink.id)
        assert fresh(sink).disabled_why == off
    sinks.change(fresh(sink), enabled=True)
    collector.fault = always(None)
    pushing.push(sink.id)
    found = fresh(sink)
    assert (found.disabled, found.disabled_why, found.failing_since) == (None, "", None)
    assert collector.sequences[:3] == [0, 1, 2], "it goes on where it was"


def test_a_refusal_between_failures_does_not_count_as_a_day_of_refusals(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector)
    for status, refuses in ((401, True), (500, False), (401, True)):
        collector.fault = always(answers(status))
        now_due(sink)
        pushing.push(sink.id)
        assert (fresh(sink).refused_since is not None) is refuses


def test_the_figures_tell_of_all_sinks_together_and_of_the_one_that_is_furthest_behind(
    acme: Tenant, globex: Tenant, collector: Collector, settings: Any
) -> None:
    settings.METRICS_TOKEN = GOOD
    with within(acme):
        mine = sink_to(collector)
        size = happen(4)
        pushing.push(mine.id)
    with within(globex):
        happen(6)
        theirs = sink_to(collector)
        behind = settle()
        collector.fault = always(answers(401))
        pushing.push(theirs.id)
    count_sinks()
    text = asked().content.decode()
    assert figure(text, 'specward_siem_sinks{state="up-to-date"}') == 1
    assert figure(text, 'specward_siem_sinks{state="failing"}') == 1
    assert figure(text, "specward_siem_events") == size and figure(text, "specward_siem_failures") == 1
    assert figure(text, "specward_siem_lag_entries") == behind
    assert 0 <= figure(text, "specward_siem_lag_seconds") < 120
    assert "127.0.0.1" not in text and "acme" not in text.lower()


def test_the_platform_s_own_log_is_pushed_too(platform: Tenant, collector: Collector, woken: list[str]) -> None:
    with within(platform):
        sink = sink_to(collector)
        size = happen(2)
    woken.clear()
    push_everywhere()
    assert woken == [str(sink.id)]
    with within(platform):
        pushing.push(sink.id)
    assert collector.sequences == list(range(size))
    assert {event["metadata"]["tenant_uid"] for event in collector.kept} == {str(platform.id)}
