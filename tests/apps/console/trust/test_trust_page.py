"""The trust page: what everybody may know, of the platform alone, the same for whoever asks and however many."""

from __future__ import annotations

import datetime
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.compliance import handbook, running, trust
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import failed, passed
from apps.compliance.kept import Kept
from apps.compliance.promises import PROMISES, THREATS
from apps.compliance.standing import Standing
from apps.console.trust import seen as made
from apps.tenants.models import Tenant
from apps.tenants.walls import behind
from tests.apps.compliance import pdf_a
from tests.apps.compliance.checks_of_ours import a_catalogue, in_place
from tests.apps.compliance.test_running import seen
from tests.apps.console.test_pages import POLICY, Inline
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, SAM, Person

ALL = ("/trust/", "/trust.json", "/trust/specward-procurement-pack.pdf")
SECRET = "The bucket of customer 4711 is open."


@pytest.fixture(autouse=True)
def _fresh():
    made.kept.forget()
    yield
    made.kept.forget()


@pytest.fixture
def ours():
    with in_place(a_catalogue(12)) as found:
        yield found


def run(person: Person) -> None:
    with behind(walls_of(person)):
        running.run_due()


def breaks(person: Person, ours: Catalogue, key: str) -> None:
    """A check of this person's tenant fails, and of no other."""
    with behind(walls_of(person)):
        seen(ours, key).result = failed(SECRET, bucket="customer-4711")
        running.run(key)
        seen(ours, key).result = passed()


def bodies(client: Client) -> dict[str, bytes]:
    made.kept.forget()
    return {path: client.get(path).content for path in ALL}


def test_it_says_how_each_promise_stands_and_when_it_was_looked_at(
    at_platform: Client, platform: Tenant, ours: Catalogue
) -> None:
    assert "nothing was checked yet" in at_platform.get("/trust/").content.decode()
    run(SAM)
    told = json.loads(bodies(at_platform)["/trust.json"])
    assert (told["standing"], told["checked"] is not None) == ("kept", True)
    assert [one["key"] for one in told["promises"]] == [one.key for one in PROMISES]
    assert [one["key"] for one in told["threats"]] == [one.key for one in THREATS]
    assert "Every promise is kept" in at_platform.get("/trust/").content.decode()


def test_a_check_of_the_platform_that_fails_shows_there_without_its_evidence(
    at_platform: Client, platform: Tenant, ours: Catalogue
) -> None:
    run(SAM)
    breaks(SAM, ours, "test.1")
    found = bodies(at_platform)
    assert "A promise is broken" in found["/trust/"].decode()
    assert json.loads(found["/trust.json"])["promises"][1]["standing"] == "broken"
    assert "Broken" in pdf_a.text_of(found["/trust/specward-procurement-pack.pdf"])
    for body in found.values():
        assert b"4711" not in body and b"bucket" not in body


def test_a_failing_check_in_acme_changes_no_byte_of_it(
    at_platform: Client, acme: Tenant, platform: Tenant, ours: Catalogue
) -> None:
    run(SAM)
    run(ALICE)
    before = bodies(at_platform)
    breaks(ALICE, ours, "test.0")
    with behind(walls_of(ALICE)):
        assert trust.look().standing is Standing.BROKEN, "it did break"
    assert bodies(at_platform) == before


def test_a_monitor_that_stopped_is_not_shown_as_green(at_platform: Client, platform: Tenant, ours: Catalogue) -> None:
    from apps.compliance.models import CheckState

    run(SAM)
    with behind(walls_of(SAM)):
        for state in CheckState.objects.all():
            month = datetime.timedelta(days=30)
            assert state.last_at is not None
            CheckState.objects.filter(pk=state.pk).update(last_at=state.last_at - month, due=state.due - month)
    assert "Not everything has been looked at lately" in bodies(at_platform)["/trust/"].decode()


