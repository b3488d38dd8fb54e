"""Whoever runs the service learns whether a process can work, which part cannot, and nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.tenants.models import Tenant
from apps.tenants.walls import within
from apps.vault import configured
from apps.watching import readiness
from apps.watching.readiness import PARTS
from tests.apps.audit.conftest import superuser
from tests.cast import ACME

ALL = sorted(PARTS)


@pytest.fixture(autouse=True)
def _asked_anew(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.OBJECT_FOLDER = str(tmp_path / "objects")
    configured.forget()
    readiness.forget()
    yield
    configured.forget()
    readiness.forget()


def asked(host: str = ACME.host) -> tuple[int, dict[str, str]]:
    answer = Client(SERVER_NAME=host).get("/readyz")
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()["parts"]


@pytest.mark.parametrize("host", [ACME.host, "nobody.localhost", "127.0.0.1", "10.1.2.3"])
def test_a_process_that_lives_says_so_at_every_host_and_asks_no_database(host: str) -> None:
    answer = Client(SERVER_NAME=host).get("/healthz")  # the test is given no database: a question would raise
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
@pytest.mark.parametrize("host", [ACME.host, "nobody.localhost", "10.1.2.3"])
def test_where_all_works_it_is_ready(host: str) -> None:
    assert asked(host) == (200, dict.fromkeys(ALL, "ok"))


def _broker_is_away(settings: Any, tmp_path: Path) -> None:
    settings.REDIS_URL = "unix://:a-password-of-the-broker@/nowhere/valkey.sock"


def _store_is_no_folder(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("a-secret-of-the-store")


@pytest.mark.django_db
@pytest.mark.parametrize(("part", "breaks"), [("broker", _broker_is_away), ("objects", _store_is_no_folder)])
def test_the_part_that_fails_is_named_and_no_secret_is(
    part: str, breaks: Callable[[Any, Path], None], settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    breaks(settings, tmp_path)
    with caplog.at_level(logging.DEBUG):
        assert asked() == (503, {**dict.fromkeys(ALL, "ok"), part: "failed"})
    assert f"Not ready: {part}" in caplog.text
    assert "a-password" not in caplog.text and "a-secret" not in caplog.text and "/nowhere" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_database_that_lets_nobody_in_is_named_and_its_password_is_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setitem(connection.settings_dict, "PASSWORD", "a-wrong-password")
        connection.close()
        status, parts = asked()
    connection.close()
    assert (status, parts["database"], parts["broker"]) == (503, "failed", "ok")
    assert "a-wrong-password" not in caplog.text
    readiness.forget()
    assert asked()[0] == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["public", f"t_{ACME.id.hex}"])
def test_tables_that_are_older_than_the_code_are_not_ready_whosever_they_are(where: str) -> None:
    with superuser() as root:
        root.execute(f"DELETE FROM {where}.django_migrations WHERE app = 'recordings' AND name LIKE '0002%'")
    assert asked() == (503, {**dict.fromkeys(ALL, "ok"), "migrations": "failed"})


@pytest.mark.django_db
def test_asking_for_all_tenants_leaves_the_walls_as_they_stood(acme: Tenant) -> None:
    with within(acme), connection.cursor() as cursor:
        cursor.execute("SELECT public.are_migrated('{}'), current_setting('app.current_tenant_id')")
        assert cursor.fetchone() == (True, str(acme.id))
        cursor.execute("SELECT current_setting('app.current_tenant_id')")
        assert cursor.fetchone() == (str(acme.id),)


@pytest.mark.django_db
def test_whoever_asks_a_hundred_times_a_second_costs_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    monkeypatch.setattr(readiness, "PARTS", {"broker": lambda: looks.append("one")})
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    for _ in range(100):
        assert asked()[0] == 200
    assert looks == ["one"]
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0 + readiness.KEPT_SECONDS)
    asked()
    assert len(looks) == 2


@pytest.mark.django_db
def test_trying_the_store_leaves_nothing_in_it(tmp_path: Path) -> None:
    assert asked()[0] == 200
    left = [path for path in (tmp_path / "objects").rglob("*") if path.is_file() and path.name != ".lock"]
    assert left == []


@pytest.mark.django_db
def test_nothing_but_a_look_is_answered() -> None:
    for path in ("/healthz", "/readyz"):
        assert Client(SERVER_NAME=ACME.host).post(path).status_code == 405
