"""Entries as events of OCSF: valid by its schema, whatever stands in an entry, and nothing of an entry lost."""

from __future__ import annotations

import datetime
import functools
import json
import uuid
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from apps.audit import ocsf, ocsf_classes
from apps.audit.vocabulary import Action, ActorKind, Source

ACME = uuid.UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
ALICE = "11111111-1111-4111-8111-111111111111"
BOB = "22222222-2222-4222-8222-222222222222"
REQUEST = "33333333-3333-4333-8333-333333333333"

SCHEMA = get_ocsf_schema("1.8.0")


@functools.cache
def validator(class_uid: int) -> jsonschema.Draft202012Validator:
    embedded = OcsfJsonSchemaEmbedded(SCHEMA)
    return jsonschema.Draft202012Validator(embedded.get_class_schema(embedded.lookup_class_name_from_uid(class_uid)))


def entry(action: str, **members: Any) -> dict[str, Any]:
    """An entry by Alice, from her browser."""
    content = {
        "id": 71,
        "time": "2026-11-27T09:30:00.123456Z",
        "logged": "2026-11-27T09:30:00.900000Z",
        "action": action,
        "source": "application",
        "actor_kind": "user",
        "actor_id": ALICE,
        "actor_name": "Alice",
        "actor_email": "alice@acme.example",
        "database_role": "specward_app",
        "request_id": REQUEST,
        "remote_addr": "203.0.113.7",
        "transaction": 9001,
    }
    return {name: value for name, value in (content | members).items() if value is not None}


def event(content: dict[str, Any], index: int = 17) -> dict[str, Any]:
    """The event, held to OCSF's schema and to its words."""
    found = ocsf.event(content, index, ACME, "0.1.0")
    problems = [f"{e.json_path}: {e.message}" for e in validator(found["class_uid"]).iter_errors(found)]
    assert problems == []
    assert_words(found)
    return found


def assert_words(found: dict[str, Any]) -> None:
    """Each number comes with the caption that the schema gives it."""
    attributes = SCHEMA["classes"][OcsfJsonSchemaEmbedded(SCHEMA).lookup_class_name_from_uid(found["class_uid"])]
    attributes = attributes["attributes"]
    for number, word in (("category_uid", "category_name"), ("class_uid", "class_name"), ("type_uid", "type_name")):
        assert attributes[number]["enum"][str(found[number])]["caption"] == found[word]
    for number, word in (("severity_id", "severity"), ("status_id", "status"), ("activity_id", "activity_name")):
        if found[number] != 99:
            assert attributes[number]["enum"][str(found[number])]["caption"] == found[word]


def test_every_action_of_the_vocabulary_has_its_class() -> None:
    without = {action.label for action in Action} - ocsf_classes.MAPPED
    assert not without, "An action without its class in OCSF: give it one in apps/audit/ocsf_classes.py."


OBJECTS: list[dict[str, Any]] = [
    {},
    {"object_type": "recordings.recording", "object_pk": BOB, "object_repr": "Checkout"},
    {"object_type": "accounts.user", "object_pk": BOB, "object_repr": "Bob"},
    {"object_type": "webhooks.endpoint", "object_pk": BOB},
    {"object_type": "some_table"},
    {"object_repr": "a name alone"},
]
ACTORS: list[dict[str, Any]] = [
    {},
    {"actor_kind": "token", "actor_token": REQUEST, "actor_name": "Alice (CI)"},
    {"actor_kind": "staff", "actor_email": None},
    {"actor_kind": "system", "actor_id": None, "actor_email": None, "actor_name": "prune", "remote_addr": None},
    {"actor_kind": "system", "actor_id": None, "actor_email": None, "actor_name": None},
    {"actor_kind": "anonymous", "actor_id": None, "actor_email": None, "actor_name": None},
    {"actor_kind": "database", "actor_id": None, "actor_email": None, "actor_name": "postgres"},
    {"actor_kind": None},
    {"actor_email": "no address", "remote_addr": "2001:db8::1", "request_id": None},
]
BESIDE: list[dict[str, Any]] = [
    {},
    {"changes": {"password": [{"digest": "00"}, {"digest": "11"}]}},
    {"changes": {"role": ["engineer", "owner"], "is_active": [True, False]}},
    {"changes": {"is_active": [True, False]}},
    {"changes": {"is_active": [False, True]}},
    {"changes": {"name": ["Bob", "Bobby"]}},
    {"details": {"method": "GET", "route": "/api/v1/specs/{id}", "status": 404}},
    {"details": {"method": "BREW", "status": "teapot"}},
    {"details": {"change": "suspend", "stage": "done"}},
    {"prunes": [0, 9], "log_key": "acme.example/log/x+00000000+AAAA"},
]


