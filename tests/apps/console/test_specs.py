"""The pages about specs: who may do what, what a form may say, and whose words are shown."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.console.highlighting import highlighted
from apps.console.spec_source import excerpts
from apps.recordings.models import State
from apps.specs.editing import edit
from apps.specs.models import Spec, SpecVersion
from apps.tenants.walls import behind
from specward.language.gate import check
from tests.apps.console.recorded import a_recording, a_spec_of
from tests.apps.signing_in import signed_in, walls_of
from tests.cast import ALICE, BOB, CORA

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version(alice: User) -> SpecVersion:
    with behind(walls_of(ALICE)):
        return a_spec_of(a_recording("session.json", State.SPECIFIED), "Buys a lamp")


def address(version: SpecVersion, page: str = "") -> str:
    return f"/console/specs/spec/{version.spec_id}/{page}"


def kept(version: SpecVersion) -> SpecVersion:
    with behind(walls_of(ALICE)):
        return SpecVersion.objects.get(id=version.id)


def approved(client: Client, version: SpecVersion, digest: str) -> str:
    page = client.post(address(version, f"approve/{version.id}/"), {"digest": digest}, follow=True)
    assert page.status_code == 200
    return page.content.decode()


def test_bob_approves_what_he_read_and_nothing_else(version: SpecVersion, bob: User) -> None:
    client = signed_in(BOB)
    assert "is not that of this version" in approved(client, version, "0" * 64)
    assert "is not that of this version" in approved(client, version, "")
    assert kept(version).state == SpecVersion.State.DRAFT
    assert "Version 1 is approved" in approved(client, version, version.digest)
    assert (kept(version).state, kept(version).approved_by_id) == (SpecVersion.State.APPROVED, bob.id)
    assert "only a draft can be approved" in approved(client, version, version.digest)


def test_a_version_of_another_spec_is_not_there(version: SpecVersion) -> None:
    with behind(walls_of(ALICE)):
        other = a_spec_of(a_recording("other.json", State.SPECIFIED), "Buys a cup")
    answer = signed_in(BOB).post(address(other, f"approve/{version.id}/"), {"digest": version.digest})
    assert answer.status_code == 404 and kept(version).state == SpecVersion.State.DRAFT


@pytest.mark.parametrize("page", ["edit/", "retire/", "approve/{version}/"])
def test_cora_who_may_read_changes_nothing(page: str, version: SpecVersion) -> None:
    client = signed_in(CORA)
    answer = client.post(address(version, page.format(version=version.id)), {"digest": version.digest, "text": "x"})
    assert answer.status_code == 403
    assert client.get(address(version, "export/spec/")).status_code == 403
    shown = client.get(address(version)).content.decode()
    assert "Approve" not in shown and "Retire" not in shown and ">Edit<" not in shown


def test_a_draft_is_not_handed_out(version: SpecVersion) -> None:
    client = signed_in(ALICE)
    page = client.get(address(version, "export/playwright-ts/"), follow=True)
    assert "nothing else leaves" in page.content.decode()
    approved(client, version, version.digest)
    file = client.get(address(version, "export/playwright-ts/"))
    assert file.headers["Content-Disposition"].startswith('attachment; filename="buys-a-lamp')
    assert client.get(address(version, "export/a-form-that-is-none/")).status_code == 404
    page = client.post("/console/specs/spec/", {"action": "export_python", "_selected_action": str(version.spec_id)})
    assert page.headers["Content-Type"] == "application/zip"


def test_reading_a_spec_is_an_entry_of_the_log(version: SpecVersion) -> None:
    client = signed_in(CORA)
    for page in ("", "changes/"):
        client.get(address(version, page))
    with behind(walls_of(ALICE)):
        read = Entry.objects.filter(action=Action.ACCESS, object_pk=str(version.id), actor_name="Cora")
        assert {entry.narrative for entry in read} == {"Read on the console", "Compared on the console"}


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "9" * 30, "1 OR 1=1"])
def test_a_version_that_is_not_there_is_404(number: str, version: SpecVersion) -> None:
    client = signed_in(ALICE)
    assert client.get(address(version), {"version": number}).status_code == 404
    assert client.get(address(version, "changes/"), {"to": number}).status_code == 404


@pytest.mark.parametrize("based_on", ["", "x", "-1", "9" * 30, "7"])
def test_a_form_that_was_tampered_with_saves_nothing_by_mistake(based_on: str, version: SpecVersion) -> None:
    with behind(walls_of(ALICE)):
        text = SpecVersion.objects.get(id=version.id).text.reveal()
    new = text.replace("Buys a lamp", "Buys a chair")
    answer = signed_in(ALICE).post(address(version, "edit/"), {"text": new, "based_on": based_on, "do": "save"})
    with behind(walls_of(ALICE)):
        count = SpecVersion.objects.filter(spec=version.spec_id).count()
    saved = based_on in ("", "x", "-1", "9" * 30)  # as if it had not been said: the newest is meant
    assert (answer.status_code, count) == ((302, 2) if saved else (200, 1))


def test_a_text_that_was_altered_past_us_is_told_and_not_shown_as_a_spec(version: SpecVersion) -> None:
    with behind(walls_of(ALICE)):
        loaded = SpecVersion.objects.with_sealed().get(id=version.id)
        loaded.text = loaded.text.reveal().replace("lamp", "bomb")
        loaded.save(update_fields=["text"])
    page = signed_in(ALICE).get(address(version)).content.decode()
    assert "not the one that was kept" in page and "bomb" not in page and "Approve" not in page


def test_what_an_edit_leaves_out_is_told_to_whoever_reads_it(version: SpecVersion) -> None:
    client = signed_in(ALICE)
    assert "Not done, although it was recorded" not in client.get(address(version)).content.decode()
    text = 'spec("Looks", origin="https://shop.example")\n\nwith step("Look"):\n    reload()\n'
    client.post(address(version, "edit/"), {"text": text, "do": "save"})
    page = client.get(address(version)).content.decode()
    assert "Not done, although it was recorded" in page and "Opened the page" in page
    assert "Not checked any more" not in page  # what is not done need not be checked


@pytest.mark.parametrize(
    ("writer", "fallback", "told"),
    [
        ("baseline", "", ""),
        ("refined", "", "By a model: refined"),
        ("authored", "model.timed_out", "Written without a model, since the model took too long."),
    ],
)
def test_who_wrote_it_or_why_no_model_did_is_told_at_the_top(
    writer: str, fallback: str, told: str, alice: User
) -> None:
    with behind(walls_of(ALICE)):
        version = a_spec_of(a_recording("session.json", State.SPECIFIED), writer=writer, fallback=fallback)
    lead = signed_in(ALICE).get(address(version)).content.decode().partition('class="lead"')[2].partition("</p>")[0]
    assert told in lead and bool(told) == ("model" in lead)


def test_what_a_person_would_check_and_is_not_checked_is_told(alice: User) -> None:
    with behind(walls_of(ALICE)):
        kept = [[0, 'expect_url("/checkout")'], [1, 'expect_title("Never done")']]
        version = a_spec_of(a_recording("session.json", State.SPECIFIED), kept=kept)
    page = signed_in(ALICE).get(address(version)).content.decode()
    assert "Not checked any more" in page and "/checkout" in page and "Never done" not in page


def test_titles_are_searched_although_they_are_sealed(version: SpecVersion) -> None:
    client = signed_in(ALICE)
    assert "Buys a lamp" in client.get("/console/specs/spec/?q=LAMP+buys").content.decode()
    assert "No specs fit" in client.get("/console/specs/spec/?q=chair").content.decode()
    with behind(walls_of(ALICE)):
        assert Spec.objects.filter(title__isnull=False).count() >= 1


@given(st.text(st.characters(exclude_characters="\n"), max_size=80))
def test_the_words_of_a_line_are_the_line(line: str) -> None:
    assert "".join(word.text for word in highlighted(line)) == line


@given(st.text(max_size=300))
def test_whatever_is_typed_is_shown_around_what_was_found(text: str) -> None:
    findings = check(text).findings
    shown = [line for block in excerpts(text, findings) for line in block]
    last = len(text.splitlines() or [""])
    assert {one.line for one in findings if one.line <= last} <= {line.number for line in shown}


def test_what_changed_is_all_that_nobody_has_approved_yet(version: SpecVersion, alice: User, bob: User) -> None:
    """Alice leaves something out, mends the title in another version, and has Bob look at that one."""
    with behind(walls_of(ALICE)):
        text = version.text.reveal()
        second = edit(version.spec, text.replace('"Look"', '"Glance"'), by=alice, based_on=1)
        edit(version.spec, second.text.reveal().replace("a lamp", "the lamp"), by=alice, based_on=2)
    page = signed_in(BOB).get(address(version, "changes/"), {"to": "3"}).content.decode()
    assert "From version 1 to version 3" in page and "Glance" in page
    approved(signed_in(BOB), second, second.digest)
    page = signed_in(BOB).get(address(version, "changes/"), {"to": "3"}).content.decode()
    assert "From version 2 to version 3" in page
