"""Mallory reads the logs, and finds no password, token, cookie, link or word of a customer's in them."""

from __future__ import annotations

import json
import logging
import secrets
import subprocess
import sys
import time
import uuid
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import RequestFactory
from django.urls import resolve

from apps.accounts import links, token_format
from apps.accounts.errors import AccountsError
from apps.audit.acting import ANONYMOUS, Acting, acting_as
from apps.tenants.walls import Walls, behind, schema_of
from apps.watching.lines import Line, logging_to_one_place
from apps.watching.redaction import LONGEST, redacted
from config.environment import SettingRefused
from tests.cast import ACME

LINK = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5kL7nP9r"  # as new_secret() draws them
TOKEN = "swd_" + ACME.id.hex + "_" + "Zz9" * 16 + "a"
PEM = "PRIVATE " + "KEY"  # put together here, so that nobody takes it for one
SECRET = "tr0ub4dor-and-3"


def line(message: str, *arguments: Any, error: BaseException | None = None, name: str = "apps.any", **more: Any) -> Any:
    """A line as it is written, read again."""
    exc_info = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, exc_info)
    record.__dict__.update(more)
    written = Line().format(record)
    assert "\n" not in written and "\r" not in written
    return json.loads(written)


@pytest.mark.parametrize(
    "said",
    [
        "password=<it>",
        "Password: <it>",
        "{'password': '<it>', 'name': 'Alice'}",
        '{"new_password":"<it>"}',
        "DB_PASSWORD=<it>; host=db",
        "api-key: <it>",
        "API_KEY=>'<it>'",
        "Authorization: Bearer <it>",
        "authorization='Basic <it>'",
        "bearer <it>",
        "Cookie: a=b; __Host-session=<it>",
        "{'Set-Cookie': '__Host-session=<it>; Secure'}",
        "csrfmiddlewaretoken=<it>&email=a",
        "https://acme.localhost/join/<it>/",
        "/reset/<it>/",
        "GET /RESET/<it> HTTP/1.1",
        "postgresql://specward_app:<it>@db.example/specward",
        "redis://:<it>@broker:6379/0",
        "GET /console/?q=<it>",
        "https://shop.example/cart?voucher=<it>&x=1 was refused",
        "whsec_<it>",
        f"-----BEGIN {PEM}-----\n<it>\n-----END {PEM}-----",
        f"-----BEGIN EC {PEM}-----\n<it> and it is cut off",
        "session_id = '<it>'",
        "SPECWARD_TOKEN_PEPPERS is 1:<it>",
        '{"password": "with \\" a quote, <it>", "name": "Alice"}',
        '{"body": "{\\"password\\": \\"<it>\\"}"}',
    ],
)
def test_what_is_secret_by_its_place_is_gone_wherever_it_stands_in_a_line(said: str) -> None:
    whole = said.replace("<it>", SECRET)
    for written in (
        line(whole),
        line("%s", whole),
        line("It failed: %s and %s.", "x", whole),
        line("%r", {"k": whole}),
    ):
        assert SECRET not in json.dumps(written), written


@pytest.mark.parametrize(
    "secret",
    [LINK, TOKEN, links.new_secret(), secrets.token_urlsafe(48)],
    ids=["a link that is known", "a token that is known", "a new link", "something drawn at random"],
)
def test_what_is_secret_by_its_looks_is_gone_without_a_place(secret: str) -> None:
    for said in (secret, f"What is {secret}?", f"['{secret}']", f"a\n{secret}\nb"):
        assert secret not in json.dumps(line(said)), said


def test_a_real_token_is_gone() -> None:
    token = token_format.write(ACME.id, secrets.token_bytes(32)) if hasattr(token_format, "write") else TOKEN
    assert str(token) not in json.dumps(line("%s", token))


def test_what_is_no_secret_stays() -> None:
    digest, id = "5f" * 32, uuid.uuid4()
    said = f"Recording {id} ({digest}) at /console/audit/: 3 of 4 in apps.recordings.receiving, took_12_ms."
    assert line(said)["message"] == said


def test_a_long_text_is_cut_and_a_hostile_one_takes_no_time() -> None:
    assert len(redacted("word " * 100_000)) <= LONGEST + 1
    for hostile in ("a" * 200_000, "password" * 30_000, "://" * 90_000, "/join" * 60_000, "-----BEGIN KEY" * 20_000):
        assert len(redacted(hostile)) <= LONGEST + 1


def test_nobody_begins_a_line_of_their_own() -> None:
    forged = 'x\n{"time":"2026-01-01","level":"INFO","message":"Alice signs in"}'
    assert line("%s", forged)["message"] == forged  # one line still: line() looks


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except type(error) as found:
        return found


