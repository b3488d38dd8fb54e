"""A spec is edited, judged, approved by its digest, exported and retired; and sessions of one path make one spec."""

from __future__ import annotations

import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.recordings.models import Recording
from apps.specs import grouping
from apps.specs.approving import approve, retire
from apps.specs.comparing import Change, compared
from apps.specs.editing import check, edit, newest_of
from apps.specs.errors import (
    DoesNotPass,
    IsRetired,
    NeedsAnotherPerson,
    NotADraft,
    NotApproved,
    NotWhatWasKept,
    OtherDigest,
    Overtaken,
    TooMany,
    Unchanged,
)
from apps.specs.evidence import added, events_of, grounds, left_out, unchecked
from apps.specs.exporting import Form, export
from apps.specs.generation import Outcome, generate
from apps.specs.models import Sighting, Spec, SpecVersion
from apps.specs.opening import opened
from apps.specs.signals import spec_failed, spec_ready
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from specward.language.findings import Rule
from tests.apps.recordings.conftest import as_json, events, packed, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]


@pytest.fixture
def spec(in_acme: Tenant, alice: User) -> Spec:
    return made_of("sign-in", alice)


def made_of(name: str, by: User) -> Spec:
    recording = upload(packed(name), by)
    assert generate(recording.id) is Outcome.SPECIFIED
    return Spec.objects.with_sealed().get(sightings__recording=recording)


def text_of(spec: Spec) -> str:
    return newest_of(spec).text.reveal()


def approved(spec: Spec, by: User) -> SpecVersion:
    version = newest_of(spec)
    approve(version, digest=version.digest, by=by)
    return newest_of(spec)


def said_otherwise(text: str) -> str:
    """Something else is asserted than the page said."""
    return text.rstrip() + '\n    expect_visible(role("heading", name="You have won"))\n'


def titled(text: str, title: str) -> str:
    first, rest = text.split("\n", 1)
    return f'spec("{title}"{first[first.index(", origin") :]}\n{rest}'


def test_what_was_generated_stands_on_the_recording_call_by_call(spec: Spec) -> None:
    one = opened(newest_of(spec))
    beside = one.notes["beside"]
    assert one.checked.ok and not added(one.spec, one.sheet, beside) and left_out(one.spec, one.sheet, beside) == ()
    actions = [ground.step for step in grounds(one.spec, one.sheet, beside) for ground in step if ground.is_action]
    assert actions == list(range(len(one.sheet.steps))) and len(actions) > 3
    read = events_of(one.notes)
    assert len(read) == len(actions)
    firsts = [one.first for one in read if one is not None]
    assert firsts == sorted(firsts) and len(firsts) > 2


@pytest.mark.parametrize("name", ["buy-by-courier", "delete-an-address", "sign-in-all-masked", "browse-and-go-back"])
def test_so_do_other_sessions(name: str, in_acme: Tenant, alice: User) -> None:
    one = opened(newest_of(made_of(name, alice)))
    assert one.checked.ok and left_out(one.spec, one.sheet, one.notes["beside"]) == ()


def test_what_a_person_would_check_in_any_case_is_missed_where_it_is_dropped_or_moved(spec: Spec, bob: User) -> None:
    def missed(text: str) -> tuple[str, ...]:
        edit(spec, text, by=bob, based_on=newest_of(spec).number)
        one = opened(newest_of(spec))
        return unchecked(one.spec, one.sheet, one.notes["beside"])

    lines = text_of(spec).splitlines()
    first = opened(newest_of(spec))
    kept = [call for _, call in first.notes["beside"]["kept"]]
    assert unchecked(first.spec, first.sheet, first.notes["beside"]) == () and len(kept) > 3
    of_the_last = f"    {kept[-1]}"
    at = len(lines) - 1 - lines[::-1].index(of_the_last)
    dropped = [*lines[:at], *lines[at + 1 :]]
    assert missed("\n".join(dropped)) == (kept[-1],)
    opens = next(number for number, line in enumerate(lines) if line.startswith("    goto("))
    assert missed("\n".join([*dropped[: opens + 1], of_the_last, *dropped[opens + 1 :]])) == (kept[-1],)
    assert missed(titled("\n".join(lines), "Cleo signs in again")) == ()


