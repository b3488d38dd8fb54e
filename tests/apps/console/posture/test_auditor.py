"""Ada looks at the days that Cora has given to her, asks about a control, and takes the evidence home; no other day,
no other auditor's words, and nothing of now when her days are over."""

from __future__ import annotations

import datetime
import io
import re
import zipfile

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Mail, Role, User
from apps.accounts.posting import _letters
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.compliance import exempting, observing, threads
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import Exempt, Message, Observation
from tests.apps.console.posture.a_year import stands, went
from tests.cast import ADA, CORA

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
PAGE = "/console/posture/"
WINDOWS = "/console/posture/observations/"


def back(days: int) -> datetime.date:
    return (timezone.now() - days * DAY).date()


def text(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def test_without_days_ada_sees_what_is_promised_and_nothing_that_was_seen(kept: Catalogue, as_ada: Client) -> None:
    run = stands("test.0", Outcome.FAIL, timezone.now() - DAY, "It is late.")
    for address in (
        PAGE,
        "/console/posture/promises/P1/",
        "/console/posture/controls/C-0/",
        "/console/posture/checks/test.0/",
    ):
        page = text(as_ada, address)
        assert "It is late" not in page and '<svg class="days' not in page and "of-broken" not in page, address
    assert "There are no days for you to look at" in text(as_ada) and "no days for you" in text(as_ada, "/console/")
    assert as_ada.get(f"/console/posture/runs/{run.pk}/").status_code == 404
    assert as_ada.get("/console/posture/checks/test.0/state/").status_code == 403
    assert "no days for you" in text(as_ada, "/console/posture/evidence/")
    assert as_ada.get("/console/posture/evidence/file/?first=2026-01-01&last=2026-12-31").status_code == 302


def test_ada_sees_how_things_stood_in_her_days_and_not_how_they_stand_now(
    kept: Catalogue, as_ada: Client, ada: User, alice: User
) -> None:
    observing.assign(ada, back(60), back(31), alice)
    within = stands("test.0", Outcome.FAIL, timezone.now() - 40 * DAY, "It was late then.")
    went("test.0", {40: Outcome.FAIL, 39: Outcome.FAIL})
    after = stands("test.3", Outcome.FAIL, timezone.now() - 2 * DAY, "It is late now.")
    went("test.3", dict.fromkeys(range(3), Outcome.FAIL))
    exempting.accept("test.3", reason="Of now.", owner=alice, expires=timezone.now() + DAY, by=alice)
    page = text(as_ada)
    assert (
        f"Every promise was kept on {back(31):%-d %B %Y}" in page
        and "Of 30 days: kept on 28 days, not kept on 2 days" in page
    )
    for address in (
        PAGE,
        "/console/posture/checks/test.3/",
        "/console/posture/checks/test.0/",
        "/console/posture/controls/C-3/",
        "/console/posture/exceptions/",
        "/console/posture/controls/?stands=broken",
        "/console/",
    ):
        shown = text(as_ada, address)
        assert "late now" not in shown and "Of now" not in shown and "ooked at last <time" not in shown, address
    assert "Not kept" not in text(as_ada, "/console/posture/checks/test.3/").split("history")[0]
    assert "It was late then" in text(as_ada, "/console/posture/checks/test.0/")
    assert as_ada.get(f"/console/posture/runs/{within.pk}/").status_code == 200
    assert as_ada.get(f"/console/posture/runs/{after.pk}/").status_code == 404
    assert as_ada.get(f"/console/posture/exceptions/{Exempt.objects.get().pk}/").status_code == 404
    outside = text(as_ada, f"/console/posture/checks/test.3/?day={back(2)}")
    assert str(after.pk) not in outside


def test_ada_whose_window_is_open_sees_now_and_has_not_a_button(
    kept: Catalogue, as_ada: Client, ada: User, alice: User
) -> None:
    observing.assign(ada, back(10), back(-10), alice)
    stands("test.0", Outcome.FAIL, timezone.now() - DAY, "It is late now.")
    assert "It is late now" in text(as_ada, "/console/posture/checks/test.0/")
    assert "Of 11 days" in text(as_ada, "/console/posture/checks/test.0/")
    assert "Run it now" not in text(as_ada, "/console/posture/checks/test.0/")
    for path in ("checks/test.0/run/", "checks/test.0/accept/", "observations/", "controls/C-0/answer/", "acceptance/"):
        assert as_ada.post(PAGE + path).status_code == 403, path


def test_cora_gives_and_ends_windows(kept: Catalogue, as_cora: Client, as_bob: Client, ada: User, bob: User) -> None:
    assert as_bob.get(WINDOWS).status_code == 403
    given = {"auditor": str(ada.pk), "first": f"{back(30)}", "last": f"{back(1)}"}
    assert "lies before its first" in as_cora.post(WINDOWS, {**given, "first": f"{back(0)}"}).content.decode()
    assert (
        "not one of the available choices" in as_cora.post(WINDOWS, {**given, "auditor": str(bob.pk)}).content.decode()
    )
    as_cora.post(WINDOWS, given)
    as_cora.post(WINDOWS, {**given, "last": f"{back(2)}"})
    assert Observation.objects.filter(ended=None).get().last == back(2)
    held = Observation.objects.get(ended=None)
    assert as_bob.post(f"{WINDOWS}{held.pk}/end/").status_code == 403
    as_cora.post(f"{WINDOWS}{held.pk}/end/")
    assert not Observation.objects.filter(ended=None).exists() and text(as_cora, WINDOWS).count(">Over<") == 2


def test_ada_asks_cora_answers_and_nobody_else_reads_it(
    kept: Catalogue, as_ada: Client, as_cora: Client, as_bob: Client, ada: User, alice: User
) -> None:
    page = "/console/posture/controls/C-1/"
    observing.assign(ada, back(10), back(0), alice)
    other = User.objects.create(
        email="eve@audit.example", name="Eve", role=Role.AUDITOR, window_from=timezone.now(),
        window_until=timezone.now() + DAY,
    )  # fmt: skip
    threads.ask("C-1", other, "Eve's words.")
    assert "says nothing" in as_ada.post(f"{page}ask/", {"body": " "}).content.decode()
    shown = as_ada.post(f"{page}ask/", {"body": "How <b>is</b> it\nkept?"}, follow=True).content.decode()
    assert "How &lt;b&gt;is&lt;/b&gt; it<br>kept?" in shown and "Eve&#x27;s words" not in shown
    assert "Requests" not in text(as_bob, page) and "How &lt;b&gt;" not in text(as_bob, page)
    for_cora = text(as_cora, page)
    assert "Waits for an answer" in for_cora and "Eve&#x27;s words." in for_cora and "asks about" in text(as_cora)
    answered = as_cora.post(f"{page}answer/", {"auditor": str(ada.pk), "body": "By the database."}, follow=True)
    assert "It is answered" in answered.content.decode()
    assert "By the database." in text(as_ada, page)
    mails = list(Mail.objects.filter(kind="control-message"))
    letters = [letter for mail in mails if (letter := _letters[mail.kind](mail.about)) is not None]
    told = {(mail.to, str(letter.body)) for mail, letter in zip(mails, letters, strict=True)}
    assert {to for to, _ in told} == {CORA.email, ADA.email}
    assert all("C-1" in words and "#requests" in words and "database." not in words for _, words in told)
    as_cora.post(f"{page}answer/", {"auditor": str(ada.pk), "do": "close"})
    assert [one.kind for one in Message.objects.filter(auditor=ada)] == ["request", "answer", "closed"]
    again = as_cora.post(f"{page}answer/", {"auditor": str(ada.pk), "do": "close"})
    assert "nothing open" in again.content.decode()
    for whom in (str(alice.pk), "x", ""):
        assert as_cora.post(f"{page}answer/", {"auditor": whom, "body": "x"}).status_code == 404
    assert as_cora.post(f"{page}ask/", {"body": "x"}).status_code == 403
    assert as_ada.post("/console/posture/controls/none/ask/", {"body": "x"}).status_code == 404


def test_evidence_is_taken_home_of_her_days_alone_and_that_is_an_entry(
    kept: Catalogue, as_ada: Client, as_bob: Client, ada: User, alice: User
) -> None:
    observing.assign(ada, back(60), back(31), alice)
    within = stands("test.0", Outcome.FAIL, timezone.now() - 40 * DAY, "Then.")
    after = stands("test.0", Outcome.FAIL, timezone.now() - 2 * DAY, "Now.")
    file = "/console/posture/evidence/file/"

    def taken(client: Client, first: int, last: int, **more: str) -> str:
        answer = client.get(file, {"first": f"{back(first)}", "last": f"{back(last)}", **more})
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as found:
            return "".join(found.read(name).decode() for name in found.namelist())

    for_ada = taken(as_ada, 400, 0)
    assert str(within.pk) in for_ada and str(after.pk) not in for_ada
    assert str(after.pk) in taken(as_bob, 10, 0)
    assert str(after.pk) not in taken(as_bob, 10, 0, control="C-1")
    left = Entry.objects.filter(action=Action.EXPORT, object_type="compliance.run")
    assert left.filter(actor_id=ada.pk).count() == 1
    outside = as_ada.get(file, {"first": f"{back(10)}", "last": f"{back(0)}"})
    assert "None of these days" in outside.content.decode()
    for wrong in ({"first": "x", "last": "y"}, {"first": f"{back(0)}", "last": f"{back(9)}"}, {}):
        assert re.search('role="alert"', as_bob.get(file, wrong).content.decode())
