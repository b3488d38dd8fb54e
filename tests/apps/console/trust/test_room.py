"""The document room: who asks, who decides, what leaves, and all that somebody might try instead."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts import links
from apps.accounts.models import Mail, User
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.compliance.documents import asking, handing, keeping
from apps.compliance.documents.handing import Why
from apps.compliance.documents.models import Document, DocumentCopy, DocumentRequest
from apps.tenants.models import Tenant
from apps.tenants.walls import behind
from apps.vault import configured
from tests.apps.compliance.documents.papers import WORDS, dangerous, paper, words_of
from tests.apps.console.trust.visitors import ASK, TITLE, Visitor, a_document, approved, page_of, post_all, the_request
from tests.apps.signing_in import walls_of
from tests.cast import SAM

State = DocumentRequest.State


@pytest.fixture(autouse=True)
def _objects(settings: Any, tmp_path: Path) -> Any:
    settings.OBJECT_FOLDER = str(tmp_path / "objects")
    configured.forget()
    yield
    configured.forget()


@pytest.fixture
def dora() -> Visitor:
    return Visitor()


@pytest.fixture
def document(sam: User) -> Document:
    return a_document(sam)


# ---- the way of a document ------------------------------------------------------------------------------------------


def test_dora_asks_confirms_is_approved_and_downloads_a_copy_of_her_own(
    dora: Visitor, document: Document, as_sam: Client
) -> None:
    link = approved(dora, document, as_sam)
    told = dora.client.get(link).content.decode()
    assert TITLE in told and "3 of 3" in told
    got = dora.client.post(link)
    assert got.status_code == 200 and got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Cache-Control"] == "no-store"
    with behind(walls_of(SAM)):
        copy = DocumentCopy.objects.get()
    assert got.headers["Content-Disposition"] == f'attachment; filename="specward-{copy.serial.lower()}.pdf"'
    for words in words_of(got.content):
        assert all(one in words for one in (WORDS, "Dora Döring", "dora@initech.example", "Initech", copy.serial))
    assert (str(copy.address), the_request().used) == ("203.0.113.7", 1)


def test_each_download_is_an_entry_of_the_platforms_log_with_its_serial(
    dora: Visitor, document: Document, as_sam: Client
) -> None:
    link = approved(dora, document, as_sam)
    dora.client.post(link)
    dora.client.post(link)
    with behind(walls_of(SAM)):
        found = Entry.objects.filter(action=Action.EXPORT, object_type="compliance.documentcopy")
        serials = {one.object_repr for one in found}
        assert serials == set(DocumentCopy.objects.values_list("serial", flat=True)) and len(serials) == 2
        assert {str(one.additional_data["document"]) for one in found} == {str(document.pk)}


def test_a_visitors_name_and_address_do_not_stand_in_the_log(dora: Visitor, document: Document, as_sam: Client) -> None:
    dora.client.post(approved(dora, document, as_sam))
    with behind(walls_of(SAM)):
        whole = " ".join(f"{one.object_repr} {one.changes} {one.additional_data}" for one in Entry.objects.all())
        assert "documents.invalid" in whole  # what the mail's row says instead
    for one in ("Dora", "Döring", "Initech", "dora@initech.example"):
        assert one not in whole


def test_staff_sees_a_request_only_once_its_address_is_confirmed(
    dora: Visitor, document: Document, as_sam: Client
) -> None:
    dora.asks(document)
    listed = "/platform/compliance/documentrequest/"
    assert "Dora" not in as_sam.get(listed).content.decode()
    assert as_sam.get(page_of(the_request())).status_code == 404
    dora.client.post(dora.link())
    assert "Dora" in as_sam.get(listed).content.decode()


def test_sam_refuses_with_a_reason_that_is_mailed(dora: Visitor, document: Document, as_sam: Client) -> None:
    dora.asks(document)
    dora.client.post(dora.link())
    page = page_of(the_request())
    assert as_sam.post(page, {"do": "refuse", "reason": " "}).status_code == 200
    as_sam.post(page, {"do": "refuse", "reason": "It is for customers under an NDA."})
    post_all()
    assert "It is for customers under an NDA." in str(mail.outbox[-1].body)
    assert the_request().state == State.REFUSED
    as_sam.post(page, {"do": "approve", "days": 1, "copies": 1})
    assert the_request().state == State.REFUSED


def test_a_link_that_expired_was_revoked_or_is_used_up_says_so_plainly(
    dora: Visitor, document: Document, as_sam: Client
) -> None:
    link = approved(dora, document, as_sam, copies=1)
    assert dora.client.post(link).status_code == 200
    _gone(dora, link, Why.USED_UP)
    with behind(walls_of(SAM)):
        DocumentRequest.objects.update(used=0)
    _hours_pass(14 * 24)
    _gone(dora, link, Why.EXPIRED)
    _hours_pass(-14 * 24)
    as_sam.post(page_of(the_request()), {"do": "revoke", "reason": "Went to the press."})
    _gone(dora, link, Why.REVOKED)
    assert "press" not in dora.client.get(link).content.decode()


def test_a_document_that_is_withdrawn_is_gone_with_its_file_and_all_links_to_it(
    dora: Visitor, document: Document, as_sam: Client
) -> None:
    link = approved(dora, document, as_sam)
    assert as_sam.post(f"/platform/compliance/document/{document.pk}/", {"do": "withdraw"}).status_code == 302
    _gone(dora, link, Why.WITHDRAWN)
    with behind(walls_of(SAM)):
        assert list(configured.object_store().names("documents/")) == []
        assert asking.offered() == []


def test_another_link_takes_the_place_of_the_one_before(dora: Visitor, document: Document, as_sam: Client) -> None:
    first = approved(dora, document, as_sam)
    as_sam.post(page_of(the_request()), {"do": "again"})
    second = dora.link()
    assert first != second
    assert dora.client.get(first).status_code == 404
    assert dora.client.get(second).status_code == 200


def test_what_reads_mails_before_dora_does_confirms_nothing_and_uses_no_copy(
    dora: Visitor, document: Document, as_sam: Client
) -> None:
    dora.asks(document)
    link = dora.link()
    for _ in range(3):
        assert dora.client.get(link).status_code == 200
    assert the_request().state == State.ASKED
    dora.client.post(link)
    as_sam.post(page_of(the_request()), {"do": "approve", "days": 1, "copies": 1})
    link = dora.link()
    for _ in range(3):
        assert dora.client.get(link).status_code == 200
    assert the_request().used == 0


def _gone(dora: Visitor, link: str, why: Why) -> None:
    for answer in (dora.client.get(link), dora.client.post(link)):
        assert answer.status_code == 410
        assert why.value in answer.content.decode()


def _hours_pass(hours: int) -> None:
    with behind(walls_of(SAM)):
        request = the_request()
        assert request.expires is not None
        DocumentRequest.objects.update(expires=request.expires - datetime.timedelta(hours=hours))


# ---- what somebody might try ----------------------------------------------------------------------------------------


def test_a_flood_from_one_network_is_stopped(dora: Visitor, document: Document) -> None:
    for number in range(asking.OF_A_NETWORK):
        assert dora.asks(document, email=f"p{number}@initech.example").status_code == 200
    refused = dora.asks(document, email="one.more@initech.example")
    assert refused.status_code == 429 and "within an hour" in refused.content.decode()
    post_all()
    assert len(mail.outbox) == asking.OF_A_NETWORK
    assert Visitor(address="198.51.100.9").asks(document).status_code == 200


def test_nobodys_mailbox_is_filled_by_others_and_who_asks_is_not_told(document: Document) -> None:
    answers = set()
    for number in range(asking.OF_AN_ADDRESS + 2):
        answer = Visitor(address=f"198.51.100.{number}").asks(document)
        assert answer.status_code == 200
        answers.add(answer.content)
    post_all()
    assert len(mail.outbox) == asking.OF_AN_ADDRESS
    assert len(answers) == 1


def test_a_flood_from_everywhere_fills_no_table(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "OF_ALL", 4)
    statuses = [
        Visitor(address=f"198.51.100.{number}", email=f"p{number}@initech.example").asks(document).status_code
        for number in range(7)
    ]
    assert statuses == [200] * 4 + [429] * 3


def test_what_nobody_confirmed_is_deleted_after_a_week(dora: Visitor, document: Document) -> None:
    dora.asks(document)
    with behind(walls_of(SAM)):
        DocumentRequest.objects.update(asked=timezone.now() - asking.KEPT_FOR - datetime.timedelta(minutes=1))
    Visitor(email="another@initech.example").asks(document)
    with behind(walls_of(SAM)):
        assert [one.email for one in DocumentRequest.objects.all()] == ["another@initech.example"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "dora@initech.example\r\nBcc: all@acme.example"},
        {"email": "dora@initech.example\nSubject: Buy"},
        {"email": "dora@initech.example, mallory@globex.example"},
        {"email": "Dora <dora@initech.example>"},
        {"email": "not an address"},
        {"name": "Dora\r\nBcc: all@acme.example"},
        {"name": "Dora\u202e"},
        {"name": "x" * 101},
        {"company": "Initech\nX-Header: 1"},
        {"name": ""},
        {"wanted": "00000000-0000-0000-0000-000000000000"},
        {"wanted": "../../etc/passwd"},
    ],
    ids=str,
)
def test_what_is_no_name_or_no_address_is_refused(dora: Visitor, document: Document, wrong: dict[str, str]) -> None:
    answer = dora.asks(document, **wrong)
    assert answer.status_code == 200 and 'role="alert"' in answer.content.decode()
    with behind(walls_of(SAM)):
        assert not DocumentRequest.objects.exists() and not Mail.objects.filter(kind__startswith="document").exists()


def test_the_first_mail_says_nothing_that_a_stranger_typed(document: Document) -> None:
    """Or anybody could have us send their words to anybody."""
    mallory = Visitor(name="Win a prize at evil.example", company="https://evil.example", email="victim@acme.example")
    mallory.asks(document)
    post_all()
    [sent] = mail.outbox
    assert sent.to == ["victim@acme.example"] and "evil" not in f"{sent.subject} {sent.body} {sent.extra_headers}"


def test_html_in_a_name_is_words(document: Document, as_sam: Client) -> None:
    mallory = Visitor(name="<script>alert(1)</script>", company='"><img src=x onerror=alert(1)>')
    approved(mallory, document, as_sam)
    for page in ("/platform/compliance/documentrequest/", page_of(the_request())):
        shown = as_sam.get(page).content.decode()
        assert "<script>alert" not in shown and "<img src=x" not in shown
        assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize("place", ["/trust/confirm/{}/", "/trust/documents/{}/"])
def test_guessing_a_secret_leads_nowhere_whatever_it_looks_like(dora: Visitor, document: Document, place: str) -> None:
    dora.asks(document)
    dora.link()
    digest = the_request().confirm_digest
    answers = set()
    for guess in (links.new_secret(), "a", "A" * 43, "%00", "é" * 43, digest, "..", "' OR 1=1 --"):
        for answer in (dora.client.get(place.format(guess)), dora.client.post(place.format(guess))):
            assert answer.status_code == 404, guess
            answers.add(re.sub(rb"csrf.*", b"", answer.content))
    assert the_request().state == State.ASKED


def test_a_link_for_one_step_is_none_for_the_other(dora: Visitor, document: Document, as_sam: Client) -> None:
    dora.asks(document)
    confirm = dora.link()
    secret = confirm.split("/")[-2]
    assert dora.client.post(f"/trust/documents/{secret}/").status_code == 404
    assert dora.client.post(confirm).status_code == 200
    assert dora.client.post(confirm).status_code == 404, "it is good once"


def test_secrets_are_in_the_mail_and_nowhere_else(dora: Visitor, document: Document, as_sam: Client) -> None:
    secret = approved(dora, document, as_sam).split("/")[-2]
    found = the_request()
    assert found.link_digest == links.digest(secret)
    with behind(walls_of(SAM)):
        rows = [*DocumentRequest.objects.values(), *Mail.objects.values(), *Entry.objects.values()]
    assert secret not in repr(rows)


def test_another_visitors_link_gives_that_ones_name_and_not_ones_own(document: Document, as_sam: Client) -> None:
    """Who passes a link on passes their own name on."""
    dora = Visitor()
    link = approved(dora, document, as_sam)
    [words] = words_of(Visitor(address="198.51.100.9").client.post(link).content)
    assert "Dora Döring" in words


def test_of_many_at_once_no_more_get_a_copy_than_were_approved(
    dora: Visitor, document: Document, as_sam: Client
) -> None:
    secret = approved(dora, document, as_sam, copies=2).split("/")[-2]
    with behind(walls_of(SAM)):
        seen = handing.behind_link(secret)
        # What the others saw before one of them was first: the row decides, and not what was read of it.
        handing.behind_link, kept = (lambda secret: seen), handing.behind_link
        try:
            got = [handing.claim(secret, None) for _ in range(4)]
        finally:
            handing.behind_link = kept
        assert [isinstance(one, DocumentCopy) for one in got] == [True, True, False, False]
        assert DocumentCopy.objects.count() == 2
        with pytest.raises(IntegrityError), transaction.atomic():
            DocumentRequest.objects.update(used=3)


def test_no_approval_without_an_end_and_no_refusal_without_a_reason_in_the_database(
    dora: Visitor, document: Document
) -> None:
    dora.asks(document)
    with behind(walls_of(SAM)):
        for wrong in ({"state": State.APPROVED}, {"state": State.REVOKED}):
            with pytest.raises(IntegrityError), transaction.atomic():
                DocumentRequest.objects.update(**wrong)


def test_customers_have_no_room(
    dora: Visitor, document: Document, at_acme: Client, as_alice: Client, acme: Tenant
) -> None:
    for client in (at_acme, as_alice):
        for path in (ASK, "/trust/", "/trust.json", "/trust/specward-procurement-pack.pdf", "/trust/docs/05-security/"):
            assert client.get(path).status_code == 404, path
        assert client.get("/console/compliance/document/").status_code == 404


# ---- the file -------------------------------------------------------------------------------------------------------


def _announced(sam: User) -> Document:
    with behind(walls_of(SAM)):
        return keeping.announce("Report", Document.Kind.SOC2, "", sam)


def _sent(client: Client, document: Document, content: bytes, kind: str = "application/pdf"):
    return client.generic("POST", f"/platform/compliance/document/{document.pk}/file/", content, kind)


def test_a_file_is_sealed_and_nowhere_in_plain(sam: User, as_sam: Client, settings: Any) -> None:
    document = _announced(sam)
    content = paper()
    answer = _sent(as_sam, document, content)
    assert answer.status_code == 200, answer.json()
    with behind(walls_of(SAM)):
        document.refresh_from_db()
        assert (document.pages, document.size) == (1, len(content))
        with configured.object_store().opened(document.stored) as stream:
            assert b"".join(stream.chunks()) == content
    files = [one for one in Path(settings.OBJECT_FOLDER).rglob("*") if one.is_file()]
    assert files and all(WORDS.encode() not in one.read_bytes() for one in files)
    assert _sent(as_sam, document, content).status_code == 409, "a document has one file"
    assert len([one for one in Path(settings.OBJECT_FOLDER).rglob("*") if one.is_file()]) == len(files)


@pytest.mark.parametrize(
    "case", ["runs a script when it is opened", "holds a file", "starts a program", "is encrypted"]
)
def test_a_dangerous_file_is_refused_and_nothing_of_it_is_kept(
    sam: User, as_sam: Client, settings: Any, case: str
) -> None:
    document = _announced(sam)
    answer = _sent(as_sam, document, dangerous()[case][0])
    assert answer.status_code == 422 and "The document is not taken." in answer.json()["words"]
    assert not [one for one in Path(settings.OBJECT_FOLDER).rglob("*") if one.is_file()]
    with behind(walls_of(SAM)):
        document.refresh_from_db()
        assert document.stored == "" and asking.offered() == []


def test_a_file_in_a_form_or_too_large_or_of_another_kind_is_not_read(sam: User, as_sam: Client) -> None:
    document = _announced(sam)
    assert _sent(as_sam, document, paper(), "application/octet-stream").status_code == 415
    assert _sent(as_sam, document, b"%PDF-" + bytes(20 * 1024 * 1024)).status_code == 413


def test_who_does_not_keep_the_room_finds_nothing_of_it(
    document: Document, at_platform: Client, as_alice: Client
) -> None:
    for client, prefix in ((at_platform, "/platform"), (as_alice, "/platform"), (as_alice, "/console")):
        for path in ("", "new/", f"{document.pk}/", f"{document.pk}/history/"):
            assert client.get(f"{prefix}/compliance/document/{path}").status_code == 404
