"""Alice would like a spec approved that does what nobody did, and approves nothing of it by herself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.specs.approving import approve, writers_of
from apps.specs.editing import check, edit, newest_of
from apps.specs.errors import NeedsAnotherPerson
from apps.specs.evidence import added
from apps.specs.models import Spec, SpecVersion
from apps.specs.opening import opened
from apps.tenants.models import Tenant
from specward.language.findings import Rule
from specward.language.ir import Call, Step
from specward.language.ir import Spec as Said
from specward.recording.actions import ActionKind
from specward.recording.locators import By, Locator
from specward.recording.sheet import Sheet, SheetStep
from tests.apps.specs.test_review import made_of, said_otherwise, text_of, titled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]

ACTION, STATE, START = Rule.UNGROUNDED_ACTION, Rule.UNGROUNDED_STATE, Rule.UNGROUNDED_START


def put(before: str, after: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert before in text
        return text.replace(before, after, 1)

    return change


def swapped(one: str, other: str) -> Callable[[str], str]:
    return lambda text: other.join(one.join(part.split(other)) for part in text.split(one))


OTHERWISE: dict[str, tuple[str, Callable[[str], str], Rule]] = {
    "a dialog is answered the other way, and the address is deleted": (
        "keep-an-address",
        put('answer_dialog("dismiss")', 'answer_dialog("accept")'),
        ACTION,
    ),
    "another file is given": ("report-a-damage", put('fixture("file.png")', 'fixture("other.png")'), ACTION),
    "what was typed second is typed first": (
        "search-and-correct",
        swapped(', "tankard")', ', "teapot")'),
        ACTION,
    ),
    "a secret is typed where a word was": ("search-and-correct", put('"tankard"', 'secret("PASSWORD")'), ACTION),
    "another field's secret": ("sign-in-all-masked", put('secret("EMAIL")', 'secret("PASSWORD")'), ACTION),
    "a secret's name is another": ("sign-in", put('secret("PASSWORD")', 'secret("ROOT_PASSWORD")'), ACTION),
    "what was there is to be gone": (
        "sign-in",
        put('expect_visible(text("Welcome back', 'expect_hidden(text("Welcome back'),
        STATE,
    ),
    "what was ticked is not to be": (
        "choose-mail",
        lambda text: text.rstrip() + '\n    expect_checked(role("radio", name="Once a month"), checked=False)\n',
        STATE,
    ),
    "a page of another size": ("sign-in", put(', viewport="1100x760"', ', viewport="390x780"'), START),
    "a page of the usual size": ("sign-in", put(', viewport="1100x760"', ""), START),
    "another state to start from": ("sign-in", put(")\n", ')\n\nrequires("signed in as the owner")\n'), START),
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_what_the_recording_did_not_do_needs_another_person(what: str, in_acme: Tenant, alice: User, bob: User) -> None:
    name, change, rule = OTHERWISE[what]
    spec = made_of(name, alice)
    version = edit(spec, change(text_of(spec)), by=alice, based_on=1)
    assert {finding.rule for finding in opened(newest_of(spec)).checked.ungrounded} == {rule}
    with pytest.raises(NeedsAnotherPerson):
        approve(version, digest=version.digest, by=alice)
    approve(version, digest=version.digest, by=bob)


def test_that_what_was_ticked_is_ticked_is_borne_out(in_acme: Tenant, alice: User) -> None:
    spec = made_of("choose-mail", alice)
    text = text_of(spec).rstrip() + '\n    expect_checked(role("radio", name="Once a month"))\n'
    assert check(newest_of(spec), text).ok


def test_what_was_dragged_there_is_not_dragged_back() -> None:
    card, lane = Locator(By.TEXT, "Card"), Locator(By.TEXT, "Done")
    sheet = Sheet("https://shop.example", "", (SheetStep(ActionKind.DRAG, (card, lane), None, ()),))

    def spec(source: Locator, target: Locator) -> Said:
        call = Call("drag_to", (("source", source), ("target", target)))
        return Said("Drags", "https://shop.example", (), (Step("Drag", (call,)),))

    assert added(spec(card, lane), sheet, {}) == ()
    for source, target in ((lane, card), (card, card), (lane, lane)):
        assert added(spec(source, target), sheet, {}) == ((0, 0),)


def test_whoever_only_changed_the_title_has_not_vouched_for_the_rest(
    in_acme: Tenant, alice: User, bob: User, cora: User
) -> None:
    """Alice invents, Bob mends a title, and Alice approves "Bob's" version."""
    spec = made_of("sign-in", alice)
    edit(spec, said_otherwise(text_of(spec)), by=alice, based_on=1)
    version = edit(spec, titled(text_of(spec), "Cleo signs in"), by=bob, based_on=2)
    assert writers_of(version) == {alice.id, bob.id}
    for writer in (alice, bob):
        with pytest.raises(NeedsAnotherPerson):
            approve(version, digest=version.digest, by=writer)
    approve(version, digest=version.digest, by=cora)


def test_what_was_approved_once_is_vouched_for(in_acme: Tenant, alice: User, bob: User) -> None:
    spec = made_of("sign-in", alice)
    first = edit(spec, said_otherwise(text_of(spec)), by=alice, based_on=1)
    approve(first, digest=first.digest, by=bob)
    second = edit(spec, titled(text_of(spec), "Cleo signs in"), by=bob, based_on=2)
    assert second.ungrounded == 1 and writers_of(second) == {bob.id}
    approve(second, digest=second.digest, by=alice)
    assert Spec.objects.get().versions.get(state=SpecVersion.State.APPROVED).number == 3
