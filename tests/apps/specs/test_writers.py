"""The worker asks the writer that the tenant has chosen, and a version says who wrote it, or why a model did not."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from apps.accounts.models import User
from apps.inference import configuring
from apps.inference.models import ModelCall
from apps.recordings.models import Recording, State
from apps.specs.generation import Outcome, generate
from apps.specs.models import SpecVersion
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from specward.doubles import Chaos, Chaotic, Double, Obedient, Reasonable, serving
from specward.doubles.replies import Reply
from specward.recording.reading import read_events
from specward.recording.tracing import trace
from specward.writing.composing import compose
from specward.writing.models.client import Failure
from tests.apps.audit.conftest import superuser
from tests.apps.recordings.conftest import as_json, events, packed, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]


@contextmanager
def writing(settings: Any, double: Double, writer: str, **given: Any) -> Iterator[Double]:
    """Acme's specs are written so, by a model that is this double."""
    with serving(double) as address:
        settings.MODEL_ANTHROPIC_KEY = "a-key-" + "of-the-tests"
        settings.MODEL_URL = address
        configuring.change(**{"writer": writer, "client": "anthropic", "model": "claude-sonnet-5-5", **given})
        yield double


def made_of(recording: Recording) -> SpecVersion:
    assert generate(recording.id) is Outcome.SPECIFIED
    return SpecVersion.objects.with_sealed().get(recording_id=recording.id)


def plain() -> str:
    """What the baseline makes of the session."""
    return compose(trace(read_events(io.BytesIO(packed("subscribe"))))).text


@pytest.mark.parametrize("writer", ["refined", "authored"])
def test_a_model_writes_for_a_tenant_that_chose_it_and_its_call_is_a_row(
    settings: Any, in_acme: Tenant, alice: User, writer: str
) -> None:
    recording = upload(packed("buy-by-courier"), alice)
    with writing(settings, Reasonable(), writer) as double:
        version = made_of(recording)
    assert (version.writer, version.fallback, version.by_model) == (writer, "", True)
    call = ModelCall.objects.get()
    assert (call.recording_id, call.state, call.outcome) == (recording.id, "settled", "ok")
    assert len(double.requests) == 1 and call.request_bytes > 2_000
    assert b"alice@acme.example" not in double.requests[0]


