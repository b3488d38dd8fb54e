"""The posture in one look: kept, not kept, accepted, not known; what changed; what needs whom."""

from __future__ import annotations

import datetime
import re

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.compliance import exempting, threads
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import CheckState, Exempt
from apps.compliance.standing import posture
from apps.tenants.walls import behind
from tests.apps.console.posture.a_year import a_history, stands, went
from tests.apps.signing_in import walls_of
from tests.cast import MALLORY

pytestmark = pytest.mark.django_db
PAGE = "/console/posture/"
DAY = datetime.timedelta(days=1)


def text(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def verdict(page: str) -> str:
    found = re.search(r'id="verdict">([^<]+)<', page)
    assert found is not None
    return found[1]


def tile(page: str, key: str) -> str:
    found = re.search(rf'(?s)<article class="card tile of-(\w+)" aria-labelledby="tile-{key}">.*?</article>', page)
    assert found is not None
    return found[0]


def owned_by(ours: Catalogue, role: str, serving: str | None = None) -> str:
    """A check of a control that this role mends."""
    return next(
        one.checks[0] for one in ours.controls.values()
        if one.owner == role and (serving is None or serving in one.serves)
    )  # fmt: skip


def test_all_is_kept_and_since_when(kept: Catalogue, as_bob: Client) -> None:
    page = text(as_bob)
    assert verdict(page) == "Every promise is kept" and "for 179 days" in page
    assert "Nothing needs you" in page and "tile of-kept" in tile(page, "P1")
    assert "Of 90 days: kept on 90 days." in tile(page, "P3")
    assert "Not released" in tile(page, "P4") and "tile of-aside" in tile(page, "P4")


def test_what_is_not_kept_is_said_first_with_what_to_do_to_whom_it_concerns(
    kept: Catalogue, as_bob: Client, as_cora: Client
) -> None:
    key = owned_by(kept, "engineer", "P1")
    stands(key, Outcome.FAIL, timezone.now() - 3 * DAY, "7 of <b>them</b> are late.")
    went(key, dict.fromkeys(range(4), Outcome.FAIL))
    page = text(as_bob)
    assert re.fullmatch(r"[12] of 5 promises (is|are) not kept", verdict(page))
    assert "tile of-broken" in tile(page, "P1") and "not kept on 4 days" in tile(page, "P1")
    mine = page.split('id="needs"')[1].split("</section>")[0]
    assert "7 of &lt;b&gt;them&lt;/b&gt; are late." in mine and "Let the test want something else." in mine
    for_cora = text(as_cora)
    assert "Others see to 1" in for_cora and "Engineer:" in for_cora


def test_an_accepted_failure_is_neither_hidden_nor_green(kept: Catalogue, as_bob: Client, alice: User) -> None:
    key = owned_by(kept, "engineer", "P2")
    stands(key, Outcome.FAIL, timezone.now() - 9 * DAY, "Late.")
    went(key, dict.fromkeys(range(10), Outcome.FAIL))
    exempting.accept(key, reason="Until <i>spring</i>.", owner=alice, expires=timezone.now() + 5 * DAY, by=alice)
    Exempt.objects.update(made=timezone.now() - 5 * DAY)
    page = text(as_bob)
    assert re.fullmatch(r"No promise is broken; [12] rests? on an exception that was accepted", verdict(page))
    assert "tile of-accepted" in tile(page, "P2") and "1 accepted" in tile(page, "P2")
    assert "accepted exception on 5 days" in tile(page, "P2")
    assert "Until &lt;i&gt;spring&lt;/i&gt;." in page and "Accepted for now" in page
    assert "Not kept" not in tile(page, "P2").split('<svg class="days')[0]


def test_a_monitor_that_stopped_is_not_green(kept: Catalogue, as_bob: Client) -> None:
    key = owned_by(kept, "owner", "P3")
    CheckState.objects.filter(check_key=key).update(last_at=timezone.now() - 4 * DAY, due=timezone.now() - 3 * DAY)
    page = text(as_bob)
    assert re.fullmatch(r"It is not known whether [12] of 5 promises (is|are) kept", verdict(page))
    assert "tile of-unknown" in tile(page, "P3") and "Nobody has looked for too long" in page
    assert "not known on 1 day" in tile(page, "P3")


def test_before_anybody_has_looked_nothing_is_green(acme: object, as_bob: Client) -> None:
    page = text(as_bob)
    assert verdict(page) == "It is not known whether the promises are kept"
    assert "of-kept" not in page.split('class="tiles"')[1].split("</section>")[0]
    assert "It is not known whether the promises are kept" in text(as_bob, "/console/")


def test_what_changed_this_week_and_nothing_older(kept: Catalogue, as_bob: Client) -> None:
    stands("test.3", Outcome.FAIL, timezone.now() - 2 * DAY)
    stands("test.3", Outcome.PASS, timezone.now() - 1 * DAY)
    stands("test.4", Outcome.FAIL, timezone.now() - 8 * DAY)
    changes = text(as_bob).split("What changed")[1].split("</section>")[0]
    assert changes.count("<li>") == 2 and "/checks/test.3/" in changes and "/checks/test.4/" not in changes


def test_who_keeps_the_controls_is_told_what_waits_for_them(
    kept: Catalogue, as_cora: Client, as_alice: Client, as_bob: Client, ada: User, alice: User
) -> None:
    threads.ask("C-1", ada, "How?")
    stands("test.2", Outcome.FAIL, timezone.now() - DAY, "Late.")
    exempting.accept("test.2", reason="x", owner=alice, expires=timezone.now() + 3 * DAY, by=alice)
    page = text(as_cora)
    assert "asks about" in page and "#requests" in page and "Ends soon" in page
    assert "has no days to look at" in page and "Read and accept the promises" not in page
    assert "Read and accept the promises" in text(as_alice)
    for_bob = text(as_bob)
    assert "asks about" not in for_bob and "Ends soon" not in for_bob and "has no days" not in for_bob


def test_the_home_page_says_the_same_in_short(kept: Catalogue, as_bob: Client, as_alice: Client) -> None:
    assert "Every promise is kept" in text(as_bob, "/console/")
    stands(owned_by(kept, "engineer", "P1"), Outcome.FAIL, timezone.now() - DAY, "Late.")
    assert re.search(r"of 5 promises (is|are) not kept", text(as_bob, "/console/"))
    assert "1 needs you" in text(as_bob, "/console/")


def test_nothing_of_another_tenants_is_seen(kept: Catalogue, as_bob: Client, mallory: User) -> None:
    with behind(walls_of(MALLORY)):
        a_history(list(kept.checks), 30)
        stands("test.0", Outcome.FAIL, timezone.now() - DAY, "Globex's own trouble.")
        assert posture().attention
    page = text(as_bob)
    assert verdict(page) == "Every promise is kept" and "Globex" not in page
