"""A secret shows its value to reveal() alone."""

from __future__ import annotations

import copy
import json
import logging
import pickle

import orjson
import pytest

from apps.vault.secret import HIDDEN, Secret, hidden
from tests.apps.vault.conftest import CANARY


def test_it_is_shown_by_nothing_but_reveal(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY)
    logging.getLogger("vault").warning("%s %r %s", secret, secret, [secret], extra={"it": secret})
    assert CANARY not in caplog.text and HIDDEN in caplog.text
    assert {repr(secret), str(secret), f"{secret}", f"{secret:>40}", repr({"a": secret})[6:-1]} == {HIDDEN}
    assert not hasattr(secret, "__dict__") and CANARY not in repr([getattr(secret, name) for name in Secret.__slots__])
    assert secret.reveal() == CANARY


@pytest.mark.parametrize("by", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, orjson.dumps, bytes, iter, len])
def test_what_would_write_it_out_is_refused(by) -> None:
    with pytest.raises(TypeError) as refused:
        by(Secret(CANARY))
    assert CANARY not in str(refused.value)


def test_it_is_compared_in_constant_time() -> None:
    assert Secret("a").matches("a") and Secret(b"a").matches(b"a") and Secret("é").matches("é")
    assert not Secret("a").matches("b")
    with pytest.raises(TypeError):
        Secret(1).matches("1")
    assert Secret("a") != Secret("a")


def test_a_secret_is_hidden_once() -> None:
    secret: Secret[bytes] = Secret(b"x")
    again: Secret[bytes] = hidden(secret)
    assert again is secret and hidden(b"x").reveal() == b"x"


def test_one_that_is_opened_later_is_opened_when_it_is_revealed() -> None:
    asked: list[int] = []

    def open_it() -> str:
        asked.append(1)
        return CANARY

    secret = Secret.opened_by(open_it)
    assert repr(secret) == HIDDEN and not asked
    assert secret.reveal() == CANARY and asked == [1]