def test_an_edit_that_stays_with_the_recording_is_a_draft_that_its_writer_may_approve(spec: Spec, bob: User) -> None:
    before = newest_of(spec)
    version = edit(spec, titled(text_of(spec), "Cleo signs in"), by=bob, based_on=1)
    assert (version.number, version.based_on, version.state, version.ungrounded) == (2, 1, "draft", 0)
    assert (version.written_by_id, version.written_by_name) == (bob.id, bob.name)
    assert version.digest != before.digest and newest_of(spec).id == version.id
    assert approved(spec, bob).state == SpecVersion.State.APPROVED
    assert Spec.objects.with_sealed().get(id=spec.id).title.reveal() == "Cleo signs in"


def test_a_wrong_edit_is_refused_where_it_is_wrong_and_nothing_is_kept(spec: Spec, bob: User) -> None:
    lines = text_of(spec).splitlines()
    wrong = next(number for number, line in enumerate(lines) if line.startswith("    click("))
    lines[wrong] = "    clack(" + lines[wrong].removeprefix("    click(")
    with pytest.raises(DoesNotPass, match=f"line {wrong + 1}, column 5") as refused:
        edit(spec, "\n".join(lines), by=bob, based_on=1)
    (finding,) = refused.value.findings
    assert (finding.rule, finding.line, finding.column) == (Rule.NAME, wrong + 1, 5) and finding.hint
    assert "clack" not in str(refused.value) and SpecVersion.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["", "import os\n", 'spec("x", origin="https://evil.example")\n', "\ud800", "x" * 70_000]
)
def test_what_is_no_spec_is_no_version(text: str, spec: Spec, bob: User) -> None:
    with pytest.raises(DoesNotPass) as refused:
        edit(spec, text, by=bob, based_on=1)
    assert refused.value.findings and SpecVersion.objects.count() == 1


def test_lines_of_a_form_are_lines_of_a_spec(spec: Spec, bob: User) -> None:
    version = edit(spec, titled(text_of(spec), "By a form").replace("\n", "\r\n"), by=bob, based_on=1)
    assert "\r" not in version.text.reveal()


def test_an_edit_of_what_was_overtaken_or_that_changes_nothing_is_refused(spec: Spec, alice: User, bob: User) -> None:
    with pytest.raises(Unchanged):
        edit(spec, text_of(spec), by=bob, based_on=1)
    edit(spec, titled(text_of(spec), "Of Alice"), by=alice, based_on=1)
    with pytest.raises(Overtaken) as refused:
        edit(spec, titled(text_of(spec), "Of Bob"), by=bob, based_on=1)
    assert refused.value.newest == 2 and SpecVersion.objects.count() == 2


BEYOND: dict[str, tuple[Callable[[str], str], Rule]] = {
    "an element that was never seen": (said_otherwise, Rule.UNGROUNDED_LOCATOR),
    "another value": (
        lambda text: text.replace('"alice@acme.example"', '"mallory@globex.example"', 1),
        Rule.UNGROUNDED_VALUE,
    ),
    "an action done twice": (
        lambda text: (
            text.rstrip() + "\n" + next(one for one in text.splitlines() if one.startswith("    click(")) + "\n"
        ),
        Rule.UNGROUNDED_ACTION,
    ),
    "a page again": (lambda text: text.rstrip() + '\n    goto("/")\n', Rule.UNGROUNDED_ACTION),
}


@pytest.mark.parametrize("what", BEYOND)
def test_what_goes_beyond_the_recording_needs_another_person(what: str, spec: Spec, alice: User, bob: User) -> None:
    change, rule = BEYOND[what]
    text = change(text_of(spec))
    assert [finding.rule for finding in check(newest_of(spec), text).ungrounded] == [rule]
    version = edit(spec, text, by=alice, based_on=1)
    assert version.ungrounded == 1
    with pytest.raises(NeedsAnotherPerson):
        approve(version, digest=version.digest, by=alice)
    assert newest_of(spec).state == SpecVersion.State.DRAFT
    approve(version, digest=version.digest, by=bob)
    kept = newest_of(spec)
    assert (kept.state, kept.approved_by_id) == (SpecVersion.State.APPROVED, bob.id)
    entry = Entry.objects.filter(object_pk=str(version.id), narrative="A version was approved by its digest").get()
    assert entry.changes is not None and "approved_by_id" in entry.changes


