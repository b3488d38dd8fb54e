"""Recordings in the console: found, looked at, tried again, held, discarded, and a person's forgotten."""

from __future__ import annotations

import datetime
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acting import Actor
from apps.audit.models import Entry
from apps.console import lives
from apps.recordings import discarding, errors, life
from apps.recordings.models import Certificate, Recording, State, Why
from apps.recordings.naming import named
from apps.recordings.reasons import REASONS, reason_of
from apps.specs import generation, grouping
from apps.tenants.walls import behind
from specward.errors import SpecwardError
from tests.apps.console.recorded import a_recording, a_spec_of
from tests.apps.recordings.conftest import asked, packed, store, upload  # noqa: F401
from tests.apps.signing_in import walls_of
from tests.cast import ALICE

LIST = "/console/recordings/recording/"


@pytest.fixture
def in_acme_now(acme: object) -> Iterator[None]:
    with behind(walls_of(ALICE)):
        yield


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def names(page: str) -> list[str]:
    return re.findall(r'<a class="name"[^>]*>([^<]*)</a>', page)


# ---- the list -------------------------------------------------------------------------------------------------------


def test_a_recording_is_found_by_its_name_its_id_its_digest_and_its_uploader(in_acme_now: None, as_bob: Client) -> None:
    voucher = a_recording("Redeem a voucher.json", by="Alice")
    a_recording("Track an order.json", by="Bob")
    for words in ("voucher REDEEM", str(voucher.pk)[:13], voucher.digest[:20], "alice"):
        assert names(text(as_bob, f"{LIST}?q={words}")) == ["Redeem a voucher.json"], words
    assert "No recordings fit" in text(as_bob, f"{LIST}?q=nothing of the kind")


def test_only_the_newest_names_are_opened_for_a_search(in_acme_now: None) -> None:
    for number in range(3):
        a_recording(f"session {number}.json")
    assert len(named(Recording.objects.all(), "session", most=2)) == 2
    assert named(Recording.objects.all(), " ") == []


def test_the_list_is_filtered_by_state_by_what_becomes_of_it_and_by_days(in_acme_now: None, as_ada: Client) -> None:
    now = timezone.now()
    a_recording("held.json", held=now, held_why="Matter 7", discard_after=now - datetime.timedelta(days=1))
    a_recording(
        "overdue.json", State.FAILED, reason="recording-refused", discard_after=now - datetime.timedelta(days=1)
    )
    a_recording("soon.json", State.SPECIFIED, discard_after=now + datetime.timedelta(days=2))
    old = a_recording("old.json")
    Recording.objects.filter(pk=old.pk).update(created=now - datetime.timedelta(days=90))
    found = {query: names(text(as_ada, f"{LIST}?{query}")) for query in (
        "state__exact=failed", "kept=held", "kept=overdue", "kept=soon", "kept=nonsense",
        f"until={now - datetime.timedelta(days=60):%Y-%m-%d}",
    )}  # fmt: skip
    assert [sorted(one) for one in found.values()] == [
        ["overdue.json"], ["held.json"], ["overdue.json"], ["soon.json"],
        ["held.json", "old.json", "overdue.json", "soon.json"], ["old.json"],
    ]  # fmt: skip


def test_an_export_holds_the_names_and_leaves_an_entry(in_acme_now: None, as_cora: Client) -> None:
    a_recording("=cmd.json")
    (line,) = b"".join(as_cora.get(f"{LIST}export.jsonl?state__exact=received")).decode().splitlines()
    assert (json.loads(line)["name"], json.loads(line)["state"]) == ("=cmd.json", "received")
    assert '"\'=cmd.json"' in b"".join(as_cora.get(f"{LIST}export.csv")).decode()
    assert [e.narrative for e in Entry.objects.filter(action=Entry.Action.EXPORT).order_by("id")] == [
        "Exports recordings as JSONL", "Exports recordings as CSV",
    ]  # fmt: skip


def test_an_empty_list_says_what_to_do_next(in_acme_now: None, as_bob: Client, as_ada: Client) -> None:
    assert f'href="{LIST}upload/"' in text(as_bob, LIST)
    for_ada = text(as_ada, LIST)
    assert "No recordings yet" in for_ada and f'href="{LIST}upload/"' not in for_ada


# ---- discarding many ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_bulk_discard_asks_once_more_and_leaves_what_is_held(
    in_acme_now: None, store: Path, asked: list[str], bob: User, as_bob: Client  # noqa: F811
) -> None:  # fmt: skip
    goes = upload(packed("sign-in"), bob, name="goes.json.gz")
    stays = upload(packed("subscribe"), bob, name="stays.json.gz")
    life.hold(stays.pk, by=_somebody(bob), why="Matter 7")
    chosen = {"action": "discard_chosen", "index": "0", "_selected_action": [str(goes.pk), str(stays.pk)]}
    asking = as_bob.post(LIST, chosen)
    page = asking.content.decode()
    assert "Discard 2 recordings?" in page and "1 of them is under a legal hold" in page
    assert Recording.objects.get(pk=goes.pk).state == State.RECEIVED
    done = as_bob.post(LIST, {**chosen, "sure": "yes"}, follow=True).content.decode()
    assert "1 recording: discarded" in done and "is under a legal hold, and is not discarded." in done
    assert Recording.objects.get(pk=goes.pk).state == State.DISCARDED
    assert Recording.objects.get(pk=stays.pk).state == State.RECEIVED
    page = text(as_bob, f"{LIST}{goes.pk}/")
    certificate = Certificate.objects.get(recording_id=goes.pk)
    assert str(certificate.pk) in page and certificate.digest in page and "goes.json.gz" not in page


