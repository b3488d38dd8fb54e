"""Alice's program has Acme's log pushed to a collector; Bob may look, and Mallory finds nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from apps.accounts.models import User
from apps.siem import pushing, trying
from apps.siem.models import Sink
from apps.tenants.models import Tenant
from apps.tenants.walls import behind, within
from tests.apps.api.conftest import Program
from tests.apps.siem.collector import Collector, always, answers
from tests.apps.siem.conftest import another_collector, collector, settle, to_loopback, woken  # noqa: F401
from tests.apps.signing_in import walls_of
from tests.cast import MALLORY

pytestmark = pytest.mark.django_db
SINK = {
    "url": "https://siem.example:8088/a-secret-path",
    "format": "splunk",
    "proof": "splunk",
    "secret": "s3cret-of-the-sink",
}


def made(alices: Program, **given: Any) -> dict[str, Any]:
    answer = alices.send("post", "/siem/sinks", {**SINK, **given})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_sink_is_made_read_changed_and_taken_away_and_its_secrets_are_never_said_again(alices: Program) -> None:
    one = made(alices, description=" Our Splunk ")
    assert (one["origin"], one["enabled"], one["batch_size"]) == ("https://siem.example:8088", True, 200)
    assert (one["description"], one["proof"], one["health"]["state"]) == ("Our Splunk", "splunk", "up-to-date")
    address = f"/siem/sinks/{one['id']}"
    off = alices.send("patch", address, {"enabled": False, "batch_size": 5}).json()
    assert (off["enabled"], off["disabled_why"], off["batch_size"]) == (False, "asked", 5)
    assert off["health"]["state"] == "off"
    assert alices.send("patch", address, {"enabled": True}).json()["disabled_why"] == ""
    key = {"proof": "header", "header": "DD-API-KEY", "secret": "another-s3cret"}
    moved = alices.send("patch", address, {"url": "https://other.example/x", **key}).json()
    assert (moved["origin"], moved["header"]) == ("https://other.example", "DD-API-KEY")
    assert [each["id"] for each in alices.send("get", "/siem/sinks").json()["items"]] == [one["id"]]
    for answer in (alices.send("get", address), alices.send("get", "/siem/sinks")):
        said = answer.content.decode()
        assert "a-secret-path" not in said and "s3cret" not in said and '"url"' not in said and '"secret"' not in said
    assert alices.send("delete", address).status_code == 204
    assert alices.send("get", address).status_code == 404


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"url": "http://siem.example/"}, "siem.url_refused"),
        ({"url": "https://169.254.169.254/latest"}, "siem.url_refused"),
        ({"url": "https://[::1]/"}, "siem.url_refused"),
        ({"secret": "s3cret\r\nHost: x"}, "siem.proof_refused"),
        ({"secret": ""}, "siem.proof_refused"),
        ({"proof": "header", "header": "Host"}, "siem.proof_refused"),
        ({"proof": "basic"}, "validation-failed"),
        ({"format": "cef"}, "validation-failed"),
        ({"batch_size": 0}, "validation-failed"),
        ({"batch_size": 1001}, "validation-failed"),
        ({"batch_size": "10"}, "validation-failed"),
        ({"from_the_beginning": "yes"}, "validation-failed"),
        ({"description": "two\nlines"}, "validation-failed"),
        ({"position": 7}, "validation-failed"),
    ],
)
def test_what_is_wrong_is_refused_and_not_quoted(alices: Program, changed: dict[str, Any], code: str) -> None:
    answer = alices.send("post", "/siem/sinks", {**SINK, **changed})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "169.254" not in answer.content.decode() and "s3cret" not in answer.content.decode()


def test_a_secret_is_changed_together_with_what_it_belongs_to(alices: Program) -> None:
    one = made(alices)
    answer = alices.send("patch", f"/siem/sinks/{one['id']}", {"secret": "another"})
    assert (answer.status_code, answer.json()["code"]) == (422, "siem.proof_refused")


@pytest.mark.django_db(transaction=True)
def test_alice_tries_it_reads_how_that_went_and_replays(
    alices: Program,
    acme: Tenant,
    collector: Collector,  # noqa: F811
) -> None:
    with within(acme):
        settle()
    one = made(alices, url=collector.url)
    address = f"/siem/sinks/{one['id']}"
    tried = alices.send("post", f"{address}/test")
    assert (tried.status_code, tried.json()["test"]["state"], tried.json()["test"]["said"]) == (202, "waiting", "")
    assert alices.send("post", f"{address}/test").json()["code"] == "siem.test_under_way"
    collector.fault = always(answers(403))
    with within(acme):
        trying.try_out(uuid.UUID(one["id"]))
    test = alices.send("get", address).json()["test"]
    assert (test["state"], test["status"], test["said"]) == (
        "ended",
        403,
        "It answered 403: this token may not do that",
    )
    collector.fault = always(None)
    again = alices.send("post", f"{address}/replay", {"from": 0})
    assert (again.status_code, again.json()["position"]) == (202, 0)
    assert again.json()["health"]["lag"] == again.json()["health"]["size"] > 0
    with within(acme):
        size = settle()
        pushing.push(uuid.UUID(one["id"]))
    assert collector.sequences == list(range(size))
    shown = alices.send("get", address).json()
    assert (shown["position"], shown["delivered"], shown["status"]) == (size, size, 200)
    assert shown["health"]["said"] == "Taken (200)"
    assert alices.send("post", f"{address}/replay", {"since": "2020-01-01T00:00:00Z"}).json()["position"] == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "validation-failed"),
        ({"from": 0, "since": "2026-01-01T00:00:00Z"}, "validation-failed"),
        ({"from": -1}, "validation-failed"),
        ({"from": "0"}, "validation-failed"),
        ({"from": 10**9}, "siem.not_in_the_log"),
        ({"since": "yesterday"}, "validation-failed"),
        ({"to": 3}, "validation-failed"),
    ],
)
def test_a_replay_has_one_place_to_begin_at(alices: Program, body: dict[str, Any], code: str) -> None:
    one = made(alices)
    answer = alices.send("post", f"/siem/sinks/{one['id']}/replay", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_bob_cora_and_ada_look_and_change_nothing(alices: Program, bobs: Program, adas: Program, cora: User) -> None:
    from tests.cast import CORA

    one = made(alices)
    address = f"/siem/sinks/{one['id']}"
    for program in (bobs, adas, Program(CORA)):
        assert program.send("get", address).status_code == 200
        for method, path, body in (
            ("patch", address, {}),
            ("delete", address, {}),
            ("post", f"{address}/test", {}),
            ("post", f"{address}/replay", {"from": 0}),
            ("post", "/siem/sinks", SINK),
        ):
            assert program.send(method, path, body).status_code == 403, path


def test_mallory_finds_nothing_of_acmes_and_moves_nothing(alices: Program, mallory: User, acme: Tenant) -> None:
    one = made(alices)
    mallorys = Program(MALLORY)
    address = f"/siem/sinks/{one['id']}"
    for method, path, body in (
        ("get", address, None),
        ("patch", address, {"enabled": False}),
        ("delete", address, None),
        ("post", f"{address}/test", None),
        ("post", f"{address}/replay", {"from": 0}),
    ):
        assert mallorys.send(method, path, body).status_code == 404, path
    assert mallorys.send("get", "/siem/sinks").json()["items"] == []
    with behind(walls_of(MALLORY)):
        assert Sink.objects.count() == 0
    with within(acme):
        sink = Sink.objects.get()
        assert (sink.removed, sink.disabled, sink.test_state) == (None, None, "none")
