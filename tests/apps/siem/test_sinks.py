"""Alice sets up where the log goes: what she may name, what she sees of it, and what stands in the log of that."""

from __future__ import annotations

import base64
import datetime
import logging
from typing import Any

import pytest
from django.utils import timezone

from apps.audit.models import Entry, Leaf
from apps.audit.vocabulary import Action
from apps.siem import health, pushing, sinks, trying
from apps.siem.errors import AddressRefused, NotInTheLog, ProofRefused, SiemError, TestUnderWay, TooManySinks
from apps.siem.models import Sink
from apps.tenants.models import Tenant
from tests.apps.audit.conftest import superuser
from tests.apps.audit.test_ocsf import validator
from tests.apps.siem.collector import Collector, always, answers, cut
from tests.apps.siem.conftest import happen, settle, sink_to
from tests.apps.webhooks.receiver import receiving
from tests.apps.webhooks.test_sending import SPECIAL

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "s3cret-of-the-sink"


def fresh(sink: Sink) -> Sink:
    return Sink.objects.get(id=sink.id)


def newest() -> Entry:
    found = Entry.objects.order_by("-id").first()
    assert found is not None
    return found


@pytest.mark.parametrize(
    "url",
    [
        "http://siem.example/secret", "https://user:secret@siem.example/", "https://siem.example:25/secret",
        "https://localhost/secret", "https://0x7f000001/secret", "https://siem.example/#secret", "secret", "",
        *(f"https://[{one}]/secret" if ":" in one else f"https://{one}/secret" for one in SPECIAL),
    ],
)  # fmt: skip
def test_an_address_that_could_lead_inside_is_refused_and_not_quoted(log: Tenant, url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        sinks.make(url, "json")
    assert "secret" not in str(refused.value) and Sink.objects.count() == 0
    sink = sinks.make("https://siem.example/", "json")
    with pytest.raises(AddressRefused):
        sinks.change(sink, url=url)


def test_an_address_is_vetted_anew_at_each_try(log: Tenant, collector: Collector, settings: Any) -> None:
    sink = sink_to(collector)
    settings.WEBHOOKS_TO_LOOPBACK = False
    pushing.push(sink.id)
    sinks.ask_test(sink)
    trying.try_out(sink.id)
    found = fresh(sink)
    assert (found.outcome, found.test_outcome, collector.came) == ("refused_address", "refused_address", [])


def test_no_redirect_is_followed(log: Tenant, collector: Collector) -> None:
    with receiving() as canary:
        collector.fault = always(answers(307, Location=canary.url))
        sink = sink_to(collector, proof="bearer", secret=SECRET)
        pushing.push(sink.id)
    assert (fresh(sink).status, canary.came) == (307, [])
    assert health.of(fresh(sink)).said == "It answered 307: it leads to another address: give that one"


@pytest.mark.parametrize(
    ("proof", "header", "secret"),
    [
        ("bearer", "", ""),
        ("bearer", "", f"{SECRET}\r\nX-Mine:1"),
        ("header", "X-Key", f"{SECRET}\r\nX-Mine: 1"),
        ("header", "X-Key", f"{SECRET}\0"),
        ("bearer", "", f"Bearer {SECRET}"),
        ("bearer", "", f" {SECRET}"),
        ("bearer", "", f"{SECRET}\u00e4"),
        ("bearer", "", SECRET * 1000),
        ("bearer", "X-Key", SECRET),
        ("header", "", SECRET),
        ("header", "X Key", SECRET),
        ("header", "X-Key:", SECRET),
        ("header", "X-Key\r\nHost", SECRET),
        ("header", "Host", SECRET),
        ("header", "content-LENGTH", SECRET),
        ("header", "Transfer-Encoding", SECRET),
        ("header", "X" * 65, SECRET),
        ("none", "", SECRET),
    ],
)
def test_a_secret_that_would_not_stay_in_its_header_is_refused_and_not_quoted(
    log: Tenant, proof: str, header: str, secret: str
) -> None:
    with pytest.raises(ProofRefused) as refused:
        sinks.make("https://siem.example/", "json", proof, header, secret)
    assert SECRET not in str(refused.value) and Sink.objects.count() == 0


def test_a_secret_is_sent_to_no_other_collector_than_it_was_given_for(log: Tenant) -> None:
    """Whoever may change a sink could otherwise have its secret sent to themselves."""
    sink = sinks.make("https://siem.example/in", "json", "bearer", secret=SECRET)
    with pytest.raises(ProofRefused, match="give it again"):
        sinks.change(sink, url="https://mallory.example/in")
    sinks.change(sink, url="https://siem.example/another-path")
    sinks.change(fresh(sink), url="https://other.example/in", proof="bearer", secret=f"{SECRET}-2")
    assert fresh(sink).origin == "https://other.example"


def test_the_secret_is_in_no_row_no_log_no_entry_and_no_error(
    log: Tenant, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sink = sink_to(collector, proof="bearer", secret=SECRET)
    for fault in (None, answers(500), cut):
        collector.fault = always(fault)
        sinks.replay(fresh(sink), first=0)
        pushing.push(sink.id)
        sinks.ask_test(fresh(sink))
        trying.try_out(sink.id)
    sinks.change(fresh(sink), proof="header", header="X-Key", secret=f"{SECRET}-2", url=collector.url)
    settle()
    assert SECRET.encode() in str(collector.came[0].headers).encode()
    hidden = (SECRET, "of-the-collector")
    with superuser() as root:
        rows = b""
        for table in root.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'").fetchall():
            if table[0].startswith("t_"):
                with root.cursor().copy(f"COPY {table[0]} TO STDOUT") as copied:
                    rows += b"".join(bytes(row) for row in copied)
    said = rows + caplog.text.encode() + str(fresh(sink)).encode() + repr(vars(fresh(sink))).encode()
    assert sink.origin.encode() in rows
    for one in hidden:
        assert one.encode() not in said and base64.b64encode(one.encode()) not in said
        assert one.encode().hex().encode() not in said


def test_setting_up_trying_and_replaying_are_entries_and_say_no_secret(log: Tenant, collector: Collector) -> None:
    before = Entry.objects.count()
    sink = sink_to(collector, proof="bearer", secret=SECRET)
    made = newest()
    assert (made.action, made.object_type, made.object_repr) == (Action.CREATE, "siem.sink", sink.origin)
    assert made.changes is not None
    assert made.changes["secret"][1].keys() == made.changes["url"][1].keys() == {"digest"}
    sinks.change(sink, batch_size=10)
    assert newest().changes == {"batch_size": [200, 10]}
    sinks.ask_test(sink)
    assert (newest().action, newest().object_pk) == (Action.CHECK, str(sink.id))
    sinks.replay(sink, first=1)
    assert (newest().action, newest().additional_data) == (Action.EXPORT, {"from": 1, "size": signed()})
    sinks.change(sink, enabled=False)
    assert (newest().changes or {})["disabled_why"] == ["", "asked"]
    sinks.remove(sink)
    assert newest().action == Action.UPDATE and "removed" in (newest().changes or {})
    assert Entry.objects.count() == before + 6


def test_there_are_five_sinks_at_most(log: Tenant) -> None:
    for number in range(sinks.MOST):
        sinks.make(f"https://siem.example/{number}", "json")
    with pytest.raises(TooManySinks):
        sinks.make("https://siem.example/one-more", "json")
    first = Sink.objects.first()
    assert first is not None
    sinks.remove(first)
    sinks.make("https://siem.example/one-more", "json")


def test_a_sink_that_is_taken_away_keeps_neither_address_nor_secret(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector, proof="bearer", secret=SECRET)
    sinks.remove(sink)
    found = fresh(sink)
    assert (found.url, found.secret) == (None, None) and pushing.due() == []
    assert pushing.push(sink.id) is None and collector.came == []


@pytest.mark.parametrize("format", Sink.Format.values)
def test_a_test_is_a_whole_event_that_stands_in_no_log(log: Tenant, collector: Collector, format: str) -> None:
    sink = sink_to(collector, format=format)
    sinks.ask_test(sink)
    assert trying.asked() == [sink.id] and sink.test_state == Sink.Test.WAITING
    assert trying.try_out(sink.id) is True
    (event,) = collector.kept
    assert [error.message for error in validator(event["class_uid"]).iter_errors(event)] == []
    assert event["metadata"]["uid"].startswith(f"{log.id}:test:") and "sequence" not in event["metadata"]
    found = fresh(sink)
    assert (found.test_state, found.test_outcome, found.test_status) == (Sink.Test.ENDED, "ok", 200)
    assert (found.position, found.delivered) == (0, 0), "it is no part of the log"
    assert trying.try_out(sink.id) is None and len(collector.came) == 1


def test_a_test_says_in_words_what_is_wrong_and_works_where_the_sink_is_off(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector)
    sinks.change(sink, enabled=False)
    said = []
    for fault in (answers(403), answers(503), answers(418), cut):
        collector.fault = always(fault)
        sinks.ask_test(fresh(sink))
        trying.try_out(sink.id)
        found = fresh(sink)
        said.append(health.words(found.test_outcome, found.test_status))
    assert said == [
        "It answered 403: this token may not do that",
        "It answered 503: it failed itself",
        "It answered 418",
        "What it answered is no HTTP",
    ]


def test_only_one_test_is_on_its_way_and_one_that_was_lost_holds_nobody_up(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector)
    sinks.ask_test(sink)
    with pytest.raises(TestUnderWay):
        sinks.ask_test(sink)
    Sink.objects.update(test_state=Sink.Test.RUNNING, test_at=timezone.now() - sinks.LONGEST_TEST)
    sinks.ask_test(sink)
    assert trying.try_out(sink.id) is True


def test_a_replay_begins_at_a_place_or_at_a_time(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector)
    size = happen(10)
    pushing.push(sink.id)
    assert sinks.replay(sink, first=4) == 4
    assert fresh(sink).position == 4
    logged = dict(Leaf.objects.values_list("index", "logged"))
    for moment in [*sorted(set(logged.values())), datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)]:
        expected = min(index for index, at in logged.items() if at >= moment)
        assert sinks.replay(sink, since=moment) == expected
    assert sinks.replay(sink, since=timezone.now() + datetime.timedelta(days=1)) == signed()
    collector.kept.clear()
    sinks.replay(sink, first=2)
    size = settle()
    pushing.push(sink.id)
    assert collector.sequences == list(range(2, size))
    uids = [event["metadata"]["uid"] for event in collector.kept]
    assert len(set(uids)) == len(uids)


def signed() -> int:
    from apps.audit.placed import signed_size

    return signed_size()


@pytest.mark.parametrize("first", [-1, 10**9, 2**63])
def test_nothing_is_replayed_from_outside_of_the_log(log: Tenant, collector: Collector, first: int) -> None:
    sink = sink_to(collector)
    with pytest.raises(NotInTheLog):
        sinks.replay(sink, first=first)
    assert fresh(sink).position == 0


def test_the_health_of_a_sink_is_how_far_behind_it_is_and_why(log: Tenant, collector: Collector) -> None:
    sink = sink_to(collector)
    size = happen(5)
    found = health.of(fresh(sink))
    assert (found.state, found.lag, found.size, found.percent, found.said) == (health.State.BEHIND, size, size, 0, "")
    assert 0 <= found.waits < 120
    collector.fault = always(answers(401))
    pushing.push(sink.id)
    found = health.of(fresh(sink))
    assert (found.state, found.said) == (health.State.FAILING, "It answered 401: it does not know this token")
    collector.fault = always(None)
    sinks.change(fresh(sink), batch_size=3)
    size = settle()
    pushing.push(sink.id)
    found = health.of(fresh(sink))
    assert (found.state, found.lag, found.waits, found.percent) == (health.State.UP_TO_DATE, 0, 0, 100)
    sinks.change(fresh(sink), enabled=False)
    assert health.of(fresh(sink)).state is health.State.OFF


def test_each_refusal_has_a_code_of_its_own() -> None:
    codes = [each.code for each in SiemError.__subclasses__()]
    assert len(set(codes)) == len(codes) and all(code.startswith("siem.") for code in codes)
