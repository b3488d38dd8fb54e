"""Acme is told what has become of its recordings: once it is true, signed, until it has heard; nobody else is."""

from __future__ import annotations

import base64
import datetime
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connections, transaction
from django.utils import timezone

from apps.accounts.models import Mail, User
from apps.accounts.posting import send as send_mail
from apps.recordings.models import Recording
from apps.specs import generation
from apps.specs.models import Spec
from apps.specs.signals import spec_failed, spec_ready
from apps.specs.tasks import generate_spec
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from apps.vault import configured
from apps.webhooks import delivering, endpoints, signing
from apps.webhooks.errors import EndpointDisabled, TooManyEndpoints, TooManyTests, TransactionOpen, UrlRefused
from apps.webhooks.models import Attempt, Delivery, Endpoint, Event, EventType, SigningKey
from apps.webhooks.tasks import deliver
from tests.apps.audit.conftest import superuser
from tests.apps.recordings.conftest import packed, upload
from tests.apps.webhooks.receiver import Came, Receiver

pytestmark = pytest.mark.django_db(transaction=True)
ALL = ["spec.ready", "spec.failed"]
State = Delivery.State


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, woken: list[str]) -> Iterator[None]:
    settings.OBJECT_FOLDER = tmp_path / "objects"
    monkeypatch.setattr(generate_spec, "delay", lambda id: None)
    configured.forget()
    yield
    configured.forget()


def told(receiver: Receiver, **given: Any) -> Endpoint:
    return endpoints.make(receiver.url, given.pop("events", ALL), **given)


def tell(endpoint: Endpoint) -> Delivery:
    """Something to be sent there."""
    return endpoints.try_out(endpoint)


def deliver_all(ids: list[str]) -> list[bool | None]:
    found = [delivering.deliver(Delivery.objects.get(id=id).id) for id in ids]
    ids.clear()
    return found


def verify(came: Came, public: str) -> dict[str, Any]:
    """As the standard says that a receiver does, with nothing of ours. Raises InvalidSignature."""
    assert public.startswith("whpk_")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_"), validate=True))
    signed = f"{came.headers['webhook-id']}.{came.headers['webhook-timestamp']}.".encode() + came.body
    assert abs(int(came.headers["webhook-timestamp"]) - timezone.now().timestamp()) < 300
    for each in came.headers["webhook-signature"].split(" "):
        version, _, signature = each.partition(",")
        assert version == "v1a"
        try:
            key.verify(base64.b64decode(signature, validate=True), signed)
            found: dict[str, Any] = json.loads(came.body)
            return found
        except InvalidSignature:
            continue
    raise InvalidSignature


def test_acme_is_told_that_a_spec_is_ready_by_ids_and_nothing_else(
    in_acme: Tenant, alice: User, receiver: Receiver, woken: list[str]
) -> None:
    told(receiver)
    recording = upload(packed("subscribe"), alice)
    assert generation.generate(recording.id) is generation.Outcome.SPECIFIED
    assert deliver_all(woken) == [True]
    (came,) = receiver.came
    said = verify(came, signing.current().public)
    spec = Spec.objects.get()
    version = spec.versions.get()
    assert said.keys() == {"type", "timestamp", "data"} and said["type"] == "spec.ready"
    assert said["data"] == {"spec": str(spec.id), "version": str(version.id), "recording": str(recording.id)}
    assert spec.title.reveal().encode() not in came.body and len(came.body) < 1_000
    assert came.headers["content-type"] == "application/json"
    assert Delivery.objects.get().state == State.DELIVERED
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.outcome, attempt.status) == (1, "ok", 200)


def test_acme_is_told_why_there_is_no_spec_by_a_code(
    in_acme: Tenant, alice: User, receiver: Receiver, woken: list[str]
) -> None:
    told(receiver)
    recording = upload(packed("subscribe"), alice)
    spec_failed.send(Recording, recording_id=recording.id, reason="generation.gate_refused")
    deliver_all(woken)
    said = verify(receiver.came[0], signing.current().public)
    assert said["data"] == {"recording": str(recording.id), "reason": "generation.gate_refused"}


