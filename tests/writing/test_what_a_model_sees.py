"""What leaves for a model, of every recording there is and for both writers: names of controls, and placeholders.

No typed value, nothing that is recognised, nothing that a page says by itself; and but for the document the same bytes
for everybody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from specward.doubles import Double, Hostile, Obedient, Reasonable
from specward.recording.fields import FieldKind
from specward.recording.reading import Event
from specward.writing import facts, veiling
from specward.writing.composing import Composed, compose
from specward.writing.models.client import DOCUMENT_CONTEXT, DOCUMENT_TITLE
from specward.writing.models.writers import Writer
from specward.writing.redaction import Kind, recognised
from specward.writing.typed import Typed
from specward.writing.veiling import CONTROL_ROLES, Veil
from tests.recording.replay import SHOP, Replay
from tests.shared_data import needs_shared
from tests.writing.examples import held_back
from tests.writing.harmless import written_by
from tests.writing.rewriting import in_turn, numbered, rewritten
from tests.writing.seeing import (
    MODEL,
    WRITERS,
    events_of,
    in_words,
    leaks,
    literals_in,
    misshapen,
    names_in,
    names_of_controls,
    prompt_of,
    recordings,
    session_of,
    typed_in,
)

RECORDINGS = recordings()
Session = tuple[Composed, tuple[Event, ...]]
both_writers = pytest.mark.parametrize("writer", WRITERS)


@pytest.fixture(scope="module")
def sessions() -> dict[str, Session]:
    """Those in which somebody did something."""
    made = {}
    for path in RECORDINGS:
        events = events_of(path)
        session = session_of(events)
        if session is not None and session.trace.actions:
            made[path.name] = (session, events)
    assert len(made) >= 24
    return made


@both_writers
@pytest.mark.parametrize("shapes_only", [False, True])
def test_no_typed_value_and_nothing_recognised_leaves(
    sessions: dict[str, Session], writer: Writer, shapes_only: bool
) -> None:
    typed = 0
    for name, (made, events) in sessions.items():
        values = typed_in(events)
        typed += len(values)
        assert leaks(prompt_of(made, writer, shapes_only=shapes_only), values) == [], name
    assert typed > 150


@needs_shared
def test_the_shared_recordings_are_among_them(sessions: dict[str, Session]) -> None:
    assert sum(name.endswith(".json") for name in sessions) >= 10


@both_writers
@pytest.mark.parametrize("shapes_only", [False, True])
def test_a_document_holds_only_what_is_on_the_list(
    sessions: dict[str, Session], writer: Writer, shapes_only: bool
) -> None:
    for name, (made, _) in sessions.items():
        assert misshapen(prompt_of(made, writer, shapes_only=shapes_only), writer) == [], name


# Names of persons


GIVEN = "alice bob carol cora ada mallory sam anna maria john james mary peter paul laura thomas julia michael sarah"
FAMILY = "example smith jones miller müller schmidt garcía lópez dupont martin rossi nowak kowalski ivanov"


def personal_names(made: Composed) -> set[str]:
    """The names that the session's own name fields hold, and some that many people have."""
    fields = (FieldKind.NAME, FieldKind.GIVEN_NAME, FieldKind.FAMILY_NAME)
    own = {word for kind, value in made.trace.typed if kind in fields for word in in_words(value).split()}
    return {word for word in own if len(word) >= 3} | set(GIVEN.split()) | set(FAMILY.split())


def names_told(sessions: dict[str, Session], *, shapes_only: bool) -> Counter[str]:
    """Names of persons in names of controls: how often each is told, by whichever writer."""
    found: Counter[str] = Counter()
    for made, _ in sessions.values():
        names = personal_names(made)
        for writer in WRITERS:
            document = orjson.loads(prompt_of(made, writer, shapes_only=shapes_only).document)
            for text in literals_in(document):
                found.update(word for word in in_words(text).split() if word in names)
    return found


def test_names_of_persons_in_names_of_controls_are_counted(
    sessions: dict[str, Session], record_property: Callable[[str, object], None]
) -> None:
    told = names_told(sessions, shapes_only=False)
    record_property("personal names told", told.total())
    assert told.total() <= MOST_NAMES, told