@pytest.mark.parametrize("action", [*Action.labels, "pruning", "log key", "an action of tomorrow"])
def test_entries_of_every_action_are_valid_events(action: str) -> None:
    for about in OBJECTS:
        for actor in ACTORS:
            for beside in BESIDE:
                event(entry(action, **about, **actor, **beside))


def test_an_event_says_which_entry_it_is_of_which_log() -> None:
    metadata = event(entry("access"), index=17)["metadata"]

    assert metadata["uid"] == f"{ACME}:17"
    assert (metadata["sequence"], metadata["tenant_uid"], metadata["version"]) == (17, str(ACME), "1.8.0")
    assert metadata["product"] == {"name": "Specward", "vendor_name": "Specward", "version": "0.1.0"}
    assert metadata["original_event_uid"] == "71"


def test_times_are_milliseconds_and_the_microseconds_are_kept() -> None:
    found = event(entry("access"))

    moment = datetime.datetime(2026, 11, 27, 9, 30, 0, 123_000, tzinfo=datetime.UTC)
    assert found["time"] == round(moment.timestamp() * 1000)
    assert found["metadata"]["logged_time"] - found["time"] == 777
    assert found["metadata"]["original_time"] == "2026-11-27T09:30:00.123456Z"
    assert found["unmapped"]["logged"] == "2026-11-27T09:30:00.900000Z"


@pytest.mark.parametrize(
    ("action", "members", "expected"),
    [
        ("sign-in", {}, "Authentication: Logon Success"),
        ("sign-in failed", {}, "Authentication: Logon Failure"),
        ("sign-out", {}, "Authentication: Logoff Success"),
        ("create", {"object_type": "accounts.user", "object_pk": BOB}, "Account Change: Create Success"),
        ("delete", {"object_type": "accounts.user", "object_pk": BOB}, "Account Change: Delete Success"),
        ("update", OBJECTS[2] | BESIDE[1], "Account Change: Password Change Success"),
        ("update", OBJECTS[2] | BESIDE[2], "Group Management: Add User Success"),
        ("update", OBJECTS[2] | BESIDE[3], "Account Change: Disable Success"),
        ("update", OBJECTS[2] | BESIDE[4], "Account Change: Enable Success"),
        ("update", OBJECTS[2] | BESIDE[5], "Account Change: Other Success"),
        ("update", {"object_type": "webhooks.endpoint", "object_pk": BOB}, "Entity Management: Update Success"),
        ("create", {"object_type": "recordings.recording", "object_pk": BOB}, "API Activity: Create Success"),
        ("access", {"object_type": "specs.spec", "object_pk": BOB}, "API Activity: Read Success"),
        ("refusal", {"details": {"method": "DELETE", "status": 403}}, "API Activity: Delete Failure"),
        ("failure", {"details": {"method": "POST", "status": 500}}, "API Activity: Create Failure"),
        ("export", {}, "API Activity: Read Success"),
        ("check", {}, "API Activity: Other Success"),
        ("state change", {"details": {"change": "suspend"}}, "Entity Management: Suspend Success"),
        ("pruning", {"prunes": [0, 9]}, "API Activity: Delete Success"),
        ("log key", {"log_key": "k"}, "Entity Management: Create Success"),
        ("an action of tomorrow", {}, "API Activity: Other Success"),
    ],
)
def test_what_an_entry_is_in_the_words_of_ocsf(action: str, members: dict[str, Any], expected: str) -> None:
    found = event(entry(action, **members))
    assert f"{found['type_name']} {found['status']}" == expected


