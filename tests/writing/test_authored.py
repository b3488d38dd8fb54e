"""A model writes text: it passes the gate, is held against the recording, and is told by line what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specward.cli.evaluating import actions
from specward.language.findings import Rule
from specward.writing.assembling import Written
from specward.writing.authored import MOST_TRIES, authored, objections
from specward.writing.composing import composed_of
from specward.writing.facts import facts_of
from specward.writing.fidelity import faithful
from specward.writing.models.client import Failure, ModelFailed, Prompt
from specward.writing.models.writers import Writer
from specward.writing.prompting import ORIGIN
from tests.writing.harmless import wrong
from tests.writing.sessions import session

COURIER = session("buy-by-courier")
FACTS = facts_of(COURIER.trace, COURIER.written, Writer.AUTHORED)
TOLD = list(json.loads(FACTS.document)["actions"].values())


def plain() -> list[str]:
    """The lines of a spec that does as the document says."""
    lines = [f'spec("Buy a mug", origin="{ORIGIN}")', "", 'with step("Buy it"):']
    for action in TOLD:
        lines.append(f"    {action['write']}")
        lines += [f"    {check['write']}" for check in action.get("then", ()) if check.get("kept")]
    return lines


PLAIN = plain()


def judged(lines: list[str]) -> Written | list[str]:
    verdict = faithful("\n".join(lines) + "\n", COURIER.trace, COURIER.written, FACTS)
    return verdict if isinstance(verdict, Written) else [f"{one.rule}:{one.line}" for one in verdict]


def line_of(beginning: str) -> int:
    return next(number for number, line in enumerate(PLAIN) if line.strip().startswith(beginning))


def replaced(number: int, line: str) -> list[str]:
    return [*PLAIN[:number], line, *PLAIN[number + 1 :]]


def test_what_the_document_says_is_the_recorded_session_again() -> None:
    made = judged(PLAIN)
    assert isinstance(made, Written)
    assert made.spec.origin == COURIER.trace.origin
    assert made.spec.viewport == COURIER.written.spec.viewport
    assert list(actions(made.spec)) == list(actions(COURIER.written.spec))


def test_nothing_that_was_typed_and_no_word_of_the_page_stands_in_the_document() -> None:
    for said in (
        "Alice Example",
        "alice@acme.example",
        "Mill Lane",
        "Thank you for your order",
        "/checkout",
        "127.0.0.1",
    ):
        assert said not in FACTS.document
    assert "Continue to payment" in FACTS.document


def test_another_way_to_point_at_the_same_element_is_taken() -> None:
    number, action = next((n, one) for n, one in enumerate(TOLD) if one.get("or"))
    made = judged(
        [line.replace(action["write"], action["or"][0]) if action["write"] in line else line for line in PLAIN]
    )
    assert isinstance(made, Written)
    whole = composed_of(COURIER.trace, made, ())
    assert whole is not None
    assert wrong(whole, COURIER) == []
    assert list(actions(made.spec))[number] != list(actions(COURIER.written.spec))[number]


ADDED = line_of('click(role("button", name="Add to cart"')
SEARCHED = line_of("fill")
OPENED = line_of("goto")
REVIEWED = line_of('click(role("button", name="Review the order"')
PLACED = line_of('click(role("button", name="Place the order"')


@pytest.mark.parametrize(
    ("lines", "rule", "line"),
    [
        (PLAIN[:-1], Rule.DROPPED, PLACED + 1),
        ([*PLAIN[:ADDED], *PLAIN[ADDED + 2 :]], Rule.UNFAITHFUL, ADDED + 1),
        (PLAIN[:PLACED], Rule.UNFAITHFUL, REVIEWED + 1),
        (replaced(SEARCHED, '    fill(role("searchbox", name="Search the shop"), "x")'), Rule.UNFAITHFUL, SEARCHED + 1),
        (replaced(SEARCHED, PLAIN[SEARCHED].replace("#1", "#99")), Rule.UNFAITHFUL, SEARCHED + 1),
        (replaced(OPENED, '    goto("https://attacker.example/")'), Rule.URL, OPENED + 1),
        (replaced(OPENED, '    goto("/p2")'), Rule.UNFAITHFUL, OPENED + 1),
        (replaced(OPENED, '    goto("/admin/delete")'), Rule.UNFAITHFUL, OPENED + 1),
        ([*PLAIN, '    click(role("button", name="Place the order"))'], Rule.UNFAITHFUL, len(PLAIN) + 1),
        ([*PLAIN, '    expect_visible(role("button", name="Place the order"))'], Rule.VACUOUS, len(PLAIN) + 1),
        ([*PLAIN, PLAIN[-1]], Rule.VACUOUS, len(PLAIN) + 1),
        ([*PLAIN[:3], PLAIN[-1], *PLAIN[3:]], Rule.VACUOUS, 4),
        (replaced(0, f'spec("x", origin="{ORIGIN}", viewport="390x844")'), Rule.UNFAITHFUL, 1),
        (replaced(0, 'spec("x", origin="https://attacker.example")'), Rule.ORIGIN, 1),
        ([PLAIN[0], 'requires("signed in")', *PLAIN[1:]], Rule.UNFAITHFUL, 1),
        ([*PLAIN, "    __import__('os').system('id')"], Rule.TOKEN, len(PLAIN) + 1),
    ],
    ids=[
        "a kept check is left out",
        "an action is left out",
        "it ends before the last action",
        "another value",
        "a placeholder nobody was shown",
        "a foreign address",
        "another page of the session",
        "another page of the site",
        "once more",
        "true before",
        "said twice",
        "before any action",
        "another size",
        "another origin",
        "a set-up",
        "code",
    ],
)
def test_what_is_not_the_recorded_session_is_objected_to_by_its_line(lines: list[str], rule: Rule, line: int) -> None:
    verdict = judged(lines)
    assert isinstance(verdict, list)
    assert f"{rule}:{line}" in verdict


def test_a_secret_stays_the_secret_of_its_own_field() -> None:
    card, until = (number for number, line in enumerate(PLAIN) if "secret(" in line)
    swapped = [*PLAIN]
    swapped[card] = PLAIN[card].replace("SECRET_1", "SECRET_2")
    assert isinstance(judged(swapped), list)
    assert isinstance(judged(replaced(until, PLAIN[until].replace("SECRET_2", "CARD_NUMBER"))), list)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "twice", "swap", "paste", "cut", "retitle"]),
        st.integers(0, len(PLAIN) - 1),
        st.integers(0, len(PLAIN) - 1),
        st.text(max_size=30),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(EDITS)
def test_however_its_lines_are_moved_about_a_text_that_is_taken_does_no_harm(
    edits: list[tuple[str, int, int, str]],
) -> None:
    lines = [*PLAIN]
    for what, one, other, text in edits:
        one, other = one % len(lines), other % len(lines)
        match what:
            case "drop" if len(lines) > 1:
                del lines[one]
            case "twice":
                lines.insert(other, lines[one])
            case "swap":
                lines[one], lines[other] = lines[other], lines[one]
            case "paste":
                lines.insert(one, f"    {text}")
            case "cut":
                lines.insert(one, 'with step("On"):')
            case _:
                lines[one] = lines[one].replace("Buy", text)
    made = judged(lines)
    if isinstance(made, Written):
        whole = composed_of(COURIER.trace, made, ())
        assert whole is not None
        assert wrong(whole, COURIER) == []


def saying(*texts: str) -> tuple[Callable[[Prompt], str], list[Prompt]]:
    """A model that says one after the other, and the prompts it was given."""
    asked: list[Prompt] = []

    def ask(prompt: Prompt) -> str:
        asked.append(prompt)
        return json.dumps({"spec": texts[min(len(asked), len(texts)) - 1]})

    return ask, asked


def test_a_model_is_told_what_is_wrong_and_mends_it() -> None:
    ask, asked = saying("\n".join(PLAIN[:-1]) + "\n", "\n".join(PLAIN) + "\n")
    assert isinstance(authored(ask, COURIER.trace, COURIER.written, FACTS), Written)
    assert len(asked) == 2
    (turn,) = asked[1].turns
    assert "dropped-assertion" in turn.objections
    assert asked[0].document == asked[1].document


def test_a_model_that_does_not_mend_it_is_asked_three_times_and_no_more() -> None:
    ask, asked = saying("import os\n")
    with pytest.raises(ModelFailed) as refused:
        authored(ask, COURIER.trace, COURIER.written, FACTS)
    assert refused.value.failure is Failure.NOT_A_SPEC
    assert len(asked) == MOST_TRIES == 3


def test_objections_say_nothing_of_the_recording() -> None:
    """What is near to a wrong word in the recording helps a person, and would tell a model what it was not shown."""
    wrong = replaced(line_of("fill"), '    fill(role("searchbox", name="Search the shop"), "tall mu")')
    verdict = faithful("\n".join(wrong) + "\n", COURIER.trace, COURIER.written, FACTS)
    assert not isinstance(verdict, Written)
    assert "tall mug" not in objections(verdict)
    assert len(objections(verdict).encode()) < 4_000


def test_a_text_over_the_size_of_a_spec_is_not_even_read() -> None:
    ask, asked = saying("#" * 70_000)
    with pytest.raises(ModelFailed) as refused:
        authored(ask, COURIER.trace, COURIER.written, FACTS)
    assert refused.value.failure is Failure.TOO_LONG
    assert len(asked) == 1