@pytest.mark.node
def test_a_receiver_in_another_language_verifies_it_with_its_own_means(
    in_acme: Tenant, receiver: Receiver, woken: list[str]
) -> None:
    tell(told(receiver))
    deliver_all(woken)
    came = receiver.came[0]
    program = """
        const [id, at, signature, pub, body] = process.argv.slice(1);
        const x = Buffer.from(pub.slice(5), "base64").toString("base64url");
        const key = require("crypto").createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
        const signed = Buffer.concat([Buffer.from(`${id}.${at}.`), Buffer.from(body, "base64")]);
        console.log(require("crypto").verify(null, signed, key, Buffer.from(signature.split(",")[1], "base64")));
    """
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    arguments = [*(came.headers[name] for name in names), signing.current().public]
    for body, expected in ((came.body, "true"), (came.body + b" ", "false")):
        given = [*arguments, base64.b64encode(body).decode()]
        done = subprocess.run(["node", "-e", program, *given], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == expected


@pytest.mark.parametrize("changed", ["body", "webhook-id", "webhook-timestamp"])
def test_what_was_changed_on_the_way_does_not_verify(
    in_acme: Tenant, receiver: Receiver, woken: list[str], changed: str
) -> None:
    tell(told(receiver))
    deliver_all(woken)
    came = receiver.came[0]
    if changed == "body":
        came.body = came.body.replace(b"webhook.test", b"spec.ready__")
    else:
        came.headers[changed] = came.headers[changed][:-1] + ("0" if came.headers[changed][-1] != "0" else "1")
    with pytest.raises(InvalidSignature):
        verify(came, signing.current().public)


def test_what_is_rolled_back_is_told_to_nobody(in_acme: Tenant, receiver: Receiver, woken: list[str]) -> None:
    told(receiver)
    with pytest.raises(RuntimeError), transaction.atomic():
        spec_ready.send(Spec, spec_id=in_acme.id, version_id=in_acme.id, recording_id=None)
        assert Event.objects.count() == 1
        raise RuntimeError
    assert (Event.objects.count(), Delivery.objects.count(), woken) == (0, 0, [])


def test_where_nobody_wants_to_know_nothing_is_written(in_acme: Tenant, receiver: Receiver) -> None:
    told(receiver, events=["spec.failed"])
    endpoints.change(told(receiver), enabled=False)
    endpoints.remove(told(receiver))
    spec_ready.send(Spec, spec_id=in_acme.id, version_id=in_acme.id, recording_id=None)
    assert Event.objects.count() == 0


def test_globex_is_told_nothing_of_acme_and_has_a_key_of_its_own(
    acme: Tenant, globex: Tenant, receiver: Receiver, woken: list[str]
) -> None:
    with within(globex):
        told(receiver)
        globex_s = signing.current().public
    with within(acme):
        spec_ready.send(Spec, spec_id=acme.id, version_id=acme.id, recording_id=None)
        tell(told(receiver))
        deliver_all(woken)
        assert signing.current().public != globex_s
        verify(receiver.came[0], signing.current().public)
    with within(globex):
        assert Event.objects.count() == 0 and delivering.waiting() == []
        with pytest.raises(InvalidSignature):
            verify(receiver.came[0], globex_s)
        foreign = receiver.came[0].headers["webhook-id"].removeprefix("msg_")
        assert not Event.objects.filter(id=foreign).exists()


def test_a_failure_is_tried_again_later_and_ten_of_them_are_the_end(
    in_acme: Tenant, receiver: Receiver, woken: list[str]
) -> None:
    receiver.status = 500
    id = tell(told(receiver)).id
    for number in range(1, 11):
        assert delivering.deliver(id) is False
        found = Delivery.objects.get(id=id)
        if number < 10:
            pause = (found.next_try - timezone.now()) / delivering.AGAIN_AFTER[number - 1]
            assert found.state == State.WAITING and 0.8 < pause < 1.15
            assert delivering.deliver(id) is None, "nobody tries before"
            Delivery.objects.filter(id=id).update(next_try=timezone.now())
    assert found.state == State.FAILED and found.ended is not None
    assert list(found.attempts.values_list("number", "status")) == [(n, 500) for n in range(1, 11)]
    assert len({came.headers["webhook-id"] for came in receiver.came}) == 1 and len(receiver.came) == 10
    assert delivering.deliver(id) is None


def test_whoever_asks_to_wait_is_waited_for(in_acme: Tenant, receiver: Receiver) -> None:
    receiver.status, receiver.answer_headers = 429, {"Retry-After": "3600"}
    id = tell(told(receiver)).id
    delivering.deliver(id)
    assert Delivery.objects.get(id=id).next_try - timezone.now() > datetime.timedelta(minutes=59)


def test_eight_workers_at_one_delivery_send_it_once(in_acme: Tenant, receiver: Receiver) -> None:
    id = tell(told(receiver)).id
    outcomes: list[bool | None] = []

    def work() -> None:
        with within(in_acme):
            outcomes.append(delivering.deliver(id))
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)
    assert sorted(map(str, outcomes)) == ["None"] * 7 + ["True"] and len(receiver.came) == 1


