"""What both walls cost a request, and what a new tenant costs. In-process, one thread, one embedded server."""

from __future__ import annotations

import functools
import os
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.table import Row

QUERIES = 10
ROUNDS = 400
TENANTS = 7


def walls() -> list[Row]:
    """A request of ten queries, against Django's own backend on the same tables; a tenant, against its migrations."""
    os.environ.setdefault("SPECWARD_STATE", str(Path(__file__).resolve().parents[1] / ".state" / "tests"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from config import embedded
    from config.embedded.place import default_place
    from tests.apps import databases

    place = default_place()
    embedded.ensure(place, quick=True)
    databases.copy(place, "bench_walls")
    return [_request("bench_walls"), *_tenant("bench_walls")]


def _plain(database: str) -> Any:
    """Django's own backend, as the app role, its walls standing for the whole session."""
    from django.db.backends.postgresql.base import DatabaseWrapper

    from apps.tenants.roles import Role
    from apps.tenants.walls import schema_of
    from tests.apps.tenants.connecting import wrapper
    from tests.cast import ACME

    entry = wrapper(database).settings_dict
    options = f"-c search_path={schema_of(ACME.id)},public -c app.current_tenant_id={ACME.id}"
    entry["OPTIONS"]["options"] = f"{entry['OPTIONS']['options']} {options}"
    assert entry["USER"] == Role.APP.user
    return DatabaseWrapper(entry, "default")


def in_one_transaction(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What stands around a request without walls."""
    from django.db import transaction

    def called(request: Any) -> Any:
        with transaction.atomic():
            return get_response(request)

    return called


def ten_queries(request: Any) -> Any:
    """The view that is measured."""
    from django.db import connections
    from django.http import HttpResponse

    from apps.accounts.models import User

    if hasattr(request, "route"):
        connections["default"].set_credentials(request.route.tenant_id)  # type: ignore[attr-defined]
    found = [User.objects.filter(email="alice@acme.example").first() for _ in range(QUERIES)]
    return HttpResponse(str(sum(each is not None for each in found)))


@contextmanager
def _urls() -> Iterator[None]:
    from django.test import override_settings
    from django.urls import path

    global urlpatterns  # noqa: PLW0603  # this module is the URLconf
    urlpatterns = [path("ten", ten_queries)]
    with override_settings(ROOT_URLCONF="bench.walls"):
        yield


urlpatterns: list[Any] = []


def _request(database: str) -> Row:
    from django.db import connections
    from django.test import Client, override_settings

    from tests.apps.tenants.connecting import leave_few_people, through, wrapper
    from tests.cast import ACME

    with through(wrapper(database)):
        leave_few_people()
    ours, plain = wrapper(database), _plain(database)
    sides = {"walled": (ours, "apps.tenants.host_wall.HostWall"), "plain": (plain, "bench.walls.in_one_transaction")}
    taken: dict[str, list[float]] = {side: [] for side in sides}
    clients = {side: Client() for side in sides}
    before = connections["default"]
    with _urls():
        for _ in range(ROUNDS):
            for side, (connection, middleware) in sides.items():
                connections["default"] = connection
                with override_settings(MIDDLEWARE=[middleware]):
                    started = time.perf_counter()
                    answer = clients[side].get("/ten", headers={"host": ACME.host})
                    taken[side].append(time.perf_counter() - started)
                assert answer.content == str(QUERIES).encode()
    for connection, _ in sides.values():
        connection.close()
    connections["default"] = before
    walled, without = (statistics.median(taken[side][20:]) for side in ("walled", "plain"))
    figure = f"{walled * 1e3:.2f} ms / {without * 1e3:.2f} ms, {1 / walled:.0f} a second"
    ratio = walled / without
    return Row(
        "both walls / none, p50", f"{QUERIES} queries a request", figure, f"{ratio:.2f}x", "under 1.10x", ratio < 1.1
    )


def _tenant(database: str) -> list[Row]:
    from apps.tenants import replaying
    from apps.tenants.models import Plan
    from apps.tenants.provisioning import Step, Wanted, provision
    from apps.tenants.roles import Role
    from config.embedded.place import default_place
    from tests.apps.tenants.connecting import through, wrapper

    before = os.environ.get("SPECWARD_ROLE")
    os.environ["SPECWARD_ROLE"] = Role.MIGRATOR.value
    migrator = wrapper(database)
    migrator.settings_dict.update(USER=Role.MIGRATOR.user, PASSWORD=default_place().password(Role.MIGRATOR.user))
    migrated: list[dict[str, float]] = []
    replayed: list[dict[str, float]] = []
    try:
        with through(migrator):
            for round_ in range(TENANTS):
                replaying.forget_recording()
                for taken in (migrated, replayed):
                    id_ = uuid.uuid4()
                    begun: dict[str, float] = {}
                    wanted = Wanted(f"Round {round_}", f"{id_.hex}.localhost", Plan.Code.TEAM, id_)
                    provision(wanted, functools.partial(_note, begun))
                    ended = time.perf_counter()
                    taken.append(
                        {"its tables": begun[Step.CONTENT] - begun[Step.TABLES], "all of it": ended - begun[Step.NAME]}
                    )
    finally:
        os.environ.pop("SPECWARD_ROLE") if before is None else os.environ.update(SPECWARD_ROLE=before)
    return [_said_again(what, migrated, replayed) for what in ("its tables", "all of it")]


def _note(begun: dict[str, float], step: str) -> None:
    begun[step] = time.perf_counter()


def _said_again(what: str, migrated: list[dict[str, float]], replayed: list[dict[str, float]]) -> Row:
    slow, quick = (statistics.median(each[what] for each in taken) for taken in (migrated, replayed))
    figure, ratio = f"{quick * 1e3:.0f} ms / {slow * 1e3:.0f} ms", quick / slow
    is_aimed_at = what == "its tables"
    return Row(
        "a tenant: said again / migrated",
        what,
        figure,
        f"{ratio:.2f}x",
        "at most 0.1x" if is_aimed_at else "",
        ratio <= 0.1 if is_aimed_at else None,
    )
