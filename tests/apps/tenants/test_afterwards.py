"""What a view leaves for afterwards runs once all is saved, behind the same walls, and in no transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django.test import Client

from apps.accounts.models import User
from apps.tenants.postgresql.base import DatabaseWrapper
from apps.tenants.routing import forget_routes
from apps.tenants.signals import request_rolled_back
from apps.tenants.walls import Walls, behind, connection
from tests.apps.tenants import views_of_the_walls
from tests.apps.tenants.connecting import OF_ACME, OF_GLOBEX, names
from tests.cast import ACME, GLOBEX

pytestmark = [pytest.mark.urls("tests.apps.tenants.views_of_the_walls")]
RAN = "ran, in a transaction: False"


@pytest.fixture(autouse=True)
def _only_our_wall(connected: DatabaseWrapper, settings: Any) -> Iterator[None]:
    settings.MIDDLEWARE = ["apps.tenants.host_wall.HostWall"]
    views_of_the_walls.HOOKS.clear()
    forget_routes()
    yield
    with behind(OF_ACME), connected.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_user WHERE name = 'Eve'")


@pytest.fixture
def told() -> Iterator[list[tuple[int, Walls, bool]]]:
    """What was said of requests that were refused: status, walls, whether Eve is seen then."""
    heard: list[tuple[int, Walls, bool]] = []

    def hear(request: HttpRequest, response: HttpResponseBase, **_: Any) -> None:
        assert connection().in_atomic_block
        heard.append((response.status_code, connection().walls, "Eve" in names()))

    request_rolled_back.connect(hear)
    yield heard
    request_rolled_back.disconnect(hear)


def send(query: str = "", host: str = ACME.host, **extra: Any) -> Any:
    client = Client(raise_request_exception=False)
    return client.generic("PATCH", f"/afterwards{query}", b"the body", headers={"host": host, **extra})


def eve() -> bool:
    with behind(OF_ACME):
        return User.objects.filter(name="Eve").exists()


def test_it_runs_once_all_is_saved_behind_the_same_walls_and_in_no_transaction(
    connected: DatabaseWrapper, told: list[Any]
) -> None:
    with behind(OF_GLOBEX):
        answer = send()
        assert connected.walls == OF_GLOBEX
    assert answer.json() == {"seen": ["Alice", "Bob", "Eve"], "body": "the body"}
    assert views_of_the_walls.HOOKS == ["done", RAN]
    assert eve() and told == [] and not connected.in_atomic_block


def test_credentials_that_were_not_proven_see_nothing_then_either() -> None:
    answer = send(host=GLOBEX.host, **{"X-Proven": "Acme"})
    assert answer.status_code == 500 and views_of_the_walls.HOOKS == []  # Eve cannot even be written there


def test_what_middleware_said_is_in_the_answer_and_nothing_of_the_promise_is() -> None:
    answer = send()
    assert answer.headers["X-Said"] == "by middleware" and answer.cookies["kept"].value == "yes"
    assert answer.headers["Content-Type"] == "application/json" and answer.headers["Vary"] == "Cookie"
    assert int(answer.headers.get("Content-Length", len(answer.content))) == len(answer.content) > 0


@pytest.mark.parametrize("then", ["raise", "caught", "die"])
def test_nothing_runs_where_the_view_has_failed(then: str, told: list[Any]) -> None:
    assert send(f"?then={then}").status_code == 500
    assert views_of_the_walls.HOOKS == [] and not eve() and told == [(500, OF_ACME, False)]


def test_nothing_runs_where_the_view_refuses(told: list[Any]) -> None:
    assert send("?status=403").status_code == 403
    assert views_of_the_walls.HOOKS == [] and not eve() and told == [(403, OF_ACME, False)]


def test_nothing_runs_where_the_commit_fails(
    connected: DatabaseWrapper, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, failures = connected._commit, iter([DatabaseError("a deferred constraint")])

    def fails() -> None:
        for failure in failures:
            raise failure
        commit()

    monkeypatch.setattr(connected, "_commit", fails)
    answer = send()
    assert answer.status_code == 500 and "X-Said" not in answer.headers
    assert views_of_the_walls.HOOKS == [] and not eve() and told == [(500, OF_ACME, False)]


@pytest.mark.parametrize(
    ("after", "status"), [("missing", 404), ("denied", 403), ("raise", 500), ("broken", 500), ("again", 500)]
)
def test_what_it_raises_is_what_it_would_be_from_a_view(
    after: str, status: int, told: list[Any], connected: DatabaseWrapper
) -> None:
    answer = send(f"?after={after}")
    assert answer.status_code == status and answer.headers["X-Said"] == "by middleware"
    assert b"a mistake of ours" not in answer.content
    assert views_of_the_walls.HOOKS == ["done", RAN] and told == [(status, OF_ACME, True)]
    assert (connected.walls, connected.in_atomic_block) == (Walls(), False) and names_at(OF_ACME)


def names_at(walls: Walls) -> list[str]:
    with behind(walls):
        return names()


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 503])
def test_a_refusal_is_told_of_and_takes_nothing_back(status: int, told: list[Any]) -> None:
    assert send(f"?then_status={status}").status_code == status
    assert eve() and told == [(status, OF_ACME, True)]


def test_a_stream_that_it_answers_is_produced_behind_the_walls(connected: DatabaseWrapper) -> None:
    answer = send("?after=stream")
    with behind(OF_GLOBEX):
        assert b"".join(answer.streaming_content) == b"Alice\nBob\nEve\n"
    assert not connected.in_atomic_block


def test_a_request_leaves_no_wall_to_the_next(connected: DatabaseWrapper) -> None:
    for query in ("", "?after=raise", "?after=broken", "?then=die"):
        send(query)
        assert connected.walls == Walls() and not connected.in_atomic_block
        with behind(OF_ACME), connected.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_user WHERE name = 'Eve'")
