"""Of all checks of the life of things: they hold where nothing is wrong, each is broken by a test, and none of them
repeats what it looked at."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import Token, User
from apps.audit.acting import Actor
from apps.audit.sequencing import sequence
from apps.compliance import running
from apps.compliance.checking import Outcome
from apps.compliance.controls_life import CONTROLS
from apps.compliance.models import Run
from apps.recordings import life
from apps.recordings.models import Recording
from apps.specs.editing import newest_of
from apps.specs.models import SpecVersion
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from apps.vault import configured
from apps.webhooks import endpoints
from apps.webhooks.models import EventType
from tests.apps.compliance.past_triggers import past_triggers
from tests.apps.specs.test_review import made_of, text_of, titled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
KEYS = tuple(dict.fromkeys(key for control in CONTROLS for key in control.checks))
CANARY = "Quetzal"
PAST = "now() - interval '400 days'"


@pytest.mark.parametrize("who", ["acme", "globex", "platform"])
def test_where_nothing_is_wrong_each_holds_or_says_why_it_does_not_apply(
    who: str, request: pytest.FixtureRequest
) -> None:
    tenant: Tenant = request.getfixturevalue(who)
    with within(tenant):
        sequence()
        for key in KEYS:
            seen = running.run(key, Run.By.PERSON)
            assert seen.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE), (key, seen.because, seen.evidence)
            assert seen.took_ms < 10_000, key


def test_each_of_them_is_broken_by_a_test() -> None:
    broken = {
        key
        for file in Path(__file__).parent.glob("test_*.py")
        for key in re.findall(r'\b(?:assert_only_)?fails\(\s*"([a-z_.]+)"', file.read_text("utf-8"))
    }
    assert set(KEYS) - broken == set()


def test_what_they_saw_repeats_nothing_of_what_they_looked_at(
    in_acme: Tenant, globex: Tenant, alice: User, bob: User, cora: User, mallory: User
) -> None:
    """Everything is wrong here, and everything has a word in it that must stay where it is."""
    spec = made_of("sign-in", alice)
    version = newest_of(spec)
    version.text = titled(text_of(spec), CANARY)
    version.save(update_fields=["text"])
    assert version.recording_id is not None
    life.hold(version.recording_id, Actor.user(cora), CANARY)
    recording = made_of("buy-by-courier", alice).sightings.get().recording
    Recording.objects.filter(id=recording.id).update(discard_after=timezone.now() - datetime.timedelta(days=9))
    configured.object_store().put(f"recordings/{CANARY}", [CANARY.encode()])
    configured.object_store().put(f"{CANARY}/1", [CANARY.encode()])
    made = tokens.make(bob, CANARY, ["a"], timezone.now() + datetime.timedelta(days=9), grantable=frozenset({"a"}))
    Token.objects.filter(id=made.token.id).update(created=timezone.now() - datetime.timedelta(days=800))
    endpoint = endpoints.make(f"https://hooks.acme.example/{CANARY}", [EventType.SPEC_READY], CANARY)
    endpoint.origin = f"http://{CANARY}.example"
    endpoint.save(update_fields=["origin"])
    past_triggers(in_acme, "accounts_user", f"UPDATE accounts_user SET name = '{CANARY}', window_until = now() + "
                  "interval '900 days' WHERE role = 'auditor'")  # fmt: skip
    past_triggers(in_acme, "audit_entry", f"UPDATE audit_entry SET narrative = '{CANARY}'")
    with within(globex):
        theirs = made_of("sign-in", mallory)
    failed = set()
    for key in KEYS:
        seen = running.run(key, Run.By.PERSON)
        assert seen.outcome != Outcome.ERROR, key
        if seen.outcome == Outcome.FAIL:
            failed.add(key)
        said = json.dumps(seen.evidence) + seen.because
        assert CANARY.lower() not in said.lower(), key
        for secret in (made.secret, globex.id.hex, str(globex.id), str(theirs.id), alice.email, "sign in"):
            assert secret.lower() not in said.lower(), (key, secret)
    seen_to_fail = {"specs.gate", "recordings.retention", "recordings.objects", "log.entries", "webhooks.https"}
    assert seen_to_fail | {"tokens.unused", "people.auditors"} <= failed
    assert SpecVersion.objects.count() == 2