def test_what_a_worker_that_died_was_at_is_tried_again_and_its_late_word_does_not_count(
    in_acme: Tenant, receiver: Receiver
) -> None:
    id = tell(told(receiver)).id
    lost = delivering._claim(id)
    assert lost is not None and delivering.deliver(id) is None
    Delivery.objects.filter(id=id).update(next_try=timezone.now())
    assert delivering.waiting() == [id]
    assert delivering.deliver(id) is True
    assert delivering._end(lost, State.FAILED) is False
    assert Delivery.objects.get(id=id).state == State.DELIVERED


def test_a_delivery_is_not_begun_within_a_transaction(in_acme: Tenant, receiver: Receiver) -> None:
    id = tell(told(receiver)).id
    with transaction.atomic(), pytest.raises(TransactionOpen):
        delivering.deliver(id)
    assert receiver.came == []


def test_an_endpoint_that_is_gone_is_switched_off_at_once_and_its_owner_is_told(
    in_acme: Tenant, alice: User, receiver: Receiver, woken: list[str], mailoutbox: list[Any], monkeypatch: Any
) -> None:
    from apps.accounts.tasks import send_mail as task

    monkeypatch.setattr(task, "delay", lambda id: None)
    endpoint = told(receiver)
    waiting = tell(endpoint)
    receiver.status = 410
    delivering.deliver(tell(endpoint).id)
    endpoint.refresh_from_db()
    assert endpoint.disabled_why == "gone" and Delivery.objects.get(id=waiting.id).state == State.ABANDONED
    (mail,) = Mail.objects.filter(kind="webhook-off")
    assert mail.to == alice.email
    send_mail(mail.id)
    assert "gone for good" in mailoutbox[0].body and endpoint.origin in mailoutbox[0].body
    assert "key=of-the-receiver" not in mailoutbox[0].body
    with pytest.raises(EndpointDisabled):
        endpoints.try_out(endpoint)
    assert delivering.deliver(waiting.id) is None and len(receiver.came) == 1


def test_five_days_of_failures_switch_it_off_and_one_success_begins_anew(
    in_acme: Tenant, receiver: Receiver, monkeypatch: Any
) -> None:
    from apps.accounts.tasks import send_mail as task

    monkeypatch.setattr(task, "delay", lambda id: None)
    endpoint = told(receiver)
    receiver.status = 500

    def fail(days: float) -> Endpoint:
        delivering.deliver(tell(endpoint).id)
        Endpoint.objects.exclude(failing_since=None).update(
            failing_since=timezone.now() - datetime.timedelta(days=days)
        )
        return Endpoint.objects.get(id=endpoint.id)

    assert fail(4.9).disabled is None and fail(4.9).disabled is None
    receiver.status = 200
    delivering.deliver(tell(endpoint).id)
    assert Endpoint.objects.get(id=endpoint.id).failing_since is None
    receiver.status = 500
    assert fail(5.1).disabled is None, "it began to fail anew"
    assert fail(5.1).disabled_why == "failing" and Mail.objects.filter(kind="webhook-off").count() == 1
    again = endpoints.change(Endpoint.objects.get(id=endpoint.id), enabled=True)
    assert again.disabled is None and again.failing_since is None


def test_an_endpoint_that_does_not_answer_is_not_tried_without_end(
    in_acme: Tenant, receiver: Receiver, woken: list[str]
) -> None:
    endpoint = told(receiver)
    tests = [endpoints.try_out(endpoint) for _ in range(endpoints.MOST_TESTS)]
    with pytest.raises(TooManyTests):
        endpoints.try_out(endpoint)
    delivering.deliver(tests[0].id)
    endpoints.try_out(endpoint)


def test_webhooks_wait_in_a_queue_of_their_own_and_keep_no_spec_waiting() -> None:
    from config.celery import app

    queues = {name: app.amqp.router.route({}, name)["queue"].name for name in (deliver.name, generate_spec.name)}
    assert queues == {deliver.name: "webhooks", generate_spec.name: "default"}


def test_it_is_sent_again_by_hand_under_the_same_id(in_acme: Tenant, receiver: Receiver, woken: list[str]) -> None:
    first = tell(told(receiver))
    assert endpoints.redeliver(first).id == first.id, "one that waits is not doubled"
    delivering.deliver(first.id)
    again = endpoints.redeliver(first)
    assert again.id != first.id
    delivering.deliver(again.id)
    one, two = receiver.came
    assert one.headers["webhook-id"] == two.headers["webhook-id"] and one.body == two.body
    verify(two, signing.current().public)