@pytest.mark.parametrize("path", [*ALL, "/trust/docs/05-security/"])
def test_it_can_be_kept_by_what_is_between_sets_no_cookie_and_is_the_same_for_everybody(
    at_platform: Client, as_sam: Client, platform: Tenant, ours: Catalogue, path: str
) -> None:
    first = at_platform.get(path)
    assert first.status_code == 200
    assert first.headers["Cache-Control"].startswith("public, max-age=")
    assert not first.cookies and "Set-Cookie" not in first.headers
    assert "cookie" not in first.headers.get("Vary", "").lower()
    known = at_platform.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.content, known.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert at_platform.get(path, headers={"If-None-Match": '"another"'}).status_code == 200
    assert at_platform.head(path).status_code == 200
    assert as_sam.get(path).content == first.content
    for method in ("post", "put", "delete"):
        assert getattr(at_platform, method)(path).status_code == 405


def test_it_carries_the_whole_policy_and_nothing_that_runs(
    at_platform: Client, platform: Tenant, ours: Catalogue
) -> None:
    for path in ("/trust/", "/trust/docs/03-architecture/", "/trust/documents/"):
        answer = at_platform.get(path)
        assert set(answer.headers["Content-Security-Policy"].split("; ")) == POLICY
        parser = Inline()
        parser.feed(answer.content.decode())
        assert parser.found == [] and "<script" not in answer.content.decode()


def test_however_many_ask_it_looks_once_and_with_few_queries(
    at_platform: Client, platform: Tenant, ours: Catalogue
) -> None:
    with CaptureQueriesContext(connection) as asked:
        at_platform.get("/trust/")
    assert len([one for one in asked if "SELECT" in one["sql"] and "route_to" not in one["sql"]]) <= 8
    with CaptureQueriesContext(connection) as asked:
        for path in ALL * 5:
            at_platform.get(path)
    assert [one["sql"] for one in asked if "compliance_" in one["sql"]] == []


def test_a_crowd_has_it_made_once_and_nobody_waits_for_a_newer_one() -> None:
    looked: list[int] = []

    def make(before: int | None) -> int:
        looked.append(1)
        return (before or 0) + 1

    kept = Kept(make)
    with ThreadPoolExecutor(16) as crowd:
        assert set(crowd.map(lambda _: kept.now(), range(200))) == {1}
    assert len(looked) == 1
    kept._held = (0.0, 1)  # long ago
    with kept._lock:  # somebody is looking
        assert kept.now() == 1
    assert kept.now() == 2


def test_a_look_that_failed_locks_nobody_out() -> None:
    answers: list[Any] = [OSError("no"), 7]

    def make(_: int | None) -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    kept = Kept(make)
    with pytest.raises(OSError, match="no"):
        kept.now()
    assert kept.now() == 7


def test_the_pack_is_pdf_a_says_the_same_and_its_digest_stands_on_the_page(
    at_platform: Client, platform: Tenant, ours: Catalogue
) -> None:
    run(SAM)
    found = bodies(at_platform)
    pack = found["/trust/specward-procurement-pack.pdf"]
    assert pdf_a.faults(pack) == []
    digest = hashlib.sha256(pack).hexdigest()
    assert digest in found["/trust/"].decode() and json.loads(found["/trust.json"])["pack_sha256"] == digest
    words = pdf_a.text_of(pack)
    told = json.loads(found["/trust.json"])
    assert all(one["title"] in words for one in (*told["promises"], *told["threats"]))
    assert "2 business days" in words and "30 days" in words
    assert bodies(at_platform) == found, "the same state is the same file"


def test_nothing_claims_a_certificate(at_platform: Client, platform: Tenant, ours: Catalogue) -> None:
    for path, body in bodies(at_platform).items():
        words = pdf_a.text_of(body) if path.endswith(".pdf") else body.decode()
        assert "designed for" in words and "It is no certificate" in words, path
        for claim in ("certified", "SOC 2 compliant", "SOC 2 Type"):
            assert claim not in words, (path, claim)