def test_the_database_lets_nobody_approve_their_own_invention(spec: Spec, alice: User) -> None:
    version = edit(spec, said_otherwise(text_of(spec)), by=alice, based_on=1)
    with pytest.raises(IntegrityError, match="ungrounded_version_needs_another_person"):
        SpecVersion.objects.filter(id=version.id).update(
            state="approved", approved=timezone.now(), approved_by_id=alice.id
        )
    with pytest.raises(IntegrityError, match="version_is_approved_by_somebody"):
        SpecVersion.objects.filter(id=version.id).update(state="approved")
    for columns in ({"ungrounded": 0}, {"written_by_id": None}, {"based_on": 7}):
        with pytest.raises(IntegrityError, match="an edit is another version"):
            SpecVersion.objects.filter(id=version.id).update(**columns)


def test_the_digest_is_what_is_approved(spec: Spec, alice: User) -> None:
    version = newest_of(spec)
    with pytest.raises(OtherDigest):
        approve(version, digest="0" * 64, by=alice)
    approve(version, digest=version.digest.upper(), by=alice)
    with pytest.raises(NotADraft):
        approve(newest_of(spec), digest=version.digest, by=alice)


def test_a_text_that_is_not_the_one_that_was_kept_is_not_approved(spec: Spec, alice: User) -> None:
    version = newest_of(spec)
    version.text = titled(version.text.reveal(), "Another")
    version.save(update_fields=["text"])
    with pytest.raises(NotWhatWasKept):
        approve(newest_of(spec), digest=version.digest, by=alice)


def test_of_two_approved_versions_the_newer_one_counts(spec: Spec, alice: User, bob: User) -> None:
    approved(spec, alice)
    edit(spec, titled(text_of(spec), "Cleo signs in"), by=bob, based_on=1)
    approved(spec, alice)
    assert list(spec.versions.order_by("number").values_list("state", flat=True)) == ["retired", "approved"]
    with pytest.raises(IntegrityError, match="stays"):
        SpecVersion.objects.filter(number=2).update(approved_by_id=bob.id)


def test_a_retired_spec_is_left_alone_and_its_path_makes_another(spec: Spec, alice: User, in_acme: Tenant) -> None:
    approved(spec, alice)
    retire(spec, by=alice)
    assert spec.versions.get().state == SpecVersion.State.RETIRED
    for refused in (
        lambda: retire(spec, by=alice),
        lambda: edit(spec, titled(text_of(spec), "x"), by=alice, based_on=1),
        lambda: approved(spec, alice),
    ):
        with pytest.raises(IsRetired):
            refused()
    generate(upload(on_another_day("sign-in"), alice).id)
    assert Spec.objects.filter(retired__isnull=True).count() == 1 and Spec.objects.count() == 2


def on_another_day(name: str) -> bytes:
    """The same session on another day: other times, the same path."""
    later = events(name)
    for event in later:
        event["timestamp"] += 86_400_000
    return as_json(later)


def test_sessions_of_one_path_make_one_spec_that_says_how_many_it_covers(spec: Spec, alice: User) -> None:
    ready: list[object] = []
    listening = lambda sender, **told: ready.append(told)  # noqa: E731
    spec_ready.connect(listening)
    try:
        second = upload(on_another_day("sign-in"), alice)
        assert generate(second.id) is Outcome.SPECIFIED
        assert Spec.objects.count() == SpecVersion.objects.count() == 1 and ready == []
        other = made_of("subscribe", alice)
        assert len(ready) == 1
    finally:
        spec_ready.disconnect(listening)
    share = grouping.share_of(spec)
    assert (share.sessions, share.observed) == (2, 3) and round(share.percent) == 67
    assert grouping.share_of(other).sessions == 1
    with pytest.raises(IntegrityError, match="recording_id"):
        Sighting.objects.create(spec=other, recording=second)


