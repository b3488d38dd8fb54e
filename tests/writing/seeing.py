"""What a request says to a model, taken apart: which strings, and which of them should not be there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from specward.errors import SpecwardError
from specward.language.gate import check
from specward.language.ir import Arg, Call, Fixture, Secret
from specward.language.registry import REGISTRY
from specward.language.vocabulary import ROLES
from specward.recording.actions import ActionKind
from specward.recording.locators import By, Frame, Locator
from specward.recording.reading import Event, read_events
from specward.recording.tracing import trace
from specward.writing.composing import Composed, compose
from specward.writing.facts import facts_of
from specward.writing.models.client import Prompt
from specward.writing.models.writers import Writer
from specward.writing.prompting import ORIGIN, prompt_for
from specward.writing.redaction import recognised
from specward.writing.veiling import CONTROL_ROLES, LONGEST_NAME
from tests.shared_data import shared
from tests.writing.hostile_sessions import DEMO

WRITERS: Final = (Writer.REFINED, Writer.AUTHORED)
MODEL: Final = "claude-sonnet-5-5"


@cache
def events_of(path: Path) -> tuple[Event, ...]:
    return tuple(read_events(path))


def recordings() -> list[Path]:
    """All there are on this machine: the demo's, and the shared ones where they are."""
    return [*sorted(DEMO.glob("*.json.gz")), *sorted(shared("recordings").glob("*.json"))]


def session_of(events: Iterable[Event]) -> Composed | None:
    """A session as the baseline writes it; None where it is refused.

    The page is kept up to date in the events' own nodes: they are copied first.
    """
    try:
        return compose(trace(_copied(events), origin="https://recorded.example"))
    except SpecwardError:
        return None


def _copied(events: Iterable[Event]) -> Iterator[Event]:
    return (event._replace(data=orjson.loads(orjson.dumps(event.data))) for event in events)


def prompt_of(made: Composed, writer: Writer, *, shapes_only: bool = False) -> Prompt:
    return prompt_for(facts_of(made.trace, made.written, writer, shapes_only=shapes_only), writer)


def strings_in(data: Any) -> Iterator[str]:
    """All strings of a JSON value, keys too."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield key
            yield from strings_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings_in(value)


def literals_in(data: Any) -> Iterator[str]:
    """All strings of a document; of the calls in it those that stand between quotes."""
    for text in strings_in(data):
        call = _call_in(text)
        if call is None:
            yield text
        else:
            yield from (literal for _, arg in call.args for literal in _in_arg(arg))


@cache
def _call_in(text: str) -> Call | None:
    if not re.match(r"[a-z_]+\(", text):
        return None
    checked = check(f'spec("A", origin="{ORIGIN}")\n\nwith step("A"):\n    {text}\n', origins=[ORIGIN])
    return checked.spec.steps[0].calls[0] if checked.spec is not None else None


def _in_arg(arg: Arg) -> Iterator[str]:
    if isinstance(arg, str):
        yield arg
    elif isinstance(arg, Secret | Fixture):
        yield arg.name
    elif isinstance(arg, Locator):
        yield arg.value
        if arg.name is not None:
            yield arg.name
        if arg.within is not None:
            yield from _in_arg(arg.within.owner if isinstance(arg.within, Frame) else arg.within)


def names_in(prompt: Prompt) -> set[str]:
    """The names of controls that a document says as they are."""
    ours = re.compile(
        f"{_PLACEHOLDER}|/p\\d+|#x\\d+|SECRET_\\d+|file-\\d+|[ac]\\d+|(?:{_CHECKS})(?: (?:{_ROLES}))?|actions|write|or|"
        f"then|kept|name|form|to|see|{'|'.join([*_TEXTS, *_TEXTS.values()])}"
    )
    return {text for text in literals_in(orjson.loads(prompt.document)) if not ours.fullmatch(text)}


def in_words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def typed_in(events: Iterable[Event]) -> set[str]:
    """The texts of all input events, as words, of three characters and more and unmasked.

    Left out is what a page had said before it was typed: its own words, which somebody typed too.
    """
    found: set[str] = set()
    said: set[str] = set()
    for event in events:
        data = event.data
        if event.type == 2:
            said.update(_said_by(data.get("node")))
        elif event.type == 3 and isinstance(data, dict) and data.get("source") == 0:
            for add in data.get("adds") or ():
                said.update(_said_by(add.get("node")))
        elif event.type == 3 and isinstance(data, dict) and data.get("source") == 5 and not data.get("isChecked"):
            words = in_words(str(data.get("text") or ""))
            fresh = len(words) >= 3 and "**" not in str(data.get("text")) and words not in found
            if fresh and not any(f" {words} " in f" {label} " for label in said):
                found.add(words)
    return found


def _said_by(node: Any) -> Iterator[str]:
    """What a part of a page says and calls its controls, as words."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict):
            continue
        if isinstance(one.get("textContent"), str):
            yield in_words(one["textContent"])
        attributes = one.get("attributes")
        if isinstance(attributes, dict):
            yield from (in_words(v) for k, v in attributes.items() if isinstance(v, str) and k in NAMING)
        waiting.extend(one.get("childNodes") or ())


NAMING: Final = ("aria-label", "placeholder", "title", "alt")


@dataclass(frozen=True)
class Leak:
    """Something that a model was told and should not have been."""

    what: str
    where: str


def leaks(prompt: Prompt, typed: Iterable[str]) -> list[Leak]:
    """Typed values, as words, and everything recognised, in the one part of a request that stems from a recording."""
    document = orjson.loads(prompt.document)
    found: list[Leak] = []
    wanted = set(typed)
    for text in set(literals_in(document)):
        kind = recognised(text)
        if kind is not None:
            found.append(Leak(f"recognised: {kind}", text))
        words = f" {in_words(text)} "
        found += [Leak(f"typed: {one}", text) for one in wanted if f" {one} " in words]
    return found