def test_one_that_waits_for_its_next_try_is_sent_at_once_by_hand_unless_somebody_is_at_it(
    in_acme: Tenant, receiver: Receiver, woken: list[str]
) -> None:
    first = tell(told(receiver))
    receiver.status = 500
    assert delivering.deliver(first.id) is False and delivering.deliver(first.id) is None
    receiver.status = 200
    assert endpoints.redeliver(first).id == first.id
    claimed = delivering._claim(first.id)
    assert claimed is not None and endpoints.redeliver(first).id == first.id
    assert delivering.deliver(first.id) is None, "a worker is at it"
    Delivery.objects.filter(id=first.id).update(next_try=timezone.now())
    assert delivering.deliver(first.id) is True


def test_after_a_change_of_the_key_both_sign_for_a_day(in_acme: Tenant, receiver: Receiver) -> None:
    endpoint = told(receiver)
    old = signing.current().public
    new = signing.rotate().public
    assert signing.current().public == new != old
    delivering.deliver(tell(endpoint).id)
    verify(receiver.came[0], old)
    verify(receiver.came[0], new)
    SigningKey.objects.exclude(signs_until=None).update(signs_until=timezone.now())
    delivering.deliver(tell(endpoint).id)
    verify(receiver.came[1], new)
    with pytest.raises(InvalidSignature):
        verify(receiver.came[1], old)
    signing.rotate()
    signing.rotate()
    assert SigningKey.objects.filter(signs_until=None).count() == 1
    assert SigningKey.objects.filter(signs_until__gt=timezone.now()).count() == 1


def test_addresses_and_private_keys_are_in_no_row_in_plain(in_acme: Tenant, receiver: Receiver) -> None:
    endpoint = told(receiver)
    private = SigningKey.objects.get().private.reveal()
    delivering.deliver(tell(endpoint).id)
    with superuser() as root:
        rows = b""
        for table in root.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'").fetchall():
            if table[0].startswith("t_"):
                with root.cursor().copy(f"COPY {table[0]} TO STDOUT") as copied:
                    rows += b"".join(bytes(row) for row in copied)
    assert endpoint.origin.encode() in rows
    for secret in (b"of-the-receiver", private.hex().encode(), base64.b64encode(private)):
        assert secret not in rows


def test_an_address_is_vetted_anew_at_each_try(in_acme: Tenant, receiver: Receiver, settings: Any) -> None:
    id = tell(told(receiver)).id
    settings.WEBHOOKS_TO_LOOPBACK = False
    assert delivering.deliver(id) is False
    assert (Attempt.objects.get().outcome, receiver.came) == ("refused_address", [])


def test_an_endpoint_that_is_taken_away_keeps_no_address_and_its_past(in_acme: Tenant, receiver: Receiver) -> None:
    endpoint = told(receiver)
    delivering.deliver(tell(endpoint).id)
    waiting = tell(endpoint).id
    endpoints.remove(endpoint)
    assert Endpoint.objects.get(id=endpoint.id).url is None and Attempt.objects.count() == 1
    assert delivering.deliver(waiting) is None and len(receiver.came) == 1


def test_there_are_twenty_at_most_and_none_of_a_private_network(in_acme: Tenant, settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = False
    for number in range(endpoints.MOST):
        endpoints.make(f"https://hooks.example/{number}", ALL)
    with pytest.raises(TooManyEndpoints):
        endpoints.make("https://hooks.example/one-more", ALL)
    endpoint = Endpoint.objects.first()
    assert endpoint is not None
    with pytest.raises(UrlRefused):
        endpoints.change(endpoint, url="https://169.254.169.254/latest")


def test_what_ended_a_month_ago_goes_with_its_tries(in_acme: Tenant, receiver: Receiver) -> None:
    endpoint = told(receiver)
    delivering.deliver(tell(endpoint).id)
    assert delivering.forget_old() == 0
    long_ago = timezone.now() - delivering.KEPT - datetime.timedelta(hours=1)
    Delivery.objects.update(ended=long_ago)
    Event.objects.update(created=long_ago)
    waits = tell(endpoint).id
    assert delivering.forget_old() == 1
    assert (Delivery.objects.get().id, Event.objects.count(), Attempt.objects.count()) == (waits, 1, 0)


def test_what_was_lost_on_its_way_is_found_by_its_row(
    acme: Tenant, globex: Tenant, receiver: Receiver, woken: list[str]
) -> None:
    from apps.webhooks.tasks import deliver_what_waits

    with within(acme):
        id = tell(told(receiver)).id
    woken.clear()
    deliver_what_waits()
    assert woken == [str(id)]


def test_types_are_named_as_the_standard_says() -> None:
    for one in EventType:
        assert all(part.replace("_", "").isalnum() for part in one.value.split("."))