def test_ada_who_may_only_look_has_no_bulk_discard(in_acme_now: None, as_ada: Client) -> None:
    made = a_recording("session.json")
    assert "discard_chosen" not in text(as_ada, LIST)
    as_ada.post(LIST, {"action": "discard_chosen", "index": "0", "_selected_action": [str(made.pk)], "sure": "yes"})
    assert Recording.objects.get(pk=made.pk).state == State.RECEIVED


# ---- one of them ----------------------------------------------------------------------------------------------------


def _somebody(user: User) -> Actor:
    return Actor.user(user)


def test_a_failure_is_told_in_words_with_what_to_do_and_can_be_tried_again(
    in_acme_now: None, asked: list[str], as_bob: Client, as_ada: Client  # noqa: F811
) -> None:  # fmt: skip
    made = a_recording("session.json", State.FAILED, reason="generation.worker_lost")
    page = text(as_bob, f"{LIST}{made.pk}/")
    assert REASONS["generation.worker_lost"].what in page and "generation.worker_lost" in page
    assert f'action="{LIST}{made.pk}/again/"' in page
    assert "/again/" not in text(as_ada, f"{LIST}{made.pk}/")
    assert as_ada.post(f"{LIST}{made.pk}/again/").status_code == 403
    assert "Another try is asked for." in as_bob.post(f"{LIST}{made.pk}/again/", follow=True).content.decode()
    assert Recording.objects.get(pk=made.pk).state == State.RECEIVED
    again = as_bob.post(f"{LIST}{made.pk}/again/", follow=True).content.decode()
    assert "cannot become received: it is received" in again


def test_a_hold_needs_a_reason_shows_who_placed_it_and_wins_over_the_discard(
    in_acme_now: None, as_cora: Client, as_bob: Client
) -> None:
    made = a_recording("session.json")
    assert "This field is required" in as_cora.post(f"{LIST}{made.pk}/hold/", {"why": "  "}).content.decode()
    as_cora.post(f"{LIST}{made.pk}/hold/", {"why": "Matter 7"})
    page = text(as_bob, f"{LIST}{made.pk}/")
    assert "Matter 7" in page and "Cora" in page and "/discard/" not in page and "/lift/" not in page
    refused = as_bob.post(f"{LIST}{made.pk}/discard/", follow=True).content.decode()
    assert "is under a legal hold, and is not discarded." in refused
    assert as_bob.post(f"{LIST}{made.pk}/lift/").status_code == 403
    as_cora.post(f"{LIST}{made.pk}/lift/")
    assert Recording.objects.get(pk=made.pk).held is None
    twice = as_cora.post(f"{LIST}{made.pk}/lift/", follow=True).content.decode()
    assert "cannot become free of a hold" in twice


def test_the_state_that_a_page_follows_tells_steps_and_nothing_of_the_recording(
    in_acme_now: None, as_bob: Client
) -> None:
    made = a_recording("Alice buys a ring.json", State.GENERATING, step="writing")
    told = as_bob.get(f"{LIST}{made.pk}/state/").json()
    assert told["working"] and told["steps"]["made"] == {
        "stands": "running", "words": "under way", "note": "Writing the spec",
    }  # fmt: skip
    assert "Alice" not in json.dumps(told)
    page = text(as_bob, f"{LIST}{made.pk}/")
    assert f'data-follow="{LIST}{made.pk}/state/"' in page
    assert "data-follow=" not in text(as_bob, f"{LIST}{a_recording('x', State.SPECIFIED).pk}/")


def test_who_may_read_specs_is_told_of_the_draft_that_was_made(
    in_acme_now: None, as_bob: Client, as_ada: Client
) -> None:
    made = a_recording("session.json", State.SPECIFIED)
    a_spec_of(made)
    assert "version 1, draft" in text(as_bob, f"{LIST}{made.pk}/")
    assert "version 1" not in text(as_ada, f"{LIST}{made.pk}/")


def test_a_session_on_a_path_that_has_its_spec_leads_there(in_acme_now: None, as_bob: Client, as_ada: Client) -> None:
    version = a_spec_of(a_recording("first.json", State.SPECIFIED))
    made = a_recording("second.json", State.SPECIFIED)
    grouping.count_in(version.spec, made.pk)
    page = text(as_bob, f"{LIST}{made.pk}/")
    assert "a path that has" in page and f'href="/console/specs/spec/{version.spec_id}/"' in page
    assert str(version.spec_id) not in text(as_ada, f"{LIST}{made.pk}/")


