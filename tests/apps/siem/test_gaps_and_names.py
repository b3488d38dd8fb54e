"""What is no longer in the log or is not as it was logged, and names that change their mind."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from apps.siem import pushing, sinks, tasks
from apps.siem.models import Sink
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from apps.webhooks import addresses, sending
from tests.apps.audit.as_pruner import keep_days, pruned
from tests.apps.audit.tampering import Owner, change
from tests.apps.siem.collector import Collector
from tests.apps.siem.conftest import happen, settle, sink_to
from tests.apps.webhooks.test_sending import SPECIAL

pytestmark = pytest.mark.django_db(transaction=True)
PUBLIC = "93.184.215.14"


def fresh(sink: Sink) -> Sink:
    return Sink.objects.get(id=sink.id)


def test_pruned_entries_are_passed_over_counted_and_hold_nobody_up(acme: Tenant, collector: Collector) -> None:
    with within(acme):
        sink = sink_to(collector, batch_size=4)
        happen(20)
    keep_days(acme, 0)
    pruned(acme)
    with within(acme):
        settle()
    gone = pruned(acme).removed
    with within(acme):
        size = settle()
        pushing.push(sink.id)
        found = fresh(sink)
        assert gone > 0 and found.pruned == gone and found.position == size
        assert collector.sequences == list(range(gone, size)) and found.faulty == 0
        assert found.delivered == size - gone


def test_an_entry_that_was_changed_past_the_application_is_not_passed_on_as_logged(
    acme: Tenant, collector: Collector
) -> None:
    with within(acme):
        sink = sink_to(collector)
        size = happen(10)
    owner = Owner.of(acme, "siem")
    with owner.connection:
        owner.stop_triggers()
        change(owner, 5, "narrative")
    with within(acme):
        pushing.push(sink.id)
        found = fresh(sink)
        assert (found.faulty, found.position) == (1, size)
        assert collector.sequences == [index for index in range(size) if index != 5]


def test_a_worker_that_takes_long_leaves_the_rest_to_another_task(
    log: Tenant, collector: Collector, woken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "BUSY_FOR", 0.0)
    sink = sink_to(collector, batch_size=5)
    size = happen(12)
    woken.clear()
    rounds = 0
    tasks.push(str(sink.id))
    while woken:
        rounds += 1
        tasks.push(woken.pop())
    assert collector.sequences == list(range(size)) and rounds == -(-size // 5)


def test_the_task_tries_the_sink_that_it_is_told(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector)
    sinks.ask_test(sink)
    tasks.try_out(str(sink.id))
    assert len(collector.kept) == 1 and fresh(sink).test_state == "ended"


@pytest.mark.parametrize("address", SPECIAL)
def test_a_name_that_leads_inside_is_told_nothing(log: Tenant, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = sinks.make("https://siem.example/in", "json", "bearer", secret="s3cret", from_the_beginning=True)
    connected: list[Any] = []
    monkeypatch.setattr(addresses, "resolved", lambda host, port: [PUBLIC, address])
    monkeypatch.setattr(sending.socket, "create_connection", lambda *to, **_: connected.append(to))  # type: ignore[attr-defined]
    pushing.push(sink.id)
    assert (fresh(sink).outcome, connected) == ("refused_address", [])


def test_a_name_is_looked_up_once_at_each_try_and_what_was_vetted_is_connected_to(
    log: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = sinks.make("https://siem.example/in", "json", "bearer", secret="s3cret", from_the_beginning=True)
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])  # as a server of names does that means harm
    connected: list[Any] = []

    def note(to: Any, timeout: float) -> socket.socket:
        connected.append(to)
        raise ConnectionRefusedError

    monkeypatch.setattr(addresses, "resolved", lambda host, port: next(answers))
    monkeypatch.setattr(sending.socket, "create_connection", note)  # type: ignore[attr-defined]
    pushing.push(sink.id)
    assert (fresh(sink).outcome, connected) == ("unreachable", [(PUBLIC, 443)])
