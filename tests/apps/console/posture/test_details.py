"""Pages of a promise, a control, a check and a run: what was seen, where it stands in the log, and running it now."""

from __future__ import annotations

import datetime
import re

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.compliance import running
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import CheckState, Run
from tests.apps.console.posture.a_year import stands, went
from tests.apps.console.posture.looked_at import NAMED

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
CHECK = "/console/posture/checks/test.1/"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def test_a_promise_has_its_words_its_controls_and_its_days(kept: Catalogue, as_bob: Client) -> None:
    stands("test.0", Outcome.FAIL, timezone.now() - 2 * DAY, "Late.")
    went("test.0", {0: Outcome.FAIL, 1: Outcome.FAIL, 2: Outcome.FAIL})
    page = text(as_bob, "/console/posture/promises/P1/")
    assert "trains no model" in page and "Of 90 days: kept on 87 days, not kept on 3 days" in page
    assert page.count("/console/posture/controls/C-") == sum("P1" in one.serves for one in kept.controls.values())
    year = text(as_bob, "/console/posture/promises/P1/?days=365")
    assert "Of 365 days: kept on 177 days, not kept on 3 days" in year and 'class="days weeks"' in year
    assert "is not released" in text(as_bob, "/console/posture/promises/P4/")
    for missing in ("P9", "", "P1/x"):
        assert as_bob.get(f"/console/posture/promises/{missing}/").status_code == 404


def test_a_picture_can_be_read_as_a_table_and_leads_to_the_runs_of_a_day(kept: Catalogue, as_bob: Client) -> None:
    went("test.1", {5: Outcome.ERROR})
    page = text(as_bob, CHECK)
    day = (timezone.now() - 5 * DAY).date()
    rows = re.findall(r"<tr><td><a[^>]*>([^<]+)</a></td><td>([^<]+)</td><td class=\"number\">(\d+)</td>", page)
    assert [int(days) for *_, days in rows] == [5, 1, 84]
    assert f'href="?day={day}#runs"' in page and 'role="img" aria-labelledby="history-title history-words"' in page
    assert 'tabindex="-1"' in page  # ninety days are not ninety stops of the keyboard


def test_controls_are_found_by_name_criterion_promise_and_how_they_stand(kept: Catalogue, as_bob: Client) -> None:
    stands("test.3", Outcome.FAIL, timezone.now() - DAY)

    def found(query: str) -> list[str]:
        return re.findall(
            r'class="name" href="/console/posture/controls/([^/]+)/"',
            text(as_bob, f"/console/posture/controls/{query}"),
        )

    assert len(found("")) == 20 and found("?stands=broken") == ["C-3"]
    assert found("?q=cc7.2&stands=broken") == ["C-3"] and found("?q=Control+19") == ["C-19"]
    assert set(found("?q=T4")) == {key for key, one in kept.controls.items() if "T4" in one.serves}
    assert found("?q=%3Cb%3E") == []
    assert "&lt;b&gt;" in text(as_bob, "/console/posture/controls/?q=%3Cb%3E")


def test_a_run_shows_its_evidence_as_text_and_its_digest_is_that_of_the_log(kept: Catalogue, as_bob: Client) -> None:
    run = stands("test.1", Outcome.FAIL, timezone.now(), "Somebody <i>can</i> write.", **NAMED)
    page = text(as_bob, f"/console/posture/runs/{run.pk}/")
    assert "Somebody &lt;i&gt;can&lt;/i&gt; write." in page and "&lt;b&gt;one&lt;/b&gt;" in page
    assert "Late: 60" in page and "and 58 more, in the download" in page and "Let the test want something else" in page
    assert run.digest in page and "Same digest" in page and "and is the same" in page and "<b>one" not in page
    assert f"Entry {run.entry_id} of the audit log" in page and "/console/audit/" not in page.split("<main")[1]
    read = Entry.objects.filter(action=Action.ACCESS, object_type="compliance.run", object_pk=str(run.pk))
    assert read.count() == 1


def test_a_run_that_somebody_changed_past_the_application_is_said_in_red(kept: Catalogue, as_alice: Client) -> None:
    run = stands("test.1", Outcome.FAIL, timezone.now(), "Late.", late=3)
    address = f"/console/posture/runs/{run.pk}/"
    assert f'href="/console/audit/{run.entry_id}/"' in text(as_alice, address)
    changed = stands("test.2", Outcome.FAIL, timezone.now(), "Late.", late=3)
    other = Run(
        check_key="test.1", at=run.at, took_ms=1, outcome="pass", evidence={"late": 0}, by=Run.By.SCHEDULE,
        code_version="0.1.0", digest=run.digest, entry_id=run.entry_id,
    )  # fmt: skip
    other.save(force_insert=True)
    page = text(as_alice, f"/console/posture/runs/{other.pk}/")
    assert "its digest is another one" in page and "and is the same" not in page
    whole = Run(
        check_key="test.1", at=run.at, took_ms=1, outcome="pass", evidence={}, by=Run.By.SCHEDULE, code_version="0.1.0",
        digest="", entry_id=changed.entry_id,
    )  # fmt: skip
    whole.digest = running.digest_of(whole)
    whole.save(force_insert=True)
    assert "The log says another digest" in text(as_alice, f"/console/posture/runs/{whole.pk}/")


