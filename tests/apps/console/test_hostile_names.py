"""Whatever somebody calls themselves is shown as text, in its place, and turns nothing about."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser

from apps.accounts.models import User
from apps.console.inert import inert
from apps.tenants.roles import Role
from apps.tenants.walls import behind
from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served, served
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, GLOBEX, MALLORY, SAM

HOSTILE = {
    "markup": "<img src=x onerror=alert(1)>\"'</title></script><script>alert(2)</script>",
    "an override that is never ended": "Bob \u202egnp.exe \u2067 \u202b",
    "a hundred letters without a break": "W" * 100,
    "a formula": '=HYPERLINK("http://evil.example","look")',
    "template code": "{{ request.session }}{% debug %}",
    "marks upon marks": "Z" + "\u0336\u0347\u0353" * 33,
}
_FILL = """
import datetime
from django.utils import timezone
from apps.accounts import tokens
from apps.accounts.models import Invitation, Role, Session, User
from urllib.parse import urlencode
from apps.audit.acting import Actor, acting_as, narrating
from apps.compliance import observing, threads
from apps.compliance.models import Exempt
from apps.console.models import SavedFilter
from apps.recordings.models import State
from tests.apps.console.recorded import a_recording, a_spec_of
from apps.tenants.models import Provisioning, StateChange
from apps.tenants.provisioning_queue import staff_credentials
from apps.tenants.walls import behind
from tests.apps.console.test_hostile_names import HOSTILE
from tests.apps.signing_in import walls_of
from tests.cast import MALLORY
soon, may = timezone.now() + datetime.timedelta(days=9), frozenset({"users.read"})
with behind(walls_of(MALLORY)):
    mallory = User.objects.get(email=MALLORY.email)
    for number, text in enumerate(HOSTILE.values()):
        with acting_as(Actor.user(mallory)), narrating(text):
            user = User.objects.create(email=f"{'w' * 60}{number}@globex.example", name=text, role=Role.AUDITOR,
                                       window_from=timezone.now(), window_until=soon)
            tokens.make(user, text, ["users.read"], soon, grantable=may)
            tokens.make(mallory, text, ["users.read"], soon, grantable=may)
            Session.objects.create(digest=f"{number:064}", user=mallory, browser=text)
            recording = a_recording(text, State.SPECIFIED, by=text, held=soon, held_by_name=text, held_why=text)
            a_spec_of(recording, text)
            a_recording(text, State.FAILED, reason="generation.worker_lost", by=text)
            SavedFilter.objects.create(user=mallory, listing="recordings_recording_changelist", name=text,
                                       query=urlencode({"q": text}))
            Exempt.objects.create(check_key=f"of.{number}", reason=text * 3, owner=user, made_by=user, expires=soon)
            observing.assign(user, timezone.now().date(), soon.date(), mallory)
            threads.ask("C-LOG-1", user, text * 3)
            Invitation.objects.create(email=f"{'i' * 60}{number}@globex.example", role=Role.ENGINEER,
                                      digest=f"{number:064}", expires=soon)
with behind(staff_credentials()):
    for number, text in enumerate(HOSTILE.values()):
        Provisioning.objects.create(name=text, host=f"hostile{number}.localhost", plan_id="team", owner_name=text,
                                    owner_email="o@o.example", error=text * 3, state="failed", step="tables")
        StateChange.objects.create(tenant_id=mallory.id, tenant_name=text, kind="suspend", why=text * 3,
                                   asked_by_name=text, state="failed", error=text * 3)
"""
_RENAME = """
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind
from tests.apps.console.test_hostile_names import HOSTILE
from tests.cast import GLOBEX
with behind(Walls()):
    Tenant.objects.filter(id=GLOBEX.id).update(name=HOSTILE[{key!r}][:100])