def test_a_path_says_nothing_to_whoever_knows_the_site(spec: Spec, globex: Tenant, alice: User) -> None:
    trace_path = Spec.objects.get().path
    with within(globex):
        recording = upload(packed("sign-in"), alice)
        assert generate(recording.id) is Outcome.SPECIFIED
        assert len(trace_path) == 64 and Spec.objects.get().path != trace_path


def test_a_failure_is_told_with_its_reason(in_acme: Tenant, alice: User, store: Path) -> None:
    told: list[dict[str, object]] = []
    listening = lambda sender, signal, **given: told.append(given)  # noqa: E731
    spec_failed.connect(listening)
    try:
        blank = [event for event in events("sign-in") if event["type"] in (2, 4)][:2]
        blank[0]["data"]["href"] = "about:blank"
        recording = upload(as_json(blank), alice)
        assert generate(recording.id) is Outcome.FAILED
    finally:
        spec_failed.disconnect(listening)
    failed = Recording.objects.get(id=recording.id)
    assert told == [{"recording_id": recording.id, "reason": failed.reason}] and failed.reason


def test_only_what_is_approved_leaves_and_the_log_says_so(spec: Spec, alice: User) -> None:
    for form in Form:
        with pytest.raises(NotApproved):
            export([spec], form)
    version = approved(spec, alice)
    text = export([spec], Form.SPEC)
    assert text.content.decode() == version.text.reveal() and text.name.endswith(".spec")
    assert b"@playwright/test" in export([spec], Form.TYPESCRIPT).content
    assert b"playwright.sync_api" in export([spec], Form.PYTHON).content
    for form in (Form.TYPESCRIPT_PROJECT, Form.PYTHON_PROJECT):
        names = zipfile.ZipFile(io.BytesIO(export([spec], form).content)).namelist()
        assert "README.md" in names and all(not name.startswith(("/", "..")) for name in names)
    entries = Entry.objects.filter(action=Action.EXPORT, object_pk=str(version.id))
    assert sorted(entry.additional_data["form"] for entry in entries) == sorted(form.value for form in Form)


def test_several_specs_are_one_project_and_never_one_file(spec: Spec, alice: User) -> None:
    other = made_of("subscribe", alice)
    approved(spec, alice)
    with pytest.raises(NotApproved):
        export([spec, other], Form.TYPESCRIPT_PROJECT)
    approved(other, alice)
    zipped = zipfile.ZipFile(io.BytesIO(export([spec, other], Form.TYPESCRIPT_PROJECT).content))
    assert sum(name.startswith("tests/") for name in zipped.namelist()) == 2
    for specs, form in (([spec, other], Form.PYTHON), ([], Form.PYTHON_PROJECT)):
        with pytest.raises(TooMany):
            export(specs, form)


def test_a_comparison_shows_what_changed_and_little_else(spec: Spec) -> None:
    before = text_of(spec)
    lines = compared(before, titled(before, "Another"))
    assert [line.change for line in lines[:2]] == [Change.REMOVED, Change.ADDED] and lines[1].after == 1
    assert 0 < sum(line.change is Change.SAME for line in lines) <= 3
    assert compared(before, before) == ()
    last = compared(before, before + "    reload()\n")
    assert last[0].change is Change.GAP and last[-1].change is Change.ADDED


def test_a_recording_in_json_lines_is_the_same_session(spec: Spec, alice: User) -> None:
    lines = gzip.compress(b"\n".join(json.dumps(event).encode() for event in events("sign-in")))
    generate(upload(lines, alice).id)
    assert Spec.objects.count() == 1 and Sighting.objects.count() == 2


def test_two_long_texts_of_the_same_few_lines_are_compared_in_a_moment() -> None:
    """Whoever edits writes them, and whoever reads has them compared."""

    def text(every: int) -> str:
        return "".join(f"    {'go_back' if line % every else 'reload'}()\n" for line in range(1_000))

    began = time.process_time()
    assert compared(text(2), text(3))
    assert time.process_time() - began < 1