def test_runs_are_listed_by_day_and_page_by_page(kept: Catalogue, as_bob: Client) -> None:
    at = (timezone.now() - 3 * DAY).replace(hour=1, minute=0)
    for minute in range(30):
        stands("test.1", Outcome.FAIL, at.replace(minute=minute), f"Number {minute}.")
    stands("test.1", Outcome.PASS, timezone.now())

    def shown(address: str) -> int:
        return text(as_bob, address).count('<td data-label="Outcome">')

    assert shown(CHECK) == 25 and shown(f"{CHECK}?day={at:%Y-%m-%d}") == 25
    older = re.search(r'href="(\?before=[^"#]+)#runs"', text(as_bob, CHECK))
    assert older is not None and shown(CHECK + older[1].replace("&amp;", "&")) == 6
    assert shown(f"{CHECK}?day=2026-01-01") == 0
    for nonsense in (
        "?day=2026-02-31",
        "?day=x",
        "?before=x",
        "?before=2026-01-01",
        "?asked=x",
        "?asked=99999999999999",
    ):
        text(as_bob, CHECK + nonsense)


def test_cora_has_a_check_run_now_and_the_page_waits_for_it(
    kept: Catalogue, as_cora: Client, as_bob: Client, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:  # fmt: skip
    handed: list[str] = []
    monkeypatch.setattr("apps.compliance.tasks.run_asked.delay", handed.append)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer = as_cora.post(f"{CHECK}run/")
    assert handed == ["test.1"]
    page = answer.headers["Location"].split("#")[0]
    assert "Waits for a worker" in text(as_cora, page) and "data-progress" in text(as_cora, page)
    state = re.search(r'data-progress="([^"]+)"', text(as_cora, page))
    assert state is not None and as_cora.get(state[1]).json()["state"] == "waiting"
    CheckState.objects.filter(check_key="test.1").update(last_at=timezone.now())
    assert as_cora.get(state[1]).json()["state"] == "done" and "It has run" in text(as_cora, page)
    assert as_bob.post(f"{CHECK}run/").status_code == 403 and "Run it now" not in text(as_bob, CHECK)
    assert as_cora.post("/console/posture/checks/none.such/run/").status_code == 404


def test_a_run_that_does_not_come_is_said_to_be_lost(kept: Catalogue, as_cora: Client) -> None:
    CheckState.objects.filter(check_key="test.1").update(last_at=timezone.now() - DAY)
    asked = int((timezone.now() - datetime.timedelta(minutes=11)).timestamp())
    assert "no worker runs" in text(as_cora, f"{CHECK}?asked={asked}")
    assert as_cora.get(f"{CHECK}state/?asked={asked}").json()["state"] == "failed"


def test_alice_reads_the_promises_and_accepts_them_as_they_are(
    kept: Catalogue, as_alice: Client, as_cora: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "/console/posture/acceptance/"
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', text(as_alice, page))
    assert digest is not None and "Nobody has accepted them" in text(as_cora, page)
    assert (
        "An owner accepts them" in text(as_cora, page) and as_cora.post(page, {"digest": digest[1]}).status_code == 403
    )
    assert "have changed since this page" in as_alice.post(page, {"digest": "0" * 64}, follow=True).content.decode()
    assert (
        "Version 1 of the promises is accepted"
        in as_alice.post(page, {"digest": digest[1]}, follow=True).content.decode()
    )
    shown = text(as_cora, page)
    assert "Accepted</span> by <bdi>Alice" in shown and digest[1] in shown
    monkeypatch.setattr("apps.compliance.promises.VERSION", 2)
    first = kept.promises[0]
    monkeypatch.setattr(
        "apps.compliance.promises.PROMISES",
        (type(first)(first.key, first.title, "Other <b>words</b>.", first.how, first.docs), *kept.promises[1:]),
    )
    shown = text(as_alice, page)
    assert "What is new since version 1" in shown and "<ins>Other &lt;b&gt;words&lt;/b&gt;.</ins>" in shown
    assert f"<del>{first.words}</del>" in shown.replace("&#x27;", "'") and "Accept version 2" in shown
