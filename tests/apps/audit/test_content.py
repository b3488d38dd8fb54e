"""What of an entry is hashed never changes: the bytes of form 1, as they were when the first leaf was made."""

from __future__ import annotations

import hashlib

import pytest

from apps.audit.content import content
from apps.audit.vocabulary import Action
from specward.tlog import entry_hash

LOGGED = "2026-11-28T09:30:00.000001Z"
ROW = (
    7, "2026-11-28T09:29:59.999999Z", 812, int(Action.UPDATE), "database", "POST ships", "audit.ship", "1", "Elsa – 名",
    '{"bearing": [0, 1], "api_key": [{"digest": "00ff"}, null]}', None, "user", "a11ce000-0000-4000-8000-000000000001",
    "Alice", "alice@acme.example", None, "specward_app", "4e900000-0000-4000-8000-000000000001", "", "192.0.2.7", None,
)  # fmt: skip
WRITTEN = (
    '{"action":"update","actor_email":"alice@acme.example","actor_id":"a11ce000-0000-4000-8000-000000000001",'
    '"actor_kind":"user","actor_name":"Alice","changes":{"api_key":[{"digest":"00ff"},null],"bearing":[0,1]},'
    '"database_role":"specward_app","id":7,"logged":"2026-11-28T09:30:00.000001Z","narrative":"POST ships",'
    '"object_pk":"1","object_repr":"Elsa – 名","object_type":"audit.ship","remote_addr":"192.0.2.7",'
    '"request_id":"4e900000-0000-4000-8000-000000000001","source":"database","time":"2026-11-28T09:29:59.999999Z",'
    '"transaction":812}'
)
"""Form 1. If this has to change, it is another form, and leaves keep the one that they were made with."""


def test_the_bytes_of_form_1_are_what_they_were() -> None:
    assert content(ROW, LOGGED).decode() == WRITTEN
    assert entry_hash(bytes(16), content(ROW, LOGGED)).hex() == (
        hashlib.sha256(b"\0specward.entry.v1\n" + hashlib.sha256(bytes(16) + WRITTEN.encode()).digest()).hexdigest()
    )


def test_the_words_of_actions_are_what_they_were() -> None:
    """They are hashed: a word that changes would unmake every proof of an entry with it. New ones are added here."""
    known = {
        0: "create", 1: "update", 2: "delete", 3: "access", 4: "sign-in", 5: "sign-in failed", 6: "sign-out",
        7: "refusal", 8: "failure", 9: "export", 10: "check", 11: "state change", 12: "pruning", 13: "log key",
        14: "token use", 15: "operation",
    }  # fmt: skip
    assert {action.value: action.label for action in Action} == known


@pytest.mark.parametrize("column", range(len(ROW)))
def test_every_column_that_is_changed_changes_the_bytes(column: int) -> None:
    other = {3: int(Action.DELETE), 9: '{"bearing": [0, 2]}', 10: "{}"}.get(column, "another" if column else 8)
    if column == 1:
        other = "2026-11-28T09:29:59.999998Z"
    row = (*ROW[:column], other, *ROW[column + 1 :])
    assert content(row, LOGGED) != content(ROW, LOGGED)
