"""The page of exports: asked for with the log's filters, followed, downloaded; by those who may."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.exports import asking, making
from apps.audit.exports.models import Export, Format, State
from apps.audit.models import Entry
from apps.audit.sequencing import sequence
from apps.audit.tasks import make_export
from apps.audit.vocabulary import Action
from apps.tenants.walls import behind
from specward.tlog import verify
from tests.apps.audit.exports.making import the_key
from tests.apps.console.exported import an_export
from tests.apps.recordings.conftest import store  # noqa: F401
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, CORA, MALLORY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "queued")]
PAGE = "/console/audit/exports/"


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(make_export, "delay", found.append)
    return found


def signed() -> None:
    with behind(walls_of(CORA)):
        sequence()
        sequence()


def made(id: str) -> Export:
    with behind(walls_of(CORA)):
        assert making.make(uuid.UUID(id)) is making.Outcome.READY
        return Export.objects.get(id=id)


def test_cora_asks_with_the_filters_of_the_log_and_downloads_what_is_verified(
    as_cora: Client, queued: list[str]
) -> None:
    signed()
    page = as_cora.get("/console/audit/?action=0&since=2026-11-01").content.decode()
    assert f'href="{PAGE}?action=0&amp;since=2026-11-01"' in page
    form = as_cora.get(f"{PAGE}?action=0&since=2026-11-01").content.decode()
    assert 'value="2026-11-01"' in form and '<option value="0" selected>' in form
    asked = as_cora.post(PAGE, {"format": "bundle", "action": "0", "since": "2026-11-01"}, follow=True)
    assert "The export is being made" in asked.content.decode()
    (id,) = queued
    state = as_cora.get(f"{PAGE}state/").json()["exports"]
    assert state[id]["words"] == "Waits for a worker"
    export = made(id)
    assert as_cora.get(f"{PAGE}state/").json() == {"exports": {}}
    assert export.wanted == {"since": "2026-11-01T00:00:00+00:00", "action": "create"}
    answer = as_cora.get(f"{PAGE}{id}/file/")
    content = b"".join(answer)
    with behind(walls_of(CORA)):
        assert verify(content, the_key()).findings == []
        assert Entry.objects.get(action=Action.ACCESS, object_pk=id).additional_data["bytes"] == len(content)
    assert export.digest in as_cora.get(PAGE).content.decode()


def test_a_browser_goes_on_with_what_it_has(as_cora: Client, queued: list[str]) -> None:
    signed()
    as_cora.post(PAGE, {"format": "jsonl"})
    export = made(queued[0])
    part = as_cora.get(f"{PAGE}{export.id}/file/", headers={"Range": "bytes=100-", "If-Range": export.etag})
    assert part.status_code == 206 and len(b"".join(part)) == export.bytes - 100
    refused = as_cora.get(f"{PAGE}{export.id}/file/", headers={"Range": f"bytes={export.bytes}-"})
    assert (refused.status_code, refused["Content-Range"]) == (416, f"bytes */{export.bytes}")


def test_what_cannot_be_asked_is_said_on_the_page(as_cora: Client) -> None:
    wrong = as_cora.post(PAGE, {"format": "csv", "object_pk": "7"}).content.decode()
    assert "An object is found by its kind and its key together." in wrong
    assert "has no signed checkpoint yet" in as_cora.post(PAGE, {"format": "bundle"}).content.decode()
    for _ in range(asking.MOST):
        as_cora.post(PAGE, {"format": "csv"})
    assert "are under way already" in as_cora.post(PAGE, {"format": "csv"}).content.decode()
    with behind(walls_of(CORA)):
        assert Export.objects.count() == asking.MOST


def test_a_file_that_is_not_there_leads_back_with_a_word(as_cora: Client, cora: User) -> None:
    with behind(walls_of(CORA)):
        gone = an_export(State.EXPIRED)
    answer = as_cora.get(f"{PAGE}{gone.id}/file/", follow=True)
    assert answer.redirect_chain[0][0] == PAGE and "The export has no file: it is expired." in answer.content.decode()


def test_a_failed_one_says_why_and_the_way_out(as_cora: Client, cora: User) -> None:
    with behind(walls_of(CORA)):
        an_export(State.FAILED, Format.BUNDLE, reason="export.too_scattered")
    page = as_cora.get(PAGE).content.decode()
    assert "Take a bundle of the whole log." in page and "export.too_scattered" in page


def test_bob_may_not_and_mallory_finds_nothing(as_bob: Client, as_mallory: Client, cora: User, mallory: User) -> None:
    with behind(walls_of(ALICE)):
        export = an_export()
    for path in (PAGE, f"{PAGE}state/", f"{PAGE}{export.id}/file/"):
        assert as_bob.get(path).status_code == 403
    assert as_bob.post(PAGE, {"format": "csv"}).status_code == 403
    assert as_mallory.get(f"{PAGE}{export.id}/file/").status_code == 404
    assert str(export.id) not in as_mallory.get(PAGE).content.decode()
    with behind(walls_of(MALLORY)):
        assert not Export.objects.exists()


def test_a_hostile_filter_is_words_on_the_page(as_cora: Client, cora: User) -> None:
    with behind(walls_of(CORA)):
        an_export(wanted={"object_type": "<script>alert(1)</script>", "object_pk": "\u202egnp.exe"})
    page = as_cora.get(PAGE).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" in page and "\\u202e" in page


def test_our_staff_exports_the_platforms_own_log(as_sam: Client) -> None:
    assert as_sam.get("/platform/audit/exports/").status_code == 200
