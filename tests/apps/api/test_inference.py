"""Alice's program chooses who writes Acme's specs; Cora and Ada read what models were asked; Mallory finds nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from apps.access.specimen import registered
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.inference.models import ModelCall, ModelSettings
from apps.tenants.models import Tenant
from apps.tenants.walls import behind, within
from tests.apps.api.conftest import Program
from tests.apps.inference.conftest import PROMPT, RECORDING, client_of_acme, model  # noqa: F401
from tests.apps.inference.messages_api import Model
from tests.apps.signing_in import walls_of
from tests.cast import ADA, ALICE, BOB, CORA, MALLORY, Person

pytestmark = pytest.mark.django_db
SETTINGS = "/inference/settings"
REFINED = {"writer": "refined", "client": "anthropic", "model": "claude-sonnet-5-5", "monthly_tokens": 1_000_000}


def test_at_first_no_model_writes_and_looking_changes_nothing(alices: Program, acme: Tenant) -> None:
    said = alices.send("get", SETTINGS).json()
    assert said == {
        "writer": "baseline", "client": "none", "model": "", "region": "", "retention": "standard",
        "shapes_only": False, "monthly_tokens": 5_000_000, "has_key": False,
    }  # fmt: skip
    with within(acme):
        assert not ModelSettings.objects.exists()


def test_alice_lets_a_model_refine_and_the_log_says_what_it_was_before(alices: Program, acme: Tenant) -> None:
    changed = alices.send("patch", SETTINGS, REFINED)
    assert changed.status_code == 200, changed.content
    assert changed.json() == alices.send("get", SETTINGS).json()
    alices.send("patch", SETTINGS, {"shapes_only": True, "retention": "zero"})
    with within(acme):
        last = Entry.objects.filter(object_type="inference.modelsettings").order_by("-id")[0]
    assert last.changes is not None
    assert last.changes["shapes_only"] == [False, True] and last.changes["retention"] == ["standard", "zero"]
    assert (last.narrative, last.actor_name) == ("The settings of models were changed", "Alice (CI)")


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"writer": "refined"}, "#/client"),
        ({"client": "anthropic", "model": "Claude; DROP"}, "#/model"),
        ({"client": "anthropic", "region": "eu-central-1"}, "#/region"),
        ({"client": "bedrock"}, "#/region"),
        ({"client": "none", "region": "us"}, "#/region"),
        ({"monthly_tokens": -1}, "#/monthly_tokens"),
        ({"monthly_tokens": "7"}, "#/monthly_tokens"),
        ({"writer": "anybody"}, "#/writer"),
        ({"shapes_only": "yes"}, "#/shapes_only"),
        ({"key": "x"}, "#/key"),
    ],
)
def test_what_does_not_go_together_is_refused_at_its_place(
    alices: Program, acme: Tenant, wanted: dict[str, Any], pointer: str
) -> None:
    answer = alices.send("patch", SETTINGS, wanted)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    with within(acme):
        assert not ModelSettings.objects.exists()


@pytest.mark.parametrize("person", [BOB, CORA, ADA], ids=lambda person: person.name)
def test_who_may_look_may_not_change(acme: Tenant, person: Person, ada: User) -> None:
    program = Program(person)
    assert program.send("get", SETTINGS).status_code == 200
    assert program.send("get", "/inference/calls").status_code == 200
    assert program.send("patch", SETTINGS, {"shapes_only": True}).status_code == 403
    with within(acme):
        assert not ModelSettings.objects.exists()


def test_a_token_without_the_scope_is_refused(alice: User) -> None:
    reads = Program(ALICE, "inference.read")
    assert reads.send("get", SETTINGS).status_code == 200
    assert reads.send("patch", SETTINGS, {"shapes_only": True}).status_code == 403
    assert Program(ALICE, "specs.read").send("get", SETTINGS).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_call_is_read_with_what_it_took_and_without_a_word_of_what_was_said(
    alices: Program,
    acme: Tenant,
    model: Model,  # noqa: F811
) -> None:
    alices.send("patch", SETTINGS, REFINED)
    with within(acme):
        client_of_acme().ask(PROMPT, seconds=20)
    (listed,) = alices.send("get", "/inference/calls").json()["items"]
    one = alices.send("get", f"/inference/calls/{listed['id']}")
    assert one.json() == listed
    assert (listed["state"], listed["outcome"], listed["purpose"]) == ("settled", "ok", "refine")
    assert (listed["recording"], listed["month"]) == (str(RECORDING), f"{timezone.now():%Y-%m}")
    assert listed["tokens"] == {"input": 70, "output": 20, "cache_read": 8, "cache_written": 2}
    assert (listed["counted"], listed["cost"]) == (100, "0.00034660")
    assert listed["prompt_digest"] == PROMPT.digest("claude-sonnet-5-5")
    for word in ("Canary", "Mugs", "A title", "You are given", model.text):
        assert word not in one.content.decode()
    usage = alices.send("get", "/inference/usage").json()
    assert usage["monthly_tokens"] == 1_000_000
    (month,) = usage["months"]
    assert month == {
        "month": f"{timezone.now():%Y-%m}", "used": 100, "reserved": 0, "calls": 1, "without_cost": 0,
        "outcomes": [{"outcome": "ok", "calls": 1}], "cost": "0.00034660",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_calls_are_found_by_month_outcome_purpose_model_and_recording(
    alices: Program,
    acme: Tenant,
    model: Model,  # noqa: F811
) -> None:
    alices.send("patch", SETTINGS, REFINED)
    with within(acme):
        client_of_acme().ask(PROMPT, seconds=20)

    def found(**wanted: str) -> int:
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        return len(alices.send("get", f"/inference/calls?{query}").json()["items"])

    hit = {
        "month": f"{timezone.now():%Y-%m}", "outcome": "ok", "purpose": "refine", "model": "claude-sonnet-5-5",
        "recording": str(RECORDING), "state": "settled",
    }  # fmt: skip
    assert found(**hit) == 1 and all(found(**{name: value}) == 1 for name, value in hit.items())
    miss = {
        "month": "2001-01", "outcome": "model.refused", "purpose": "check", "model": "another",
        "recording": str(uuid.uuid4()), "state": "lost",
    }  # fmt: skip
    assert all(found(**{name: value}) == 0 for name, value in miss.items())


@pytest.mark.parametrize(
    "query",
    ["month=2026-13", "month=26-1", "outcome=fine", "purpose=train", "model=", "recording=x", "state=gone", "x=1"],
)
def test_a_filter_that_is_none_is_refused(alices: Program, query: str) -> None:
    assert alices.send("get", f"/inference/calls?{query}").status_code == 422


def test_mallory_finds_no_call_of_acmes(acme: Tenant, mallory: User) -> None:
    with within(acme):
        autodiscover_modules("specimens")
        call = registered()["call"].make({})
        assert ModelCall.objects.count() == 1
    mallorys = Program(MALLORY)
    assert mallorys.send("get", f"/inference/calls/{call}").status_code == 404
    assert mallorys.send("get", "/inference/calls").json()["items"] == []
    assert mallorys.send("get", "/inference/usage").json()["months"] == []
    with behind(walls_of(MALLORY)):
        assert not ModelCall.objects.exists()