def test_no_transaction_is_open_while_a_model_is_asked(settings: Any, in_acme: Tenant, alice: User) -> None:
    seen: list[Any] = []

    class Looking(Reasonable):
        def answer(self, body: dict[str, Any]) -> Reply:
            with superuser() as root:
                told = root.execute(
                    "SELECT state, xact_start FROM pg_stat_activity WHERE pid = %s", [worker]
                ).fetchone()
                seen.append(told)
                seen.append(root.execute(f'SELECT state, step FROM "{schema}".recordings_recording').fetchone())
            return super().answer(body)

    recording = upload(packed("subscribe"), alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        worker = cursor.fetchone()[0]
    schema = in_acme.schema_name
    with writing(settings, Looking(), "refined"):
        assert made_of(recording).by_model
    assert seen == [("idle", None), ("generating", "asking")]


@pytest.mark.parametrize(
    ("chaos", "failure"),
    [
        (Chaos.REFUSAL, Failure.REFUSED),
        (Chaos.MAX_TOKENS, Failure.TRUNCATED),
        (Chaos.RATE_LIMITED_FOR_LONG, Failure.RATE_LIMITED),
        (Chaos.OVERLOADED, Failure.UNAVAILABLE),
        (Chaos.NO_JSON, Failure.MALFORMED),
        (Chaos.ENDLESS_BODY, Failure.TOO_LONG),
        (Chaos.SLOW_HEADERS, Failure.TIMED_OUT),
        (Chaos.HANG_IN_BODY, Failure.TIMED_OUT),
    ],
    ids=str,
)
def test_a_model_that_fails_leaves_the_baselines_spec_with_the_reason(
    settings: Any, in_acme: Tenant, alice: User, chaos: Chaos, failure: Failure
) -> None:
    settings.MODEL_SECONDS = 1
    recording = upload(packed("subscribe"), alice)
    began = time.monotonic()
    with writing(settings, Chaotic(chaos), "authored"):
        version = made_of(recording)
    assert time.monotonic() - began < 20
    assert (version.writer, version.fallback, version.by_model) == ("authored", failure, False)
    assert version.text.reveal() == plain()
    assert ModelCall.objects.get().outcome == ("ok" if chaos is Chaos.NO_JSON else failure)


def test_a_task_whose_time_is_up_while_a_model_is_asked_saves_the_baselines_spec(
    settings: Any, in_acme: Tenant, alice: User
) -> None:
    def stop(*_: object) -> None:
        raise SoftTimeLimitExceeded

    class Slow(Chaotic):
        def answer(self, body: dict[str, Any]) -> Reply:
            os.kill(os.getpid(), signal.SIGUSR1)  # as Celery's pool does
            return super().answer(body)

    recording = upload(packed("subscribe"), alice)
    before = signal.signal(signal.SIGUSR1, stop)
    try:
        with writing(settings, Slow(Chaos.HANG_BEFORE_HEADERS), "refined"):
            version = made_of(recording)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert (version.writer, version.fallback, version.text.reveal()) == ("refined", Failure.TIMED_OUT, plain())
    assert ModelCall.objects.get().state == ModelCall.State.LOST


def test_a_model_that_does_as_the_page_says_changes_nothing(settings: Any, in_acme: Tenant, alice: User) -> None:
    with writing(settings, Obedient(), "authored"):
        version = made_of(upload(packed("subscribe"), alice))
    assert (version.fallback, version.text.reveal()) == (Failure.NOT_A_SPEC, plain())
    assert [call.purpose for call in ModelCall.objects.order_by("created")] == ["author", "repair", "repair"]


def test_without_a_key_at_this_installation_the_version_says_so(settings: Any, in_acme: Tenant, alice: User) -> None:
    with writing(settings, Reasonable(), "refined") as double:
        settings.MODEL_ANTHROPIC_KEY = ""
        version = made_of(upload(packed("subscribe"), alice))
    assert (version.writer, version.fallback, version.text.reveal()) == ("refined", Failure.NOT_CONFIGURED, plain())
    assert double.requests == [] and not ModelCall.objects.exists()


def test_with_the_months_budget_spent_nobody_is_asked(settings: Any, in_acme: Tenant, alice: User) -> None:
    with writing(settings, Reasonable(), "refined", monthly_tokens=100) as double:
        version = made_of(upload(packed("subscribe"), alice))
    assert (version.fallback, double.requests) == (Failure.BUDGET_SPENT, [])


def test_a_session_on_a_known_path_is_counted_and_costs_no_call(settings: Any, in_acme: Tenant, alice: User) -> None:
    made_of(upload(packed("subscribe"), alice))
    with writing(settings, Reasonable(), "refined") as double:
        assert generate(upload(as_json(events("subscribe")), alice).id) is Outcome.SPECIFIED
    assert double.requests == [] and SpecVersion.objects.count() == 1


def test_a_worker_that_lost_its_lease_to_another_while_it_asked_saves_nothing(
    settings: Any, in_acme: Tenant, alice: User
) -> None:
    class Meanwhile(Reasonable):
        def answer(self, body: dict[str, Any]) -> Reply:
            with within(in_acme):
                Recording.objects.update(fence=F("fence") + 1)
            connection.close()
            return super().answer(body)

    recording = upload(packed("subscribe"), alice)
    with writing(settings, Meanwhile(), "refined"):
        assert generate(recording.id) is Outcome.NOT_OURS
    found = Recording.objects.get(id=recording.id)
    assert (found.state, found.fence) == (State.GENERATING, 2)
    assert not SpecVersion.objects.exists()


def test_of_a_recording_that_is_discarded_while_a_model_is_asked_no_model_is_told_again(
    settings: Any, in_acme: Tenant, alice: User
) -> None:
    class Meanwhile(Obedient):
        def answer(self, body: dict[str, Any]) -> Reply:
            with within(in_acme):
                Recording.objects.update(state=State.DISCARDING)
            connection.close()
            return super().answer(body)

    recording = upload(packed("subscribe"), alice)
    with writing(settings, Meanwhile(), "authored") as double:
        assert generate(recording.id) is Outcome.NOT_OURS
    assert len(double.requests) == 1


def test_who_wrote_a_version_stays_and_only_a_model_falls_back(in_acme: Tenant, alice: User) -> None:
    version = made_of(upload(packed("subscribe"), alice))
    assert (version.writer, version.fallback, version.by_model) == ("baseline", "", False)
    for change in ({"writer": "authored"}, {"writer": "refined", "fallback": "model.refused"}, {"fallback": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SpecVersion.objects.filter(id=version.id).update(**change)
