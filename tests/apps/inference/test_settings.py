"""Settings that do not go together cannot be saved, whoever saves them; what is chosen is what generation gets."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import override_settings

from apps.audit.models import Entry
from apps.inference import configuring, installation, prices
from apps.inference.choosing import writing_for_tenant
from apps.inference.errors import SettingsRefused, TransactionOpen
from apps.inference.metered import Metered
from apps.inference.models import ModelCall, ModelSettings
from apps.tenants.models import Tenant
from config.embedded.place import ROOT
from config.environment import SettingRefused
from config.models import model_key
from specward.writing.models.anthropic_api import AnthropicClient
from specward.writing.models.bedrock import BedrockClient
from specward.writing.models.client import Failure, ModelFailed, Tokens, Turn
from specward.writing.models.writers import Writer
from tests.apps.inference.conftest import KEY, MODEL, PROMPT, RECORDING, TAKES, client_of_acme, refined
from tests.apps.inference.messages_api import Model

pytestmark = pytest.mark.django_db

IMPOSSIBLE = [
    {"writer": "refined"},
    {"writer": "authored", "client": "none"},
    {"writer": "trained"},
    {"client": "openai", "model": "x"},
    {"client": "none", "model": "claude-opus-5-5"},
    {"client": "none", "region": "us"},
    {"client": "anthropic", "model": "UPPER"},
    {"client": "anthropic", "model": "-x"},
    {"client": "anthropic", "model": "a b"},
    {"client": "anthropic", "model": "x\n"},
    {"client": "anthropic", "model": "../x"},
    {"client": "anthropic", "model": "x", "region": "eu"},
    {"client": "bedrock", "model": "x", "region": ""},
    {"client": "bedrock", "model": "x", "region": "us"},
    {"client": "bedrock", "model": "x", "region": "eu-central-1.evil.example"},
    {"retention": "for ever"},
    {"monthly_tokens": -1},
    {"monthly_tokens": 10**12 + 1},
]


@pytest.mark.parametrize("wanted", IMPOSSIBLE, ids=str)
def test_what_does_not_go_together_is_refused_by_us_and_by_the_database(
    in_acme: Tenant, wanted: dict[str, Any]
) -> None:
    with pytest.raises(SettingsRefused):
        configuring.change(**wanted)
    assert not ModelSettings.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelSettings.objects.create(**{"monthly_tokens": 1, **wanted})


def test_there_is_one_row(in_acme: Tenant) -> None:
    configuring.change(shapes_only=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelSettings.objects.create(id=2, monthly_tokens=1)
    assert configuring.change(shapes_only=False).id == 1


def test_nobody_has_chosen_a_model_until_somebody_does(in_acme: Tenant) -> None:
    chosen = writing_for_tenant(RECORDING)
    assert (chosen.asked, chosen.writer, chosen.client, chosen.fallback) == (
        Writer.BASELINE, Writer.BASELINE, None, None,
    )  # fmt: skip
    assert chosen.seconds == 90 and chosen.shapes_only is False
    assert not ModelSettings.objects.exists()


def test_without_a_key_the_compiler_writes_and_says_why(in_acme: Tenant) -> None:
    refined(shapes_only=True)
    chosen = writing_for_tenant(RECORDING)
    assert (chosen.asked, chosen.writer, chosen.client) == (Writer.REFINED, Writer.BASELINE, None)
    assert chosen.fallback is Failure.NOT_CONFIGURED and chosen.shapes_only


def test_with_a_key_generation_gets_a_client_that_is_counted(in_acme: Tenant, settings: Any) -> None:
    settings.MODEL_ANTHROPIC_KEY = KEY
    configuring.change(writer="authored", client="anthropic", region="us")
    chosen = writing_for_tenant(RECORDING)
    assert isinstance(chosen.client, Metered) and chosen.writer is Writer.AUTHORED and chosen.fallback is None
    assert chosen.client.model == "claude-opus-5-5" and chosen.client.purpose == "author"
    assert chosen.client.plain == AnthropicClient(model="claude-opus-5-5", key=KEY, geo="us")


def test_bedrock_is_asked_in_its_region_by_its_own_key(in_acme: Tenant, settings: Any) -> None:
    settings.MODEL_ANTHROPIC_KEY = KEY
    configuring.change(writer="refined", client="bedrock", region="eu-central-1")
    assert writing_for_tenant(RECORDING).fallback is Failure.NOT_CONFIGURED
    settings.MODEL_BEDROCK_KEY = "of-bedrock"
    client = client_of_acme()
    assert client.plain == BedrockClient("anthropic.claude-opus-5-5", "eu-central-1", "of-bedrock")


@pytest.mark.django_db(transaction=True)
def test_a_call_by_bedrock_is_counted_and_its_cost_is_not_known(in_acme: Tenant, model: Model, settings: Any) -> None:
    settings.MODEL_BEDROCK_KEY = "of-bedrock"
    configuring.change(writer="refined", client="bedrock", region="eu-central-1")
    client_of_acme().ask(PROMPT, seconds=20)
    row = ModelCall.objects.get()
    assert (row.client, row.region, row.model) == ("bedrock", "eu-central-1", "anthropic.claude-opus-5-5")
    assert (row.outcome, row.counted, row.cost) == ("ok", TAKES, None)
    assert model.asked[0]["model"] == "anthropic.claude-opus-5-5" and "inference_geo" not in model.asked[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "given",
    [{"client": "anthropic"}, {"client": "anthropic", "region": "us"}, {"client": "bedrock", "region": "eu-central-1"}],
    ids=str,
)
def test_who_saw_a_request_on_its_way_finds_its_row_by_its_digest(
    in_acme: Tenant, model: Model, settings: Any, given: dict[str, str]
) -> None:
    settings.MODEL_BEDROCK_KEY = "of-bedrock"
    configuring.change(writer="refined", **given)
    client_of_acme().ask(PROMPT, seconds=20)
    (body,) = model.asked
    said = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    row = ModelCall.objects.get()
    assert row.prompt_digest == hashlib.sha256(said).hexdigest() and row.request_bytes == len(said)


def test_another_client_takes_model_and_region_of_the_one_before_with_it(in_acme: Tenant) -> None:
    configuring.change(writer="refined", client="bedrock", region="eu-central-1", model="anthropic.x")
    moved = configuring.change(client="anthropic")
    assert (moved.model, moved.region) == ("claude-opus-5-5", "")
    gone = configuring.change(writer="baseline", client="none")
    assert (gone.model, gone.region) == ("", "")
    with pytest.raises(SettingsRefused):
        configuring.change(writer="refined")


def test_a_change_that_changes_nothing_leaves_no_entry(in_acme: Tenant) -> None:
    refined()
    before = Entry.objects.count()
    refined()
    assert Entry.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_any_more_once_the_settings_are_others(in_acme: Tenant, model: Model) -> None:
    refined()
    client = client_of_acme()
    as_before = {
        "writer": "refined",
        "client": "anthropic",
        "model": MODEL,
        "shapes_only": False,
        "retention": "standard",
    }
    for changed in ({"shapes_only": True}, {"retention": "zero"}, {"writer": "baseline", "client": "none"}):
        configuring.change(**changed)
        with pytest.raises(ModelFailed) as refused:
            client.ask(PROMPT, seconds=5)
        assert refused.value.failure is Failure.NOT_CONFIGURED
        configuring.change(**as_before)
    assert not model.asked
    assert set(ModelCall.objects.values_list("state", "counted")) == {("refused", 0)}
    client.ask(PROMPT, seconds=5)
    assert len(model.asked) == 1


def test_no_transaction_spans_a_call(in_acme: Tenant, model: Model) -> None:
    refined()
    client = client_of_acme()
    with pytest.raises(TransactionOpen), transaction.atomic():
        client.ask(PROMPT, seconds=5)
    assert not model.asked and not ModelCall.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_call_is_a_row_without_a_word_of_what_was_said(in_acme: Tenant, model: Model) -> None:
    inside: list[bool] = []
    refined(retention="zero", shapes_only=True, region="global")
    client = client_of_acme()
    plain = client.plain

    class Watched:
        model = plain.model

        def ask(self, prompt: Any, *, seconds: float) -> Any:
            inside.append(connection.in_atomic_block)
            return plain.ask(prompt, seconds=seconds)

    object.__setattr__(client, "plain", Watched())
    client.ask(PROMPT, seconds=20)
    assert inside == [False]
    row = ModelCall.objects.get()
    assert (row.purpose, row.recording_id, row.client, row.model) == ("refine", RECORDING, "anthropic", MODEL)
    assert (row.region, row.retention, row.shapes_only) == ("global", "zero", True)
    assert row.prompt_digest == PROMPT.digest(MODEL, "global")
    assert row.request_bytes == PROMPT.size(MODEL, "global")
    assert row.tokens == {"input": 70, "output": 20, "cache_read": 8, "cache_written": 2}
    assert row.milliseconds is not None and row.milliseconds < 20_000
    assert model.asked[0]["inference_geo"] == "global"
    with connection.cursor() as cursor:
        cursor.execute("SELECT c::text FROM inference_modelcall c")
        written = cursor.fetchone()[0]
        cursor.execute("SELECT e::text FROM audit_entry e WHERE object_type = 'inference.modelcall'")
        written += " ".join(entry for (entry,) in cursor.fetchall())
    for word in ("Canary", "Mugs", "You are given", "A title", KEY):
        assert word not in written


@pytest.mark.django_db(transaction=True)
def test_what_answers_objections_is_a_repair(in_acme: Tenant, model: Model) -> None:
    configuring.change(writer="authored", client="anthropic")
    client = client_of_acme()
    client.ask(PROMPT, seconds=20)
    client.ask(replace(PROMPT, turns=(Turn("x", "no"),)), seconds=20)
    assert list(ModelCall.objects.order_by("created").values_list("purpose", flat=True)) == ["author", "repair"]


def test_what_a_call_costs_is_estimated_where_a_price_is_known() -> None:
    million = Tokens(1_000_000, 1_000_000, 1_000_000, 1_000_000)
    assert prices.estimate("anthropic", "claude-opus-5-5", million) == Decimal("29.4")
    assert prices.estimate("anthropic", "claude-sonnet-5-5", Tokens(1, 0)) == Decimal("0.000002")
    assert prices.estimate("anthropic", "claude-sonnet-5-5", Tokens(0, 0, read=1)) == Decimal("0.0000002")
    for client, model in (("anthropic", "claude-haiku-5-5"), ("bedrock", "anthropic.claude-opus-5-5")):
        assert prices.estimate(client, model, million) is None


@pytest.mark.parametrize("client", ["none", "anthropic", "bedrock"])
def test_without_keys_there_is_no_client(client: str) -> None:
    with override_settings(MODEL_ANTHROPIC_KEY="", MODEL_BEDROCK_KEY="", MODEL_AWS_CREDENTIALS=False):
        assert not installation.has_key(client)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SPECWARD_MODEL_URL", "http://models.example", "no TLS"),
        ("SPECWARD_MODEL_URL", "https://key@models.example", "more than host and path"),
        ("SPECWARD_MODEL_CLIENTS", "anthropic, openai", "anthropic, bedrock"),
        ("SPECWARD_MODEL_SECONDS", "201", "from 1 to 200"),
        ("SPECWARD_MODEL_SECONDS", "0", "from 1 to 200"),
    ],
)
def test_an_installation_that_cannot_be_meant_does_not_start(name: str, value: str, says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT, env={**os.environ, name: value}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0 and name in done.stderr and says in done.stderr


def test_an_owner_says_no_more_tokens_than_the_operator_allows(in_acme: Tenant, settings: Any) -> None:
    settings.MODEL_MOST_MONTHLY_TOKENS = 1_000
    with pytest.raises(SettingsRefused, match="no number of tokens") as refused:
        configuring.change(monthly_tokens=1_001)
    assert refused.value.field == "monthly_tokens" and "from 0 to 1000" in str(refused.value)
    assert configuring.change(monthly_tokens=1_000).monthly_tokens == 1_000


@pytest.mark.parametrize("key", ["sk-1\n", "sk 1", "sk-\u00e4", "\x00"], ids=range(4))
def test_a_key_that_no_header_can_hold_is_refused_at_start(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"SPECWARD_ANTHROPIC_KEY": key})
    with pytest.raises(SettingRefused, match="SPECWARD_ANTHROPIC_KEY") as refused:
        model_key("SPECWARD_ANTHROPIC_KEY")
    assert key not in str(refused.value)
