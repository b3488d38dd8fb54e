"""Bob's program has Acme's webhooks set up; Cora may look, Ada may not, and Mallory finds nothing."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from apps.accounts.models import User
from apps.tenants.models import Tenant
from apps.tenants.walls import behind, within
from apps.webhooks import delivering
from apps.webhooks.models import Delivery, Endpoint
from tests.apps.api.conftest import Program
from tests.apps.signing_in import walls_of
from tests.apps.webhooks.conftest import receiver, to_loopback, woken  # noqa: F401
from tests.apps.webhooks.receiver import Receiver
from tests.cast import CORA, MALLORY

pytestmark = pytest.mark.django_db
HOOK = {"url": "https://hooks.example/a-secret-path", "events": ["spec.ready"]}


@pytest.fixture(autouse=True)
def _nobody_works(woken: list[str]) -> None:  # noqa: F811
    """Deliveries wait."""


def made(bobs: Program, **given: Any) -> dict[str, Any]:
    answer = bobs.send("post", "/webhooks", {**HOOK, **given})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_an_endpoint_is_made_read_changed_and_taken_away_and_its_path_is_never_said_again(bobs: Program) -> None:
    one = made(bobs, description=" The board ")
    assert (one["origin"], one["events"], one["enabled"]) == ("https://hooks.example", ["spec.ready"], True)
    assert one["description"] == "The board"
    address = f"/webhooks/{one['id']}"
    off = bobs.send("patch", address, {"enabled": False, "events": ["spec.failed", "spec.failed"]}).json()
    assert (off["enabled"], off["disabled_why"], off["events"]) == (False, "asked", ["spec.failed"])
    assert bobs.send("patch", address, {"enabled": True}).json()["disabled_why"] == ""
    moved = bobs.send("patch", address, {"url": "https://other.example:8443/x"}).json()
    assert moved["origin"] == "https://other.example:8443"
    assert [each["id"] for each in bobs.send("get", "/webhooks").json()["items"]] == [one["id"]]
    for answer in (bobs.send("get", address), bobs.send("get", "/webhooks")):
        assert "a-secret-path" not in answer.content.decode()
    assert bobs.send("delete", address).status_code == 204
    assert bobs.send("get", address).status_code == 404


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"url": "http://hooks.example/"}, "webhook.url_refused"),
        ({"url": "https://169.254.169.254/latest"}, "webhook.url_refused"),
        ({"url": "https://127.0.0.1/"}, "webhook.url_refused"),
        ({"events": []}, "validation-failed"),
        ({"events": ["webhook.test"]}, "validation-failed"),
        ({"events": ["spec.ready", "all"]}, "validation-failed"),
        ({"url": 7}, "validation-failed"),
        ({"secret": "x"}, "validation-failed"),
        ({"description": "two\nlines"}, "validation-failed"),
    ],
)
def test_what_is_wrong_is_refused(bobs: Program, changed: dict[str, Any], code: str) -> None:
    answer = bobs.send("post", "/webhooks", {**HOOK, **changed})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "169.254" not in answer.content.decode()


@pytest.mark.parametrize("given", ["1", 1, "true", None])
def test_on_and_off_are_true_and_false_and_no_words(bobs: Program, given: object) -> None:
    one = made(bobs)
    assert bobs.send("patch", f"/webhooks/{one['id']}", {"enabled": given}).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_bob_tries_it_sees_how_it_went_and_sends_it_again(
    bobs: Program,
    acme: Tenant,
    receiver: Receiver,  # noqa: F811
) -> None:
    one = made(bobs, url=receiver.url)
    tried = bobs.send("post", f"/webhooks/{one['id']}/test")
    assert (tried.status_code, tried.json()["state"], tried.json()["attempts"]) == (201, "waiting", [])
    receiver.status = 500
    with within(acme):
        delivering.deliver(uuid.UUID(tried.json()["id"]))
    seen = bobs.send("get", f"/webhooks/deliveries/{tried.json()['id']}").json()
    assert (seen["state"], seen["type"], seen["webhook"]) == ("waiting", "webhook.test", one["id"])
    assert [(each["outcome"], each["status"]) for each in seen["attempts"]] == [("status", 500)]
    assert seen["next_try"] is not None
    assert seen["message"] == receiver.came[0].headers["webhook-id"]
    receiver.status = 200
    with within(acme):
        Delivery.objects.update(next_try=seen["created"])
        delivering.deliver(uuid.UUID(seen["id"]))
    again = bobs.send("post", f"/webhooks/deliveries/{seen['id']}/redeliver")
    assert again.status_code == 201 and again.json()["message"] == seen["message"]
    listed = bobs.send("get", f"/webhooks/deliveries?webhook={one['id']}&state=delivered").json()["items"]
    assert [each["id"] for each in listed] == [seen["id"]] and listed[0]["next_try"] is None
    assert bobs.send("get", "/webhooks/deliveries?state=lost").status_code == 422
    assert bobs.send("get", f"/webhooks/deliveries?webhook={uuid.uuid4()}").json()["items"] == []
    assert bobs.send("get", "/webhooks/deliveries?webhook=x").status_code == 422


def test_what_is_switched_off_is_sent_nothing(bobs: Program) -> None:
    one = made(bobs)
    bobs.send("patch", f"/webhooks/{one['id']}", {"enabled": False})
    answer = bobs.send("post", f"/webhooks/{one['id']}/test")
    assert (answer.status_code, answer.json()["code"]) == (409, "webhook.disabled")


def test_the_public_key_is_shown_and_changed_and_the_private_one_never_said(bobs: Program) -> None:
    first = bobs.send("get", "/webhooks/key").json()
    assert first["public"].startswith("whpk_") and first.keys() == {"public", "created"}
    assert bobs.send("get", "/webhooks/key").json() == first
    other = bobs.send("post", "/webhooks/key/rotate")
    assert other.status_code == 201 and other.json()["public"] != first["public"]
    assert "whsk_" not in other.content.decode() and "private" not in other.content.decode()


def test_a_test_that_is_sent_twice_under_one_key_is_one_delivery(bobs: Program, acme: Tenant) -> None:
    one = made(bobs)
    key = uuid.uuid4().hex
    for _ in range(2):
        assert bobs.send("post", f"/webhooks/{one['id']}/test", Idempotency_Key=key).status_code == 201
    with within(acme):
        assert Delivery.objects.count() == 1


def test_cora_looks_and_changes_nothing(bobs: Program, cora: User) -> None:
    one = made(bobs)
    coras = Program(CORA)
    address = f"/webhooks/{one['id']}"
    assert coras.send("get", address).status_code == 200
    for method, path in (("patch", address), ("delete", address), ("post", f"{address}/test"), ("post", "/webhooks")):
        assert coras.send(method, path, HOOK if path == "/webhooks" else {}).status_code == 403
    assert coras.send("post", "/webhooks/key/rotate").status_code == 403


def test_ada_who_may_not_read_webhooks_is_not_told_whether_there_are_any(bobs: Program, adas: Program) -> None:
    one = made(bobs)
    for path in (f"/webhooks/{one['id']}", f"/webhooks/{uuid.uuid4()}"):
        assert adas.send("get", path).status_code in (403, 404)
    known, unknown = (adas.send("get", f"/webhooks/{id}") for id in (one["id"], uuid.uuid4()))
    assert known.status_code == unknown.status_code


def test_mallory_finds_nothing_of_acmes_and_moves_nothing(bobs: Program, mallory: User, acme: Tenant) -> None:
    one = made(bobs)
    mallorys = Program(MALLORY)
    for method, path in (
        ("get", f"/webhooks/{one['id']}"),
        ("patch", f"/webhooks/{one['id']}"),
        ("delete", f"/webhooks/{one['id']}"),
        ("post", f"/webhooks/{one['id']}/test"),
    ):
        assert mallorys.send(method, path, {}).status_code == 404, path
    with behind(walls_of(MALLORY)):
        assert Endpoint.objects.count() == 0
    for path in ("/webhooks", f"/webhooks/deliveries?webhook={one['id']}"):
        assert json.loads(mallorys.send("get", path).content)["items"] == []
    with within(acme):
        assert Endpoint.objects.get().removed is None
