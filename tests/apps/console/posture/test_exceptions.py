"""Exceptions: Cora accepts what fails, extends it, ends it; it is never hidden, and Bob only looks."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import Exempt
from tests.apps.console.posture.a_year import stands

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
CHECK = "/console/posture/checks/test.1/"
LIST = "/console/posture/exceptions/"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def typed(owner: User, days: int = 30, reason: str = "Until the <b>release</b>.") -> dict[str, str]:
    return {"reason": reason, "owner": str(owner.pk), "until": f"{timezone.now() + days * DAY:%Y-%m-%d}"}


def test_cora_accepts_extends_and_ends(kept: Catalogue, as_cora: Client, as_bob: Client, bob: User, ada: User) -> None:
    assert "nothing to accept" in text(as_cora, f"{CHECK}accept/")
    stands("test.1", Outcome.FAIL, timezone.now() - DAY, "Late.")
    assert "Accept for a while" in text(as_cora, CHECK) and "Accept for a while" not in text(as_bob, CHECK)
    page = text(as_cora, f"{CHECK}accept/")
    assert "Bob" in page and "Ada" not in page.split("<form")[2] and "never hidden" in page
    for wrong, said in (
        ({**typed(bob), "owner": str(ada.pk)}, "not one of the available choices"),
        (typed(bob, days=400), "a year at most"),
        (typed(bob, days=-3), "would have ended already"),
        (typed(bob, reason="  "), "This field is required"),
    ):
        assert said in as_cora.post(f"{CHECK}accept/", wrong).content.decode()
    assert not Exempt.objects.exists()
    shown = as_cora.post(f"{CHECK}accept/", typed(bob), follow=True).content.decode()
    assert "Accepted exception" in shown and "Until the &lt;b&gt;release&lt;/b&gt;." in shown
    made = Exempt.objects.get()
    assert (made.owner, made.made_by.name) == (bob, "Cora")
    address = f"{LIST}{made.pk}/"
    assert "Change or extend" in text(as_cora, address) and "Change or extend" not in text(as_bob, address)
    assert "It holds until" in as_cora.post(address, typed(bob, days=90), follow=True).content.decode()
    assert Exempt.objects.get().expires > made.expires
    assert (
        "Accepted now" in text(as_bob, LIST) and "/checks/" not in text(as_bob, LIST).split("<main")[1].split("name")[0]
    )
    for client, path in ((as_bob, address), (as_bob, f"{address}end/"), (as_bob, f"{CHECK}accept/")):
        assert client.post(path, typed(bob)).status_code == 403
    assert "It has ended" in as_cora.post(f"{address}end/", follow=True).content.decode()
    assert "Not kept" in text(as_bob, CHECK) and "Over" in text(as_bob, LIST)
    assert "has ended. Where the check" in as_cora.post(f"{address}end/", follow=True).content.decode()
    assert "has ended. Where the check" in as_cora.post(address, typed(bob), follow=True).content.decode()