def test_a_name_that_nobody_typed_is_told_and_counted_and_not_of_shapes_alone() -> None:
    made = named("Cart of Anna", {"name": "note"}, "Ring twice")
    sessions: dict[str, Session] = {"made": (made, ())}
    assert names_told(sessions, shapes_only=False)["anna"] >= 2
    assert names_told(sessions, shapes_only=True).total() == 0


MOST_NAMES = 0
"""In the recordings that there are now. A name that nobody typed has no shape: a page may call a button by it."""


def test_of_shapes_alone_no_name_of_a_control_is_told(sessions: dict[str, Session]) -> None:
    assert names_told(sessions, shapes_only=True).total() == 0
    told = 0
    for made, _ in sessions.values():
        for writer in WRITERS:
            assert names_in(prompt_of(made, writer, shapes_only=True)) == set()
            told += len(names_in(prompt_of(made, writer)))
    assert told > 200


# The request around it


def without_document(body: dict[str, Any]) -> bytes:
    body = orjson.loads(orjson.dumps(body))
    body["messages"][0]["content"][0]["source"]["data"] = ""
    return orjson.dumps(body)


@both_writers
def test_but_for_the_document_a_request_is_the_same_bytes_for_everybody(
    sessions: dict[str, Session], writer: Writer
) -> None:
    bodies = [
        prompt_of(made, writer, shapes_only=shapes_only).body(MODEL)
        for made, _ in sessions.values()
        for shapes_only in (False, True)
    ]
    assert len({without_document(body) for body in bodies}) == 1
    assert len({orjson.dumps(body) for body in bodies}) > len(sessions)


