"""A month's budget of tokens is a hard stop: whoever asks, however many at once, whatever the model says it took."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import IntegrityError, InternalError, connection, connections, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from apps.inference import budget, configuring
from apps.inference.budget import Reserved
from apps.inference.models import ModelCall, MonthlyUse
from apps.inference.tasks import settle_lost_everywhere
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from apps.tenants.walls import Walls, behind, within
from config.embedded.place import ROOT, default_place
from specward.writing.models.client import Answer, Failure, ModelFailed, Tokens
from tests.apps import databases
from tests.apps.inference.conftest import PROMPT, RECORDING, TAKES, WANTED, client_of_acme, refined
from tests.apps.inference.messages_api import USAGE, Model
from tests.apps.signing_in import walls_of
from tests.cast import ALICE

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 20
State = ModelCall.State
NOVEMBER = datetime.datetime(2026, 11, 30, 23, 59, 58, tzinfo=datetime.UTC)
DECEMBER = datetime.datetime(2026, 12, 1, 0, 0, 1, tzinfo=datetime.UTC)


def ask() -> Answer:
    return client_of_acme().ask(PROMPT, seconds=20)


def why_not() -> Failure:
    with pytest.raises(ModelFailed) as refused:
        ask()
    return refused.value.failure


def use() -> tuple[int, int]:
    """Used and reserved, this month."""
    found = MonthlyUse.objects.get(month=budget.month_of(timezone.now()))
    return found.used, found.reserved


def reserve(now: datetime.datetime | None = None, seconds: float = 5) -> Reserved | Failure:
    return budget.reserve(
        configuring.current(), ModelCall.Purpose.REFINE, PROMPT, recording_id=RECORDING, seconds=seconds, now=now
    )


def reserved(now: datetime.datetime | None = None) -> Reserved:
    found = reserve(now)
    assert isinstance(found, Reserved)
    return found


def test_what_a_call_took_is_counted_and_what_it_did_not_take_is_free_again(in_acme: Tenant, model: Model) -> None:
    refined(monthly_tokens=WANTED + TAKES)
    assert ask().text == model.text
    assert use() == (TAKES, 0)
    ask()
    assert use() == (2 * TAKES, 0)
    assert why_not() is Failure.BUDGET_SPENT
    assert use() == (2 * TAKES, 0) and len(model.asked) == 2


def test_of_twenty_at_once_as_many_are_asked_as_the_budget_bears(in_acme: Tenant, model: Model) -> None:
    allowed = 7
    refined(monthly_tokens=allowed * WANTED + WANTED // 2)
    held: list[int] = []
    here = threading.Barrier(AT_ONCE)
    answers = threading.Event()
    decided = threading.Semaphore(0)

    def hold() -> None:
        decided.release()
        assert answers.wait(60)

    model.before_answering = hold

    def one(_: int) -> object:
        try:
            with behind(walls_of(ALICE)):
                client = client_of_acme()
                connection.ensure_connection()
                here.wait(60)
                return client.ask(PROMPT, seconds=60)
        except ModelFailed as refused:
            decided.release()
            return refused.failure
        finally:
            connections.close_all()

    def watch() -> None:
        with behind(walls_of(ALICE)):
            # Nobody is answered before each is asked or refused: an answer frees what a latecomer could reserve.
            for _ in range(AT_ONCE):
                assert decided.acquire(timeout=60)
            # All that the budget bears are with the model: this is the most that is ever reserved.
            held.append(sum(use()))
            answers.set()
        connections.close_all()

    with ThreadPoolExecutor(AT_ONCE + 1) as threads:
        watching = threads.submit(watch)
        results = list(threads.map(one, range(AT_ONCE)))
        watching.result()
    assert results.count(Failure.BUDGET_SPENT) == AT_ONCE - allowed
    assert sum(isinstance(result, Answer) for result in results) == allowed == len(model.asked)
    assert held == [allowed * WANTED] and held[0] <= configuring.current().monthly_tokens
    assert use() == (allowed * TAKES, 0)
    states = [ModelCall.objects.filter(state=state).count() for state in (State.SETTLED, State.REFUSED)]
    assert states == [allowed, AT_ONCE - allowed]


def test_the_sum_never_exceeds_the_budget_while_twenty_settle_and_reserve(in_acme: Tenant, model: Model) -> None:
    refined(monthly_tokens=4 * WANTED)
    over: list[int] = []
    done = threading.Event()

    def one(_: int) -> list[object]:
        outcomes: list[object] = []
        try:
            with behind(walls_of(ALICE)):
                client = client_of_acme()
                for _ in range(4):
                    try:
                        outcomes.append(client.ask(PROMPT, seconds=60))
                    except ModelFailed as refused:
                        outcomes.append(refused.failure)
        finally:
            connections.close_all()
        return outcomes

    def watch() -> None:
        with behind(walls_of(ALICE)):
            while not done.is_set():
                found = MonthlyUse.objects.first()
                if found is not None and found.used + found.reserved > 4 * WANTED:
                    over.append(found.used + found.reserved)
        connections.close_all()

    with ThreadPoolExecutor(AT_ONCE + 1) as threads:
        watching = threads.submit(watch)
        results = [outcome for outcomes in threads.map(one, range(AT_ONCE)) for outcome in outcomes]
        done.set()
        watching.result()
    answered = sum(isinstance(result, Answer) for result in results)
    assert not over
    assert answered + results.count(Failure.BUDGET_SPENT) == len(results) == AT_ONCE * 4
    assert use() == (answered * TAKES, 0) and answered >= 4


def test_with_a_budget_of_nothing_nothing_is_asked(in_acme: Tenant, model: Model) -> None:
    refined(monthly_tokens=0)
    assert why_not() is Failure.BUDGET_SPENT
    assert not model.asked
    row = ModelCall.objects.get()
    assert (row.state, row.outcome, row.counted) == (State.REFUSED, "model.budget_spent", 0)


def test_another_month_has_its_own_budget_and_a_call_counts_where_it_began(in_acme: Tenant, model: Model) -> None:
    refined(monthly_tokens=WANTED)
    late = reserved(NOVEMBER)
    assert reserve(NOVEMBER) is Failure.BUDGET_SPENT
    next_one = reserved(DECEMBER)
    assert budget.settle(late, None, Tokens(50, 10), milliseconds=1) is None
    assert budget.settle(next_one, None, Tokens(70, 10), milliseconds=1) is None
    found = {each.month: (each.used, each.reserved) for each in MonthlyUse.objects.all()}
    assert found == {datetime.date(2026, 11, 1): (60, 0), datetime.date(2026, 12, 1): (80, 0)}


def test_months_are_those_of_utc() -> None:
    in_tokyo = datetime.datetime(2026, 12, 1, 8, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=9)))
    assert budget.month_of(in_tokyo) == datetime.date(2026, 11, 1)


def test_a_budget_that_is_changed_counts_at_once_both_ways(in_acme: Tenant, model: Model) -> None:
    refined(monthly_tokens=WANTED)
    client = client_of_acme()
    client.ask(PROMPT, seconds=20)
    configuring.change(monthly_tokens=TAKES)
    with pytest.raises(ModelFailed) as refused:
        client.ask(PROMPT, seconds=20)
    assert refused.value.failure is Failure.BUDGET_SPENT
    configuring.change(monthly_tokens=WANTED + TAKES)
    client.ask(PROMPT, seconds=20)
    assert use() == (2 * TAKES, 0)


@pytest.mark.parametrize(
    "usage",
    [
        {**USAGE, "input_tokens": WANTED},
        {**USAGE, "output_tokens": -1},
        {**USAGE, "input_tokens": "70"},
        {"output_tokens": 10},
        {},
        None,
        {**USAGE, "cache_read_input_tokens": 10**30},
    ],
    ids=["more than was reserved", "negative", "no number", "half of it", "empty", "missing", "enormous"],
)
def test_a_count_that_cannot_be_counts_with_all_that_was_reserved(in_acme: Tenant, model: Model, usage: Any) -> None:
    refined(monthly_tokens=10 * WANTED)
    model.usage = usage
    assert why_not() is Failure.MALFORMED
    assert use() == (WANTED, 0)
    row = ModelCall.objects.get()
    assert (row.state, row.outcome, row.counted, row.input_tokens, row.cost) == (
        State.SETTLED, "model.malformed", WANTED, None, None,
    )  # fmt: skip


@pytest.mark.parametrize("tokens", [Tokens(-5, 10), Tokens(5, 10, -1), Tokens(True, 1), Tokens(WANTED, 1)], ids=str)
def test_a_count_that_cannot_be_is_not_believed_whoever_says_it(in_acme: Tenant, tokens: Tokens) -> None:
    refined()
    for failure in (None, Failure.REFUSED):
        assert budget.settle(reserved(), failure, tokens, milliseconds=1) is Failure.MALFORMED
    assert use() == (2 * WANTED, 0)


@pytest.mark.parametrize(
    ("status", "failure", "counted"),
    [
        (429, Failure.RATE_LIMITED, 0),
        (401, Failure.REJECTED, 0),
        (500, Failure.UNAVAILABLE, WANTED),
        (529, Failure.UNAVAILABLE, WANTED),
    ],
)
def test_a_refused_request_took_nothing_and_of_a_broken_one_nobody_knows(
    in_acme: Tenant, model: Model, status: int, failure: Failure, counted: int
) -> None:
    refined(monthly_tokens=10 * WANTED)
    model.status = status
    assert why_not() is failure
    assert use() == (counted, 0)
    assert ModelCall.objects.get().outcome == failure.value


def test_while_nobody_can_be_reached_the_budget_stays(in_acme: Tenant, model: Model, settings: Any) -> None:
    refined(monthly_tokens=WANTED)
    settings.MODEL_URL = "http://127.0.0.1:9"
    assert [why_not() for _ in range(3)] == [Failure.UNAVAILABLE] * 3
    assert use() == (0, 0)


def test_a_refusal_of_the_model_counts_with_what_it_took(in_acme: Tenant, model: Model) -> None:
    refined()
    model.stop_reason = "refusal"
    assert why_not() is Failure.REFUSED
    row = ModelCall.objects.get()
    assert (row.outcome, row.counted, row.output_tokens) == ("model.refused", TAKES, 20)


def test_a_worker_that_dies_in_the_middle_is_counted_with_all_that_it_could_have_taken(
    in_acme: Tenant, acme: Tenant, model: Model, until: Callable[..., None]
) -> None:
    refined(monthly_tokens=WANTED + 10)
    asked, dead = threading.Event(), threading.Event()

    def hold() -> None:
        asked.set()
        dead.wait(60)

    model.before_answering = hold
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.apps.inference.dying"],
        cwd=ROOT,
        env={
            **databases.environment(default_place(), Role.APP, connection.settings_dict["NAME"]),
            "REDIS_URL": configured.REDIS_URL,
            "SPECWARD_ANTHROPIC_KEY": configured.MODEL_ANTHROPIC_KEY,
            "SPECWARD_MODEL_URL": model.url,
        },
    )
    try:
        until(lambda: asked.is_set() or worker.poll() is not None)
        assert worker.poll() is None
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(30)
    finally:
        worker.kill()
        worker.wait(60)
        dead.set()
    row = ModelCall.objects.get()
    assert row.state == State.RESERVED and use() == (0, WANTED)
    assert why_not() is Failure.BUDGET_SPENT
    assert budget.settle_lost() == 0, "its limit is not over yet"
    assert budget.settle_lost(row.lost_after) == 1 and budget.settle_lost(row.lost_after) == 0
    row.refresh_from_db()
    assert (row.state, row.outcome, row.counted) == (State.LOST, "", WANTED)
    assert use() == (WANTED, 0)


def test_the_schedule_settles_what_was_lost_of_each_tenant(in_acme: Tenant, globex: Tenant) -> None:
    for tenant in (in_acme, globex):
        with within(tenant):
            refined()
            reserved(NOVEMBER - datetime.timedelta(days=90))
            reserved(timezone.now())
    with behind(Walls()):
        settle_lost_everywhere()
    for tenant in (in_acme, globex):
        with within(tenant):
            states = ModelCall.objects.order_by("lost_after").values_list("state", flat=True)
            assert list(states) == [State.LOST, State.RESERVED]


def test_what_comes_after_a_call_was_taken_for_lost_is_used_for_nothing(in_acme: Tenant, model: Model) -> None:
    refined()
    model.before_answering = lost_meanwhile
    assert why_not() is Failure.TIMED_OUT
    assert (ModelCall.objects.get().state, use()) == (State.LOST, (WANTED, 0))


def lost_meanwhile() -> None:
    with behind(walls_of(ALICE)):
        budget.settle_lost(timezone.now() + datetime.timedelta(days=1))
    connections.close_all()


def test_a_task_that_is_told_to_stop_leaves_no_reservation(in_acme: Tenant, model: Model) -> None:
    refined()
    client = client_of_acme()

    class Stopped:
        model = client.model

        def ask(self, *_: Any, **__: Any) -> Answer:
            raise KeyboardInterrupt

    object.__setattr__(client, "plain", Stopped())
    with pytest.raises(KeyboardInterrupt):
        client.ask(PROMPT, seconds=5)
    assert (ModelCall.objects.get().state, use()) == (State.LOST, (WANTED, 0))


def test_globex_spends_nothing_of_acmes(in_acme: Tenant, globex: Tenant, model: Model) -> None:
    refined()
    ask()
    with within(globex):
        assert not ModelCall.objects.exists() and not MonthlyUse.objects.exists()
        assert configuring.current().client == "none"


REFUSED = (IntegrityError, InternalError, ProgrammingError)


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "model.refused"},
        {"state": State.RESERVED},
        {"state": State.LOST},
        {"prompt_digest": "0" * 64},
        {"counted": 0},
        {"model": "another"},
    ],
    ids=str,
)
def test_a_call_that_ended_is_changed_by_nobody(in_acme: Tenant, model: Model, change: dict[str, Any]) -> None:
    refined()
    ask()
    with pytest.raises(REFUSED), transaction.atomic():
        ModelCall.objects.update(**change)
    with pytest.raises(REFUSED), transaction.atomic():
        ModelCall.objects.all().delete()
    with pytest.raises(REFUSED), transaction.atomic():
        MonthlyUse.objects.update(used=0)
    with pytest.raises(REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM inference_monthlyuse")


def test_a_call_under_way_keeps_what_was_asked_of_whom(in_acme: Tenant, model: Model) -> None:
    refined()
    reserved()
    for change in ({"model": "another"}, {"retention": "zero"}, {"reserved": 1}, {"prompt_digest": "0" * 64}):
        with pytest.raises(REFUSED), transaction.atomic():
            ModelCall.objects.update(state=State.SETTLED, outcome="ok", **change)