# The document's shape

_PLACEHOLDER: Final = r"<[a-z][a-z-]{0,30}#\d{1,5}>"
_KINDS: Final = "|".join(kind.value for kind in ActionKind)
_ROLES: Final = "|".join(sorted(ROLES))
_CHECKS: Final = "|".join(name.removeprefix("expect_") for name in REGISTRY if name.startswith("expect_"))
_TEXTS: Final = {
    "do": _KINDS,
    "role": f"{_ROLES}|field|element",
    "page": r"/p\d{1,5}",
    "value": _PLACEHOLDER,
    "key": "Enter|Escape|Tab|Space",
    "answer": "accept|dismiss",
}
"""The keys of an action for the refined writer whose values are texts, and what these may be."""


def misshapen(prompt: Prompt, writer: Writer) -> list[str]:
    """What of a document is not on the list of what may be there: keys, and the alphabet of each one's value."""
    data = orjson.loads(prompt.document)
    if set(data) != {"actions"} or type(data["actions"]) is not dict:
        return [f"keys {sorted(data)}"]
    if list(data["actions"]) != [f"a{number}" for number in range(1, len(data["actions"]) + 1)]:
        return [f"actions {list(data['actions'])}"]
    wrong = _wrong_calls if writer is Writer.AUTHORED else _wrong_ids
    return [one for action in data["actions"].values() for one in wrong(action)]


def _wrong_ids(told: Any) -> Iterator[str]:
    if type(told) is not dict:
        yield f"{told!r} is no object"
        return
    for key, value in told.items():
        right = False
        if key in _TEXTS:
            right = type(value) is str and re.fullmatch(_TEXTS[key], value) is not None
        elif key == "name":
            right = is_name(value)
        elif key == "form":
            right = type(value) is int and 0 < value < 100_000
        elif key == "to":
            yield from _wrong_ids(value)
            right = set(value) <= {"role", "name"}
        elif key == "then":
            right = all(
                re.fullmatch(r"c\d{1,5}", id) and re.fullmatch(f"(?:{_CHECKS})(?: (?:{_ROLES}))?", seen)
                for id, seen in value.items()
            )
        if not right:
            yield f"{key}: {value!r}"


def _wrong_calls(told: Any) -> Iterator[str]:
    if type(told) is not dict or not set(told) <= {"write", "or", "then"}:
        yield f"{told!r} is no action"
        return
    yield from _wrong_call(told["write"])
    for way in told.get("or", []):
        yield from _wrong_call(way)
    for one in told.get("then", []):
        if not {"write"} <= set(one) <= {"write", "kept"} or one.get("kept", True) is not True:
            yield f"{one!r} is no check"
        yield from _wrong_call(one.get("write"))


def is_name(text: Any) -> bool:
    """A control's name that may be said, or a placeholder."""
    if type(text) is not str:
        return False
    return bool(re.fullmatch(_PLACEHOLDER, text)) or (
        0 < len(text) <= LONGEST_NAME and text.isprintable() and recognised(text) is None
    )


def _wrong_call(text: Any) -> Iterator[str]:
    call = _call_in(text) if type(text) is str else None
    if call is None:
        yield f"no call: {text!r}"
        return
    for name, arg in call.args:
        if isinstance(arg, Locator):
            yield from _wrong_locator(arg)
        elif isinstance(arg, Secret):
            if not re.fullmatch(r"SECRET_\d{1,5}", arg.name):
                yield f"secret {arg.name!r}"
        elif isinstance(arg, Fixture):
            if not re.fullmatch(r"file-\d{1,5}", arg.name):
                yield f"fixture {arg.name!r}"
        elif isinstance(arg, str):
            allowed = {"url": r"/p\d{1,5}", "key": "Enter|Escape|Tab|Space", "answer": "accept|dismiss"}
            if not re.fullmatch(allowed.get(name, _PLACEHOLDER), arg):
                yield f"{name} {arg!r}"


def _wrong_locator(locator: Locator) -> Iterator[str]:
    if isinstance(locator.within, Frame):
        yield from _wrong_locator(locator.within.owner)
    elif locator.within is not None:
        yield from _wrong_locator(locator.within)
    match locator.by:
        case By.ROLE:
            if locator.value not in ROLES:
                yield f"role {locator.value!r}"
            shown = locator.name is not None and not re.fullmatch(_PLACEHOLDER, locator.name)
            if shown and not (locator.value in CONTROL_ROLES and is_name(locator.name)):
                yield f"name {locator.name!r}"
        case By.LABEL | By.PLACEHOLDER:
            if not is_name(locator.value):
                yield f"label {locator.value!r}"
        case By.CSS:
            if not re.fullmatch(r"#x\d{1,5}", locator.value):
                yield f"selector {locator.value!r}"
        case _:
            if not re.fullmatch(_PLACEHOLDER, locator.value):
                yield f"{locator.by} {locator.value!r}"


def names_of_controls(action: Any) -> Iterable[str]:
    """What a page calls the controls that were used, or that came: all that a model may be told of its words."""
    for target in (action.target, action.to):
        if target is not None:
            yield from (target.name, target.words)
            for ranked in target.locators:
                yield from names_at(ranked.locator)
    for effect in action.effects:
        yield from names_at(effect.locator)


def names_at(locator: Any) -> Iterable[str]:
    while locator is not None:
        if not hasattr(locator, "by"):
            locator = locator.owner
            continue
        if locator.by == "role" and locator.value in CONTROL_ROLES and locator.name:
            yield locator.name
        elif locator.by in ("label", "placeholder"):
            yield locator.value
        locator = locator.within
