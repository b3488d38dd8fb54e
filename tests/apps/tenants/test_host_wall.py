"""A request stands behind the walls of its host, in one transaction; what is refused leaves its refusal only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponseBase
from django.test import Client
from pytest_django import DjangoDbBlocker

from apps.accounts.models import User
from apps.tenants import routing
from apps.tenants.postgresql.base import DatabaseWrapper
from apps.tenants.routing import _MOST, KEPT_SECONDS, _known, forget_routes, route_to
from apps.tenants.signals import request_rolled_back
from apps.tenants.walls import Walls, behind
from tests.apps.tenants import views_of_the_walls
from tests.apps.tenants.connecting import OF_ACME, OF_GLOBEX, as_admin, names, through, wrapper
from tests.cast import ACME, GLOBEX

pytestmark = [pytest.mark.urls("tests.apps.tenants.views_of_the_walls")]


@pytest.fixture(autouse=True)
def _only_our_wall(connected: DatabaseWrapper, settings: Any) -> Iterator[None]:
    settings.MIDDLEWARE = ["apps.tenants.host_wall.HostWall"]
    views_of_the_walls.HOOKS.clear()
    forget_routes()
    yield
    with behind(OF_ACME), connected.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_user WHERE name = 'Eve'")


def get(path: str, host: str = ACME.host, **extra: Any) -> Any:
    return Client(raise_request_exception=False).get(path, headers={"host": host, **extra})


@pytest.fixture
def told() -> Iterator[list[tuple[int, Walls, list[str]]]]:
    """What was said of requests that were rolled back: status, walls, who was seen then."""
    heard: list[tuple[int, Walls, list[str]]] = []

    def hear(request: HttpRequest, response: HttpResponseBase, **_: Any) -> None:
        from apps.tenants.walls import connection

        heard.append((response.status_code, connection().walls, names()))

    request_rolled_back.connect(hear)
    yield heard
    request_rolled_back.disconnect(hear)


# ---- hosts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["acme.localhost", "ACME.LocalHost", "acme.localhost:8443", "acme.localhost.", "acme.localhost.:80"],
)
def test_acme_is_reached_at_its_host(host: str) -> None:
    assert get("/people", host).json() == ["Alice", "Bob"]


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "nobody.localhost",
        "www.acme.localhost",
        "acme.localhost.evil.example",
        "evilacme.localhost",
        "acme.localhost..",
        ".acme.localhost",
        "acme.localhost:",
        "acme.localhost:80:80",
        "acme.localhost:80@globex.localhost",
        "acme.localhost/",
        "acme.localhost,globex.localhost",
        "acme.localhost\tglobex.localhost",
        "acme.localhost\r\nX-Proven: Globex",
        "acme.localhost\x00",
        "%61cme.localhost",
        "acme_localhost",
        "acm\u00e9.localhost",
        "xn--acm-dma.localhost",
        "[::1]",
        "[::1]:8000",
        "127.0.0.1",
        "a" * 300,
        "acme.localhost' OR true --",
        OF_ACME.schema,
        str(ACME.id),
    ],
)
def test_another_host_is_nobodys(host: str) -> None:
    answer = get("/people", host)
    assert (answer.status_code, answer.content) == (404, b"There is nothing here.\n")


def test_a_letter_that_only_looks_like_one_is_another_host() -> None:
    assert route_to("acme.localhost") is not None
    assert route_to("acme.loc\uff41lhost") is None
    assert route_to("\u212aelvin.localhost".lower()) is None  # and nothing was asked of the database
    assert "\u212aelvin.localhost" not in _known and route_to("\u212aelvin.localhost") is None


def test_a_missing_host_is_the_servers_own_name() -> None:
    assert Client(SERVER_NAME=GLOBEX.host).get("/people").json() == ["Mallory"]
    assert Client(SERVER_NAME="127.0.0.1").get("/people").status_code == 404


def test_forwarded_hosts_are_not_read() -> None:
    forwarded = {"X-Forwarded-Host": GLOBEX.host, "Forwarded": f"host={GLOBEX.host}", "X-Host": GLOBEX.host}
    assert get("/people", **forwarded).json() == ["Alice", "Bob"]
    assert get("/people", "nobody.localhost", **forwarded).status_code == 404
    assert get("/host", **forwarded).content == f"{ACME.host} {OF_ACME.schema}".encode()


def test_a_host_is_not_believed_about_whose_rows_are_asked_for() -> None:
    assert get("/people", GLOBEX.host).json() == ["Mallory"]
    assert get("/people", GLOBEX.host, **{"X-Proven": "Acme"}).json() == []
    assert get("/people", ACME.host, **{"X-Proven": "Specward"}).json() == []
    assert get("/people", ACME.host, **{"X-Proven": "nobody"}).json() == []


@pytest.mark.parametrize("path", ["/healthz", "/static/there.css"])
@pytest.mark.parametrize("host", [ACME.host, "nobody.localhost", "", "[::1]"])
def test_what_is_the_same_for_everybody_needs_no_tenant(path: str, host: str) -> None:
    with behind(OF_GLOBEX):
        assert get(path, host).content == b"public None False"


# ---- a tenant's state -----------------------------------------------------------------------------------------------


def put_in_state(database: str, state: str) -> None:
    with as_admin(database) as admin:
        admin.execute("UPDATE public.tenants_tenant SET state = %s WHERE id = %s", [state, GLOBEX.id])


@pytest.fixture
def active_again(populated: str) -> Iterator[None]:
    yield
    put_in_state(populated, "active")


@pytest.mark.usefixtures("active_again")
@pytest.mark.parametrize("state", ["preparing", "left"])
def test_a_tenant_that_is_not_there_is_answered_like_nobody(populated: str, state: str) -> None:
    put_in_state(populated, state)
    its, nobodys = get("/people", GLOBEX.host), get("/people", "nobody.localhost")
    assert (its.status_code, its.content, its.headers) == (nobodys.status_code, nobodys.content, nobodys.headers)
    assert b"Globex" not in its.content and b"globex" not in its.content


@pytest.mark.usefixtures("active_again")
def test_a_suspended_tenant_is_turned_away_once_what_was_kept_is_old(
    populated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr("apps.tenants.routing.time.monotonic", lambda: now[0])
    assert get("/people", GLOBEX.host).status_code == 200
    put_in_state(populated, "suspended")
    now[0] += KEPT_SECONDS - 0.1
    assert get("/people", GLOBEX.host).status_code == 200
    now[0] += 0.1
    answer = get("/people", GLOBEX.host)
    assert answer.status_code == 403 and b"suspended" in answer.content and b"lobex" not in answer.content
    put_in_state(populated, "active")
    now[0] += KEPT_SECONDS
    assert get("/people", GLOBEX.host).status_code == 200


def test_what_is_kept_of_hosts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _MOST == 10_000
    monkeypatch.setattr(routing, "_MOST", 3)
    for number in range(8):
        assert route_to(f"nobody-{number}.localhost") is None
        assert len(_known) <= 3
    assert route_to("!" * 20) is None and "!" * 20 not in _known


def test_a_kept_route_asks_the_database_nothing(connected: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    route_to(ACME.host)
    connected.close()
    with monkeypatch.context() as patch:
        patch.setattr(connected, "connect", lambda: pytest.fail("The database was asked."))
        assert route_to(ACME.host) is not None


# ---- one transaction ------------------------------------------------------------------------------------------------


def eve() -> bool:
    with behind(OF_ACME):
        return User.objects.filter(name="Eve").exists()


def test_what_succeeds_is_saved_and_its_hooks_run(told: list[Any]) -> None:
    assert get("/write").status_code == 200
    assert eve() and views_of_the_walls.HOOKS == ["done"] and told == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500, 503])
def test_what_is_refused_leaves_its_refusal_and_nothing_else(told: list[Any], status: int) -> None:
    assert get(f"/write?status={status}").status_code == status
    assert not eve() and views_of_the_walls.HOOKS == []
    assert told == [(status, OF_ACME, ["Alice", "Bob"])]


@pytest.mark.parametrize("status", [200, 204, 302, 304])
def test_what_is_not_refused_stays(told: list[Any], status: int) -> None:
    assert get(f"/write?status={status}").status_code == status
    assert eve() and told == []


def test_a_mistake_of_ours_leaves_nothing(told: list[Any]) -> None:
    assert get("/write?then=raise").status_code == 500
    assert not eve() and views_of_the_walls.HOOKS == []
    assert told == [(500, OF_ACME, ["Alice", "Bob"])]


def test_what_could_not_be_saved_is_not_said_to_be(told: list[Any]) -> None:
    assert get("/write?then=caught").status_code == 500
    assert not eve() and [(status, walls) for status, walls, _ in told] == [(500, OF_ACME)]


def test_a_lost_connection_is_recorded_on_a_new_one(told: list[Any]) -> None:
    assert get("/write?then=die").status_code == 500
    assert not eve() and told == [(500, OF_ACME, ["Alice", "Bob"])]
    assert get("/people").json() == ["Alice", "Bob"]


def test_what_a_receiver_writes_of_a_refusal_is_saved_alone() -> None:
    def record(request: HttpRequest, **_: Any) -> None:
        User.objects.create(email="eve@acme.example", name="Eve", role="engineer")

    request_rolled_back.connect(record)
    try:
        assert get("/write?status=403").status_code == 403
    finally:
        request_rolled_back.disconnect(record)
    with behind(OF_ACME):
        assert [user.role for user in User.objects.filter(name="Eve")] == ["engineer"]


# ---- what comes after -----------------------------------------------------------------------------------------------


def test_a_request_leaves_no_wall_to_the_next_on_its_thread(connected: DatabaseWrapper) -> None:
    for host, seen in ((ACME.host, ["Alice", "Bob"]), (GLOBEX.host, ["Mallory"]), (ACME.host, ["Alice", "Bob"])):
        assert get("/people", host).json() == seen
        assert connected.walls == Walls()
        assert get("/people", host, **{"X-Proven": "nobody"}).json() == []
    for path in ("/write?then=raise", "/write?status=403", "/nowhere"):
        get(path)
        assert connected.walls == Walls() and not connected.in_atomic_block


def test_a_streamed_body_is_produced_behind_its_walls(connected: DatabaseWrapper) -> None:
    answer = get("/streamed")
    assert connected.walls == Walls()
    with behind(OF_GLOBEX):
        assert b"".join(answer.streaming_content) == b"Alice\nBob\n"
        assert names() == ["Mallory"]
    assert not connected.in_atomic_block
    crossed = get("/streamed", GLOBEX.host, **{"X-Proven": "Acme"})
    assert b"".join(crossed.streaming_content) == b""


def test_a_streamed_body_that_is_left_leaves_nothing_open(connected: DatabaseWrapper) -> None:
    answer = get("/streamed")
    assert next(iter(answer.streaming_content)) == b"Alice\n"
    answer.close()
    assert (connected.walls, connected.in_atomic_block) == (Walls(), False)
    assert get("/people", GLOBEX.host).json() == ["Mallory"]


def test_a_streamed_body_that_fails_leaves_nothing_open(connected: DatabaseWrapper) -> None:
    answer = get("/streamed?then=raise")
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        list(answer.streaming_content)
    assert (connected.walls, connected.in_atomic_block) == (Walls(), False)


def test_a_file_is_sent_whole(connected: DatabaseWrapper) -> None:
    answer = get("/file")
    assert b"".join(answer.streaming_content).startswith(b'"""A few views')
    answer.close()


def test_requests_of_two_threads_do_not_meet(populated: str, django_db_blocker: DjangoDbBlocker) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def ask(host: str) -> list[list[str]]:
        with through(wrapper(populated)):
            return [get("/people", host).json() for _ in range(20)]

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(ask, [ACME.host, GLOBEX.host]))
    assert answers == [[["Alice", "Bob"]] * 20, [["Mallory"]] * 20]