def test_an_exception_of_somebody_elses_is_told_without_its_words() -> None:
    quoting = raised(IntegrityError(f"DETAIL: Key (title)=({SECRET}) already exists."))
    written = line("Internal Server Error", error=quoting)
    assert SECRET not in json.dumps(written)
    assert written["exception"][0] == "django.db.utils.IntegrityError"
    assert __file__ in written["exception"][1], "and where it came from is told"


def test_a_chain_of_exceptions_is_told_without_any_of_their_words() -> None:
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as first:
            raise RuntimeError(f"again {SECRET}") from first
    except RuntimeError as error:
        written = line("%s: %s", "It failed", error, error=error)
    assert SECRET not in json.dumps(written)
    assert [one for one in written["exception"] if not one.startswith("  ")] == [
        "builtins.RuntimeError",
        "builtins.ValueError",
    ]


def test_our_own_refusals_keep_their_words_and_not_a_link_in_them() -> None:
    class Refused(AccountsError):
        code = "refused"

    Refused.__module__ = "apps.accounts.errors"
    written = line("Refused", error=raised(Refused(f"Use https://acme.localhost/join/{LINK}/ again.")))
    assert written["exception"][0].endswith("/join/…/ again.")
    assert "SPECWARD_X is not set" in line("x", error=raised(SettingRefused("SPECWARD_X is not set.")))["exception"][0]


def test_a_task_that_failed_is_told_without_the_words_of_its_exception() -> None:
    error = raised(ValueError(SECRET))
    about = {"name": "apps.specs.tasks.generate_spec", "id": "4711", "exc": repr(error), "traceback": f"... {SECRET}"}
    written = line("Task %(name)s[%(id)s] raised unexpected: %(exc)s\n%(traceback)s", about, error=error)
    assert SECRET not in json.dumps(written)
    assert "generate_spec[4711]" in written["message"] and "builtins.ValueError" in written["message"]


def test_the_path_of_a_request_is_told_by_its_route() -> None:
    request = RequestFactory().get(f"/join/{SECRET}/")
    request.resolver_match = resolve(f"/join/{SECRET}/")
    more: dict[str, Any] = {"request": request, "name": "django.request"}
    assert line("%s: %s", "Internal Server Error", request.path, **more)["message"] == "Internal Server Error: join"
    nowhere = RequestFactory().get(f"/{SECRET}")
    told = line("%s: %s", "Not Found", nowhere.path, request=nowhere, name="django.request")["message"]
    assert told == "Not Found: (no such address)"


def test_a_line_says_in_which_request_and_for_which_tenant() -> None:
    request_id = uuid.uuid4()
    with acting_as(Acting(ANONYMOUS, request_id)), behind(Walls(schema_of(ACME.id), ACME.id)):
        written = line("Something happened")
    assert (written["request_id"], written["tenant_id"]) == (str(request_id), str(ACME.id))
    assert written["level"] == "ERROR" and written["logger"] == "apps.any" and written["time"].endswith("+00:00")
    outside = line("Something happened")
    assert "request_id" not in outside and "tenant_id" not in outside
    assert ACME.name not in json.dumps(written)


def test_arguments_that_do_not_fit_lose_no_line() -> None:
    assert line("%d of %d", "x")["message"] == "%d of %d"


def test_every_logger_writes_to_the_one_place() -> None:
    code = (
        "import logging, logging.config\n"
        "from apps.watching.lines import logging_to_one_place\n"
        "logging.config.dictConfig(logging_to_one_place('INFO'))\n"
        "for name in ('gunicorn.error', 'celery.app.trace', 'django.request', 'any'):\n"
        f"    logging.getLogger(name).warning('password={SECRET}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = [json.loads(one) for one in done.stderr.splitlines()]
    assert [one["logger"] for one in lines] == ["gunicorn.error", "celery.app.trace", "django.request", "any"]
    assert all(one["message"] == "password=…" for one in lines) and done.stdout == ""
    assert logging_to_one_place("DEBUG")["root"]["level"] == "DEBUG"


@pytest.mark.parametrize(
    "said",
    ["a-", "token", "token ", "/", "a://", "password", "cookie: ", "bearer ", 'pass"', "-----BEGIN ", "x://y", "://"],
)
@pytest.mark.parametrize("between", ["", " " * 15_000])
def test_no_text_takes_more_than_a_moment_however_it_is_made(said: str, between: str) -> None:
    """The web server logs what it refuses, and whoever is refused has written it: 8 KB of a header's name."""
    whole = said + between + said * (16_000 // len(said))
    began = time.process_time()
    redacted(whole)
    assert time.process_time() - began < 1