def test_without_the_pack_the_page_is_there(
    at_platform: Client, platform: Tenant, ours: Catalogue, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    from apps.compliance.pdf import PdfRefused

    def refuse(*_: object) -> bytes:
        raise PdfRefused("It took too long.")

    monkeypatch.setattr(made, "pack", refuse)
    assert "It cannot be made at the moment" in at_platform.get("/trust/").content.decode()
    assert at_platform.get("/trust/specward-procurement-pack.pdf").status_code == 404


def test_subprocessors_are_marked_as_this_installation_can_use_them(
    at_platform: Client, platform: Tenant, ours: Catalogue, settings: Any
) -> None:
    settings.SUBPROCESSORS = (("Hooli Cloud GmbH", "Runs the machines", "Everything, sealed", "Frankfurt"),)
    settings.MODEL_CLIENTS = ("anthropic",)
    told = {one["name"]: one for one in json.loads(bodies(at_platform)["/trust.json"])["subprocessors"]}
    assert {name: one["possible_here"] for name, one in told.items()} == {
        "Hooli Cloud GmbH": True, "Anthropic, PBC": True, "Amazon Web Services, Inc. (Bedrock)": False,
    }  # fmt: skip
    words = pdf_a.text_of(bodies(at_platform)["/trust/specward-procurement-pack.pdf"])
    assert "Hooli Cloud GmbH" in words and "Amazon" not in words


# ---- the docs -------------------------------------------------------------------------------------------------------


def test_each_promise_and_threat_leads_to_a_heading_that_is_served(
    at_platform: Client, platform: Tenant, ours: Catalogue
) -> None:
    with behind(walls_of(SAM)):
        shown = trust.look()
    for one in (*shown.promises, *shown.threats):
        page, _, heading = one.section.partition("#")
        answer = at_platform.get(f"/trust/docs/{page}")
        assert answer.status_code == 200 and f'id="{heading}"' in answer.content.decode(), one.section


@pytest.mark.parametrize("name", ["console", "passwd", "..", "%2e%2e", "03-architecture.md", "SECURITY"])
def test_no_other_file_is_served(at_platform: Client, platform: Tenant, name: str) -> None:
    assert at_platform.get(f"/trust/docs/{name}/").status_code == 404


def test_links_of_the_docs_lead_to_what_is_served_or_are_words() -> None:
    for name in handbook.SERVED:
        page = handbook.page(name)
        assert page is not None and "<img" not in page.html and "<script" not in page.html
        for address in page.html.split('href="')[1:]:
            file, _, heading = address.split('"')[0].partition("#")
            other = handbook.page(file.split("/")[1]) if file else page
            assert other is not None, address
            assert not heading or heading in {one.slug for one in other.headings}, address


# ---- security.txt ---------------------------------------------------------------------------------------------------


def test_security_txt_is_at_every_host_and_expires_some_time_after_somebody_looked(
    at_platform: Client, at_acme: Client, acme: Tenant, settings: Any
) -> None:
    settings.SECURITY_CONTACT = "mailto:security@specward.example"
    settings.SECURITY_REVIEWED = datetime.date(2026, 11, 28)
    nobodys = Client(SERVER_NAME="nobody.example")
    for client in (at_platform, at_acme, nobodys):
        answer = client.get("/.well-known/security.txt")
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
        fields = dict(line.split(": ", 1) for line in lines)
        assert fields["Contact"] == "mailto:security@specward.example"
        assert fields["Expires"] == "2027-11-23T00:00:00Z"


def test_security_txt_never_moves_its_end_by_itself(at_platform: Client, platform: Tenant, settings: Any) -> None:
    """RFC 9116, 5.3: one that has expired is not to be used. It is honest to say so, and not to say otherwise."""
    settings.SECURITY_CONTACT = "mailto:security@specward.example"
    settings.SECURITY_REVIEWED = datetime.date(2020, 1, 1)
    assert b"Expires: 2020-12-26T00:00:00Z" in at_platform.get("/.well-known/security.txt").content


def test_without_a_contact_there_is_no_security_txt(at_platform: Client, platform: Tenant, sam: User) -> None:
    assert at_platform.get("/.well-known/security.txt").status_code == 404