@both_writers
def test_a_request_has_this_shape_and_no_other(sessions: dict[str, Session], writer: Writer) -> None:
    made, _ = sessions["buy-by-courier.json.gz"]
    prompt = prompt_of(made, writer)
    document = {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": prompt.document},
        "title": DOCUMENT_TITLE,
        "context": DOCUMENT_CONTEXT,
    }
    assert prompt.body(MODEL) == {
        "model": MODEL,
        "max_tokens": prompt.most_tokens,
        "system": [{"type": "text", "text": prompt.system, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": [document, {"type": "text", "text": prompt.instruction}]}],
        "output_config": {"format": {"type": "json_schema", "schema": prompt.schema}},
    }
    assert made.trace.origin not in orjson.dumps(prompt.body(MODEL)).decode()


@pytest.mark.parametrize("double", [Hostile(["nothing"]), Reasonable(), Obedient()], ids=lambda one: type(one).__name__)
@both_writers
def test_nor_does_anything_leave_when_a_model_is_asked_again(
    sessions: dict[str, Session], writer: Writer, double: Double
) -> None:
    most = 0
    for name, (made, events) in sessions.items():
        values = typed_in(events)
        _, bodies = written_by(double, writer, made)
        most = max(most, len(bodies))
        for body in bodies:
            for message in orjson.loads(body)["messages"][1:]:
                said = message["content"][0]["text"]
                words = f" {in_words(said)} "
                assert [value for value in values if f" {value} " in words] == [], name
                if message["role"] == "user":
                    assert made.trace.origin not in said
    if isinstance(double, Hostile) and writer is Writer.AUTHORED:
        assert most > 1


# Canaries


def small() -> list[Path]:
    return [path for path in RECORDINGS if path.stat().st_size < 1_000_000]


@both_writers
def test_of_marked_sessions_no_typed_mark_arrives(writer: Writer) -> None:
    arrived: Counter[str] = Counter()
    planted = 0
    for path in small():
        events = rewritten(events_of(path), said=numbered("zqpage"), typed=numbered("zqtyped"))
        planted += orjson.dumps([event.data for event in events]).count(b"zqtyped")
        made = session_of(events)
        if made is None:
            continue
        prompt = prompt_of(made, writer)
        assert "zqtyped" not in orjson.dumps(prompt.body(MODEL)).decode(), path.name
        assert misshapen(prompt, writer) == []
        for text in literals_in(orjson.loads(prompt.document)):
            arrived.update(["zqpage"] if "zqpage" in text else [])
        said = {name for action in made.trace.actions for name in names_of_controls(action)}
        for text in literals_in(orjson.loads(prompt.document)):
            assert "zqpage" not in text or text in said, text
    assert planted > 200
    assert arrived["zqpage"] > 50


@both_writers
def test_of_pages_made_of_patterns_none_arrives(writer: Writer) -> None:
    patterns = [text for _, text in held_back() if "\ud800" not in text]
    wanted = {pattern for pattern in patterns if len(pattern) >= 6}
    tried = 0
    for path in small():
        for said in (in_turn(patterns), in_turn([f"Pay with {pattern} now" for pattern in reversed(patterns)])):
            made = session_of(rewritten(events_of(path), said=said, typed=in_turn(patterns)))
            if made is None:
                continue
            prompt = prompt_of(made, writer)
            tried += len(made.trace.actions) > 0
            assert leaks(prompt, ()) == [], path.name
            assert misshapen(prompt, writer) == []
            document = orjson.dumps(orjson.loads(prompt.document)).decode()
            assert [pattern for pattern in wanted if pattern in document] == [], path.name
    assert tried > 40


@both_writers
def test_of_pages_that_say_what_was_typed_nothing_arrives(writer: Writer) -> None:
    tried = 0
    for path in small():
        events = events_of(path)
        typed = sorted({str(e.data["text"]) for e in events if _is_typed(e)})
        if not typed:
            continue
        made = session_of(rewritten(events, said=in_turn([*typed, *(f"Hello, {one}!".upper() for one in typed)])))
        if made is not None:
            values = {in_words(value) for _, value in made.trace.typed if len(in_words(value)) >= 3}
            tried += len(values) > 0
            assert leaks(prompt_of(made, writer), values) == [], path.name
    assert tried > 12


def _is_typed(event: Event) -> bool:
    data = event.data
    if event.type != 3 or not isinstance(data, dict) or data.get("source") != 5 or data.get("isChecked"):
        return False
    return "*" not in str(data.get("text")) and len(str(data.get("text"))) >= 3


def named(words: str, field: dict[str, Any], *typed: str) -> Composed:
    """Somebody fills a field and clicks a button that the page calls by ``words``."""
    replay = Replay()
    controls = [replay.node("input", {**field}, key="field"), replay.node("button", {}, words, key="button")]
    replay.page(f"{SHOP}/", [replay.node("form", {}, controls)]).click("field")
    for text in typed:
        replay.input("field", text)
    made = session_of(_events(replay.click("button")))
    assert made is not None
    return made


def _events(replay: Replay) -> list[Event]:
    return [Event(i, "", one["type"], one["data"], one["timestamp"]) for i, one in enumerate(replay.events)]


@both_writers
@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ({"name": "note"}, "Ring twice", "RING TWICE, PLEASE"),
        ({"name": "note"}, "Ring twice", "ring-twice"),
        ({"name": "note"}, "Ring twice", "Ring\u200b twice"),
        ({"name": "note"}, "Ring twice", "ＲＩＮＧ ＴＷＩＣＥ"),
        ({"name": "note"}, "Crème brûlée", "Creme brulee"),
        ({"name": "note"}, "山田太郎", "山田太郎様のカート"),
        ({"name": "note"}, "สมชาย", "ตะกร้าของสมชาย"),
        ({"name": "note"}, "김철수", "김철수님의 장바구니"),
        ({"name": "name"}, "Wanda Fictional", "Hello Wanda"),
        ({"name": "name"}, "Wanda Fictional", "The Fictional family"),
        ({"name": "name"}, "Wanda Fictional", "wandafictional"),
        ({"name": "name"}, "Wanda Fictional", "@wandafictional"),
        ({"type": "email"}, "wanda@acme.example", "Hello Wanda"),
        ({"name": "note"}, "wanda.fictional@acme.example", "Signed in as Wanda"),
        ({"name": "nickname"}, "w4nda", "Log w4nda out"),
        ({"name": "name"}, "Wanda Fictional", "Fictionals Warenkorb"),
        ({"name": "name"}, "Wanda", "WandaFictional"),
        ({"name": "name"}, "Müllerin", "Muellerin"),
        ({"name": "note"}, "wandafictional@acme.example", "Wanda Fictional"),
    ],
)
def test_no_control_is_called_by_what_was_typed(writer: Writer, field: dict[str, Any], typed: str, words: str) -> None:
    made = named(words, field, typed)
    document = prompt_of(made, writer).document
    assert words not in document
    assert not set(in_words(words).split()) & set(in_words(document).split())
    assert len(made.trace.actions) == 3