@pytest.mark.parametrize(
    ("state", "columns", "expected"),
    [
        (State.ARRIVING, {}, ("running", "waiting", "waiting", "waiting")),
        (State.RECEIVED, {}, ("done", "waiting", "waiting", "waiting")),
        (State.GENERATING, {}, ("done", "running", "waiting", "waiting")),
        (State.FAILED, {"reason": "x"}, ("done", "failed", "waiting", "waiting")),
        (State.SPECIFIED, {}, ("done", "done", "done", "waiting")),
    ],
)
def test_a_life_is_drawn_as_far_as_it_is(
    in_acme_now: None, state: State, columns: dict[str, Any], expected: tuple[str, ...]
) -> None:
    made = a_recording("session.json", state, **columns)
    assert tuple(step.stands for step in lives.steps_of(made)) == expected


def test_a_recording_that_was_discarded_without_a_spec_leaves_those_steps_out(in_acme_now: None) -> None:
    made = a_recording("session.json")
    life.condemn(made.pk, Why.ASKED)
    made.refresh_from_db()
    assert tuple(step.stands for step in lives.steps_of(made)) == ("done", "skipped", "skipped", "running")


def test_a_recording_whose_name_does_not_open_is_shown_by_its_id(
    in_acme_now: None, as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.vault import fields
    from apps.vault.errors import KeyDisabled

    made = a_recording("session.json")

    def disabled(*_: object) -> None:
        raise KeyDisabled

    monkeypatch.setattr(fields, "open_for", disabled)
    assert names(text(as_bob, LIST)) == [f"Recording {str(made.pk)[:8]}"]


# ---- a person -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_cora_forgets_a_person_after_she_was_shown_what_goes_and_what_is_held(
    in_acme_now: None, store: Path, asked: list[str], bob: User, as_cora: Client  # noqa: F811
) -> None:  # fmt: skip
    goes = upload(packed("sign-in"), bob, end_user="customer-7")
    held = upload(packed("subscribe"), bob, end_user="customer-7")
    other = upload(packed("leave-a-note"), bob, end_user="customer-8")
    life.hold(held.pk, by=_somebody(bob), why="Matter 7")
    asking = as_cora.post(f"{LIST}forget/", {"end_user": "customer-7"}).content.decode()
    assert "1 recording will be discarded" in asking and "1 under a legal hold, and will stay" in asking
    assert str(other.pk) not in asking
    assert Recording.objects.get(pk=goes.pk).state == State.RECEIVED
    done = as_cora.post(f"{LIST}forget/", {"end_user": "customer-7", "sure": "yes"}).content.decode()
    assert "1 recording discarded" in done and "1 under a legal hold, and kept" in done
    assert {one.pk: one.state for one in Recording.objects.all()} == {
        goes.pk: State.DISCARDED, held.pk: State.RECEIVED, other.pk: State.RECEIVED,
    }  # fmt: skip
    assert "Nothing is kept under this id" in as_cora.post(f"{LIST}forget/", {"end_user": "nobody"}).content.decode()
    assert not Entry.objects.filter(narrative__contains="customer-7").exists()


def test_what_would_be_forgotten_is_what_is_forgotten(in_acme_now: None, store: Path) -> None:  # noqa: F811
    from apps.recordings import end_users

    for number, state in enumerate((State.RECEIVED, State.FAILED, State.SPECIFIED, State.ARRIVING)):
        columns: dict[str, Any] = {"reason": "x"} if state is State.FAILED else {}
        made = a_recording(f"{number}.json", state, **columns)
        Recording.objects.filter(pk=made.pk).update(end_user=end_users.digest("customer-7"))
    would = discarding.would_forget("customer-7")
    assert len(would.discarded) == 3
    assert discarding.forget("customer-7") == would


# ---- the words ------------------------------------------------------------------------------------------------------


def _subclasses(of: type[Any]) -> Iterator[type[Any]]:
    for one in of.__subclasses__():
        yield one
        yield from _subclasses(one)


def test_every_code_with_which_a_generation_can_fail_has_its_words() -> None:
    import specward.language
    import specward.recording
    import specward.writing

    for package in (specward.recording, specward.language, specward.writing):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            __import__(module.name)
    walked = ("specward.recording.", "specward.language.", "specward.writing.", "specward.errors")
    # What a model does wrong fails no recording: the baseline writes, and the version says why.
    models = "specward.writing.models."
    found = [
        one
        for one in _subclasses(SpecwardError)
        if one.__module__.startswith(walked) and not one.__module__.startswith(models)
    ]
    library = {str(vars(one).get("code", SpecwardError.code)) for one in found}
    ours = {generation.GATE_REFUSED, generation.UNEXPECTED, life.WORKER_LOST, errors.Altered.code}
    assert library | ours <= set(REASONS)
    assert {"vault.does_not_open", "vault.key_disabled", "vault.no_such_object"} <= set(REASONS)
    for code, reason in REASONS.items():
        assert reason.what.endswith(".") and reason.next.endswith("."), code
    assert reason_of("something.new").again