def test_a_write_past_the_application_is_more_severe_than_one_by_it() -> None:
    about = OBJECTS[1]
    assert event(entry("update", **about))["severity"] == "Informational"
    assert event(entry("update", **about, actor_kind="database", actor_id=None))["severity"] == "Medium"


def test_who_acted_is_a_person_a_token_of_theirs_a_task_or_a_role_of_the_database() -> None:
    alice = event(entry("access"))["actor"]["user"]
    token = event(entry("access", **ACTORS[1]))["actor"]["user"]
    assert (alice["uid"], alice["name"], alice["full_name"]) == (ALICE, "alice@acme.example", "Alice")
    assert "programmatic_credentials" not in alice
    assert token["programmatic_credentials"] == [{"uid": REQUEST, "type": "API token"}]
    assert event(entry("access", **ACTORS[3]))["actor"] == {"app_name": "prune"}
    assert event(entry("update", **ACTORS[6]))["actor"]["user"]["name"] == "specward_app"


# Text as canonical JSON can hold it: all but lone surrogates.
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "",
        "\0",
        "\n",
        "a@b.c\n",
        "<script>",
        "${jndi:ldap://x}",
        "' OR 1=1 --",
        "=1+1",
        "\u202e",
        "٣",
        "null",
        "127.0.0.1\n",
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
contents = st.fixed_dictionaries(
    {
        "time": st.datetimes(datetime.datetime(2026, 1, 1), datetime.datetime(2100, 1, 1)).map(  # noqa: DTZ001
            lambda at: at.isoformat(timespec="microseconds") + "Z"
        ),
        "action": st.sampled_from([*Action.labels, "pruning", "log key"]) | words,
    },
    optional={
        "id": st.integers(1, 2**62),
        "source": st.sampled_from(Source.values) | words,
        "narrative": words,
        "object_type": st.sampled_from(["accounts.user", "specs.spec", "webhooks.endpoint"]) | words,
        "object_pk": words,
        "object_repr": words,
        "changes": st.dictionaries(st.sampled_from(["role", "is_active", "password", "name"]) | words, values) | values,
        "details": st.dictionaries(st.sampled_from(["method", "status", "route", "change"]) | words, values) | values,
        "actor_kind": st.sampled_from(ActorKind.values) | values,
        "actor_id": words,
        "actor_name": words,
        "actor_email": st.emails() | words,
        "actor_token": words,
        "database_role": words,
        "request_id": words,
        "client_request_id": words,
        "remote_addr": st.ip_addresses().map(str) | words,
        "transaction": st.integers(0, 2**62),
        "prunes": st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)).map(list),
        "log_key": words,
        "a member of tomorrow": values,
    },
)


@settings(max_examples=1000, deadline=None)
@given(contents)
def test_whatever_stands_in_an_entry_its_event_is_valid_and_has_all_of_it(content: dict[str, Any]) -> None:
    found = event(content)

    assert json.loads(json.dumps(found)) == found
    kept = {json.dumps(value, sort_keys=True) for value in _all_values(found)}
    for name, value in content.items():
        if name == "id":
            value = str(value)
        if name == "remote_addr" and "remote_addr" not in found.get("unmapped", {}):
            value = found["src_endpoint"]["ip"]
        assert json.dumps(value, sort_keys=True) in kept, name


def _all_values(found: Any) -> Iterator[Any]:
    yield found
    if isinstance(found, dict):
        for value in found.values():
            yield from _all_values(value)
    elif isinstance(found, list):
        for value in found:
            yield from _all_values(value)


def test_an_entry_without_a_time_has_no_event() -> None:
    with pytest.raises(ValueError, match="without a time"):
        event(entry("access", time=None))