@both_writers
@pytest.mark.parametrize(
    ("typed", "words"), [("1250", "Pay €1,250.00"), ("1250.00", "Pay € 1.250"), ("85000", "Ask for 85'000")]
)
def test_nor_by_a_number_that_was_typed_however_it_is_grouped(writer: Writer, typed: str, words: str) -> None:
    assert words not in prompt_of(named(words, {"name": "amount"}, typed), writer).document
    assert words in prompt_of(named(words, {"name": "amount"}, "77"), writer).document


@both_writers
def test_test_ids_selectors_and_addresses_are_placeholders(writer: Writer) -> None:
    made = named("", {"data-testid": "wanda-basket", "id": "wanda", "name": "basket", "title": "Wanda"}, "Ring twice")
    target = made.trace.actions[1].target
    assert target is not None and any(ranked.locator.value == "wanda-basket" for ranked in target.locators)
    prompt = prompt_of(made, writer)
    assert "wanda-basket" not in prompt.document
    assert misshapen(prompt, writer) == []


@both_writers
def test_what_is_no_control_has_no_name_and_no_role_of_its_own(writer: Writer) -> None:
    replay = Replay()
    heading = replay.node("h2", {}, "Wanda has ordered", key="heading")
    widget = replay.node("div", {"role": "wanda", "tabindex": "0"}, "Wanda", key="widget")
    replay.page(f"{SHOP}/", [heading, widget, replay.node("div", {}, key="far")])
    for key in ("heading", "widget"):
        replay.click(key).append("far", replay.node("p", {"role": "status"}, f"Thank you, {key}"))
    made = session_of(_events(replay))
    assert made is not None and len(made.trace.actions) == 3
    prompt = prompt_of(made, writer)
    assert "wanda" not in prompt.document.casefold()
    assert misshapen(prompt, writer) == []


@both_writers
def test_nor_by_what_was_typed_first_and_corrected(writer: Writer) -> None:
    made = named("Cart of Wanda Fictional", {"name": "name"}, "Wanda Fictional", "Wand", "", "Bob Example")
    assert [value for _, value in made.trace.typed] == ["Wanda Fictional", "Bob Example"]
    assert "Wanda" not in prompt_of(made, writer).document
    assert "Fictional" not in prompt_of(made, writer).document


@both_writers
@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(("Wandas", "Wanda"), id="a letter too many"),
        pytest.param(("Wanda Fictional", "Wanda Fictiona", "Wanda"), id="the second word taken back"),
        pytest.param((*(f"Try {number}" for number in range(60)), "Wanda"), id="after many others"),
    ],
)
def test_nor_by_what_is_left_in_a_field_however_it_came_to_be(writer: Writer, typed: tuple[str, ...]) -> None:
    made = named("Cart: Wanda", {"name": "note"}, *typed)
    assert made.trace.actions[-2].value == "Wanda"
    assert "Wanda" not in prompt_of(made, writer).document


@both_writers
@pytest.mark.parametrize("field", [{"name": "nickname"}, {"type": "password"}])
def test_nor_by_what_was_typed_on_another_site(writer: Writer, field: dict[str, Any]) -> None:
    replay = Replay().later(3000)
    replay.page("https://sso.example/", [replay.node("input", field, key="field")]).click("field")
    replay.type("field", "w4nda").later(3000)
    replay.page(f"{SHOP}/home", [replay.node("button", {}, "Log w4nda out", key="button")]).later(2000)
    made = compose(replay.click("button").later(3000).trace())
    assert made.trace.actions[-1].page == "/home"
    assert "w4nda" not in prompt_of(made, writer).document