"""
OF_MALLORY = (
    "/console/",
    "/console/posture/",
    "/console/posture/exceptions/",
    "/console/posture/controls/C-LOG-1/",
    "/console/posture/observations/",
    "/console/accounts/user/",
    "/console/accounts/token/",
    "/console/recordings/recording/",
    "/console/recordings/recording/?kept=held",
    "/console/recordings/recording/?q=%E2%80%AE",
    "/console/go/?q=img",
    "/console/go/?q=Bob",
    "/console/audit/",
    "/console/account/tokens/",
    "/console/account/sessions/",
)
OF_SAM = (
    "/platform/",
    "/platform/tenants/tenant/",
    "/platform/tenants/provisioning/",
    "/platform/tenants/statechange/",
)
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def console(django_db_setup: None, worker_id: str) -> Iterator[Served]:
    """One of these tests' own: Globex is not to be recognised afterwards."""
    with served(f"test_hostile_{worker_id}") as serving:
        serving.run(_FILL)
        yield serving


@pytest.mark.chromium
@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", [(390, 844), (1280, 900)], ids=["narrow", "wide"])
def test_hostile_names_stay_text_and_within_the_window(
    browser: Browser, console: Served, size: tuple[int, int], soak: bool
) -> None:
    if size[0] > 1000 and not soak:
        pytest.skip("where there is room: script/soak")
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    said = complaints(page)
    page.on("dialog", lambda dialog: said.append(f"a script of theirs ran: {dialog.message}"))

    def harmless(name: str) -> None:
        look(page, f"hostile {size[0]} {name}")
        text = page.evaluate("document.body.innerText + document.title")
        assert _TURNING.search(text) is None, name
        assert "&" not in page.title(), name
        assert page.evaluate("document.querySelectorAll('img[src=x], script:not([src])').length") == 0, name

    enter(page, f"http://{GLOBEX.host}:{console.port}", MALLORY)
    for key in ("markup", "a hundred letters without a break") if soak else ("markup",):
        console.run(_RENAME.format(key=key), Role.MIGRATOR)
        for path in OF_MALLORY if key == "markup" else OF_MALLORY[:1]:
            page.goto(f"http://{GLOBEX.host}:{console.port}{path}")
            harmless(f"{key} {path}")
    for listing in ("accounts/user/", "accounts/token/", "recordings/recording/", "recordings/recording/?kept=held"):
        for place in range(len(HOSTILE)) if soak else (4,):
            page.goto(f"http://{GLOBEX.host}:{console.port}/console/{listing}")
            links = page.locator("main table a.name")
            links.nth(place).click()
            harmless(f"{listing} {place}")
    page.goto(f"http://{GLOBEX.host}:{console.port}/console/audit/?object_type=accounts.token")
    page.locator("main tbody .when a").first.click()
    harmless("entry")
    enter(page, console.platform, SAM)
    for path in OF_SAM:
        page.goto(console.platform + path)
        harmless(path)
    for listing in ("provisioning", "statechange"):
        page.goto(f"{console.platform}/platform/tenants/{listing}/")
        page.locator("main a.name").first.click()
        harmless(f"one {listing}")
    assert said == []
    context.close()


@pytest.mark.parametrize("name", ["Bob\u202e", "Bob\nBcc: everybody@acme.example", "Bob\u0000", "\u2066Bob"])
def test_a_name_of_more_than_one_visible_line_is_refused(as_bob: Client, bob: User, name: str) -> None:
    answer = as_bob.post("/console/account/", {"name": name})
    assert answer.status_code == 200
    assert re.search("cannot be seen|Null characters", answer.content.decode())
    with behind(walls_of(ALICE)):
        assert User.objects.get(pk=bob.pk).name == "Bob"


def test_what_would_turn_words_about_is_written_as_its_escape() -> None:
    assert inert("Bob \u202egnp\u2069\x07") == r"Bob \u202egnp\u2069\u0007"
    assert inert("Z" + "\u0336" * 40 + "!") == "Z" + "\u0336" * 4 + "!"
    assert inert("שלום, 你好, Zoë 👩‍🔬\n") == "שלום, 你好, Zoë 👩‍🔬\n"
