"""Whoever has the token sees figures of everything and names of nobody; everybody else sees nothing."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import User
from apps.recordings.models import Recording, State
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, within
from apps.watching import figures
from apps.watching.lines import Line
from apps.watching.tasks import count_model_calls, count_recordings
from config.embedded.place import ROOT
from tests.apps.console.asked import TOOK, a_call
from tests.apps.recordings.conftest import packed, upload
from tests.cast import ACME, GLOBEX

GOOD = "a-token-of-the-collector-of-figures"


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.METRICS_TOKEN = GOOD


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The lines of all loggers, as they are written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def asked(token: str | None = GOOD, host: str = ACME.host, **headers: str) -> Any:
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return Client(SERVER_NAME=host).get("/metrics", headers=headers)


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found is not None, f"{name} is not in\n{text}"
    return float(found[1])


@pytest.mark.parametrize("token", [None, "", " ", GOOD[:-1], GOOD + "x", GOOD.upper(), "\u00e9", "x" * 5000])
def test_without_the_token_there_is_nothing(token: str | None) -> None:
    refused = asked(token)
    assert refused.status_code == 404 and b"specward_" not in refused.content


def test_a_token_in_the_address_or_under_another_scheme_is_none() -> None:
    client = Client(SERVER_NAME=ACME.host)
    assert client.get(f"/metrics?token={GOOD}").status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Basic {GOOD}"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": GOOD}).status_code == 404


@pytest.mark.django_db
def test_a_signed_in_owner_is_as_much_a_stranger_here(as_alice: Client) -> None:
    assert as_alice.get("/metrics").status_code == 404


@pytest.mark.parametrize("token", ["", " ", "None"])
def test_where_no_token_is_set_nobody_has_it(settings: Any, token: str) -> None:
    settings.METRICS_TOKEN = ""
    assert asked(token).status_code == 404


@pytest.mark.django_db
def test_requests_are_told_by_their_route_and_never_by_their_path(
    caplog: pytest.LogCaptureFixture, written: io.StringIO
) -> None:
    client = Client(SERVER_NAME=ACME.host)
    with caplog.at_level(logging.INFO, "specward.requests"):
        client.get("/sign-in/")
        client.get("/join/aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5kL7nP9r/?from=mail-to-dora")
        client.get("/no-such-page-of-dora")
        client.generic("DORASMETHOD", "/sign-in/")
    text = asked().content.decode()
    assert figure(text, 'specward_request_seconds_count{method="GET",route="sign_in",status="2xx"}') >= 1
    assert 'route="join"' in text and 'route="(none)"' in text and 'method="OTHER"' in text
    told = [record.getMessage() for record in caplog.records if record.name == "specward.requests"]
    lines = written.getvalue()
    assert "GET sign_in 200" in told and "GET (none) 404" in told
    assert '"logger": "django.request"' in lines, "Django's own lines are among them"
    for nowhere in (text, lines):
        assert "dora" not in nowhere.lower() and "aB3dE5gH7jK9" not in nowhere and "acme" not in nowhere.lower()


@pytest.mark.django_db
def test_each_request_is_one_line_with_the_id_that_its_answer_names(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "specward.requests"):
        answer = Client(SERVER_NAME=ACME.host).get("/sign-in/")
    (record,) = caplog.records
    assert record.__dict__["request_id"] == answer.headers["X-Request-ID"]
    assert record.__dict__["tenant_id"] == ACME.id and record.__dict__["status"] == 200


@pytest.mark.django_db
def test_recordings_of_all_tenants_are_counted_together_and_nobody_is_named(
    acme: Tenant, globex: Tenant, alice: User, mallory: User, tmp_path: Path, settings: Any, monkeypatch: Any
) -> None:
    from apps.specs.tasks import generate_spec
    from apps.vault import configured

    settings.OBJECT_FOLDER = tmp_path
    monkeypatch.setattr(generate_spec, "delay", lambda id: None)
    configured.forget()
    for tenant, owner, names in ((acme, alice, ("subscribe", "sign-in")), (globex, mallory, ("subscribe",))):
        with within(tenant):
            for name in names:
                upload(packed(name), owner)
    with within(globex):
        Recording.objects.update(state=State.GENERATING)
    with behind(Walls()):
        count_recordings()
    configured.forget()
    text = asked().content.decode()
    assert figure(text, 'specward_recordings{state="received"}') == 2
    assert figure(text, 'specward_recordings{state="generating"}') == 1
    assert figure(text, 'specward_recordings{state="failed"}') == 0
    assert figure(text, "specward_recordings_counted_timestamp_seconds") > 1_700_000_000
    for name in (ACME.name, GLOBEX.name, str(ACME.id), ACME.id.hex, str(GLOBEX.id)):
        assert name.lower() not in text.lower()


@pytest.mark.django_db
def test_calls_of_models_of_all_tenants_are_counted_together_and_nobody_is_named(acme: Tenant, globex: Tenant) -> None:
    for tenant, outcomes in ((acme, ("ok", "model.refused", "")), (globex, ("ok", "model.budget_spent"))):
        with within(tenant):
            for outcome in outcomes:
                a_call(outcome, model="claude-of-somebody")
    with behind(Walls()):
        count_model_calls()
    text = asked().content.decode()
    assert figure(text, 'specward_model_calls{outcome="ok"}') == 2
    for outcome in ("model.refused", "model.budget_spent", "reserved"):
        assert figure(text, f'specward_model_calls{{outcome="{outcome}"}}') == 1
    assert figure(text, 'specward_model_calls{outcome="lost"}') == 0
    assert figure(text, 'specward_model_tokens{state="used"}') == 3 * TOOK.total
    assert figure(text, 'specward_model_tokens{state="reserved"}') == 10_000
    for name in (ACME.name, str(ACME.id), ACME.id.hex, "claude"):
        assert name.lower() not in text.lower()


@pytest.mark.django_db
def test_what_waits_in_the_queues_is_told(settings: Any) -> None:
    broker = redis.Redis.from_url(settings.REDIS_URL)
    queue = f"{settings.KEY_PREFIX}default"
    before = figure(asked().content.decode(), 'specward_queue_length{queue="default"}')
    with broker:
        broker.rpush(queue, "one", "two")
        try:
            after = figure(asked().content.decode(), 'specward_queue_length{queue="default"}')
        finally:
            broker.rpop(queue, 2)
    assert after == before + 2


def test_a_broker_that_is_away_leaves_its_figures_out_and_no_error(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    cache.delete("watching-recordings")
    answer = asked()
    assert answer.status_code == 200 and b"specward_queue_length{" not in answer.content


def test_the_processes_of_a_server_are_added_up(tmp_path: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "SPECWARD_HTTPS": "0"}
    count = (
        "import django; django.setup()\nfrom apps.watching import figures\n"
        "figures.REQUESTS.labels('sign_in', 'GET', '2xx').observe(0.02)\n"
    )
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], cwd=ROOT, env=environment, check=True, timeout=60)
    show = "import django; django.setup()\nfrom apps.watching import figures\nprint(figures.written().decode())"
    shown = subprocess.run(
        [sys.executable, "-c", show], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert figure(shown.stdout, 'specward_request_seconds_count{method="GET",route="sign_in",status="2xx"}') == 2


def test_figures_are_of_routes_and_states_that_we_name() -> None:
    assert figures.REQUESTS._labelnames == ("route", "method", "status")