def test_what_was_typed_is_not_kept_where_it_is_secret() -> None:
    made = named("Pay", {"type": "password"}, "hunter2", "hunter", "hunter22")
    assert made.trace.typed == ()
    made = named("Pay", {"name": "x"}, "4111 1111", "4111", "4111 1111 1111 1111")
    assert made.trace.typed == ()


# Each wall is needed


def told_by(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks one of the walls."""
    if broken == "typed values are said":
        monkeypatch.setattr(Veil, "value", lambda self, kind, value: value)
    elif broken == "names are not looked through":
        monkeypatch.setattr("specward.writing.veiling.recognised", lambda text: None)
    elif broken == "one recogniser is left out":
        monkeypatch.setattr("specward.writing.veiling.recognised", _all_but_phones)
    elif broken == "what was typed may be a name":
        monkeypatch.setattr(Typed, "within", lambda self, name: False)
    elif broken == "what was corrected is forgotten":
        monkeypatch.setattr(facts, "Typed", lambda values: Typed(list(values)[-1:]))
    elif broken == "texts of the page are said":
        monkeypatch.setattr(veiling, "CONTROL_ROLES", CONTROL_ROLES | {"heading", "status", "alert", "listitem"})
    elif broken == "addresses are said":
        monkeypatch.setattr(Veil, "path", lambda self, path: path)
    elif broken == "shapes only is not heeded":
        init = Veil.__init__
        monkeypatch.setattr(Veil, "__init__", lambda self, typed, *, shapes_only: init(self, typed, shapes_only=False))
    elif broken == "the site is named":
        real_facts = facts.facts_of
        monkeypatch.setattr(
            "tests.writing.seeing.facts_of", lambda *given, **more: _with_origin(real_facts, *given, **more)
        )


def _all_but_phones(text: str) -> Kind | None:
    kind = recognised(text)
    return None if kind is Kind.PHONE else kind


def _with_origin(real: Callable[..., Any], trace: Any, *given: Any, **more: Any) -> Any:
    made = real(trace, *given, **more)
    document = orjson.loads(made.document)
    document["actions"]["a1"]["page"] = trace.origin
    return replace(made, document=orjson.dumps(document).decode())


def alarms(sessions: dict[str, Session]) -> int:
    """How much the tests of this file would find."""
    found = 0
    for name, (made, events) in sessions.items():
        if not name.endswith(".gz"):
            continue
        for writer in WRITERS:
            prompt = prompt_of(made, writer)
            found += len(leaks(prompt, typed_in(events))) + len(misshapen(prompt, writer))
            found += len(names_in(prompt_of(made, writer, shapes_only=True)))
    patterns = [text for _, text in held_back() if re.search(r"\d", text)]
    for path in small()[:6]:
        patterned = session_of(rewritten(events_of(path), said=in_turn(patterns)))
        if patterned is not None:
            found += sum(len(leaks(prompt_of(patterned, writer), ())) for writer in WRITERS)
    echoed = named("Cart of Wanda Fictional", {"name": "name"}, "Wanda Fictional", "", "Bob Example")
    for writer in WRITERS:
        found += len(leaks(prompt_of(echoed, writer), {"wanda fictional"}))
    return found


def test_as_it_is_nothing_is_found(sessions: dict[str, Session]) -> None:
    assert alarms(sessions) == 0


@pytest.mark.parametrize(
    "broken",
    [
        "typed values are said",
        "names are not looked through",
        "one recogniser is left out",
        "what was typed may be a name",
        "what was corrected is forgotten",
        "texts of the page are said",
        "addresses are said",
        "shapes only is not heeded",
        "the site is named",
    ],
)
def test_each_wall_is_needed(broken: str, sessions: dict[str, Session], monkeypatch: pytest.MonkeyPatch) -> None:
    told_by(broken, monkeypatch)
    assert alarms(sessions) > 0
