"""What a model is told of a session: what was done to which control, as JSON, and nothing that a page says by itself.

Actions are ``a1``, ``a2``, ..., optional checks ``c1``, ``c2``, ...: with these ids it answers. What must be checked in
any case has no id, so that nobody can name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import orjson

from specward.language.ir import Secret
from specward.language.printer import print_call
from specward.language.vocabulary import ROLES
from specward.recording.actions import Action, ActionKind, Target, Trace
from specward.writing.acts import Act, must_keep, ways_to_act
from specward.writing.assembling import Written
from specward.writing.assertions import Assertion
from specward.writing.models.client import Failure, ModelFailed
from specward.writing.models.writers import Writer
from specward.writing.redaction import placeholder_kind
from specward.writing.typed import Typed
from specward.writing.veiling import CONTROL_ROLES, Veil

LONGEST_DOCUMENT: Final = 128 * 1024
"""Bytes of a document: a session that takes more is written without a model."""
_MOST_WAYS: Final = 3
"""Ways to point at an element that the authored writer is offered."""
_TYPED: Final = (ActionKind.FILL, ActionKind.SELECT)
USUAL_ROLE: Final = MappingProxyType(
    {
        ActionKind.CLICK: "button",
        ActionKind.FILL: "textbox",
        ActionKind.SELECT: "combobox",
        ActionKind.CHECK: "checkbox",
        ActionKind.UNCHECK: "checkbox",
    }
)
"""What a control is where its role is not said."""
_CONTROL_TAGS: Final = frozenset({"a", "button", "input", "select", "textarea", "summary"})


@dataclass(frozen=True, slots=True)
class Facts:
    """The document, and what the ids and placeholders in it stand for, which stays here."""

    document: str
    veil: Veil
    optional: Mapping[str, tuple[int, Assertion]]
    """The optional checks by their ids, each with the number of its action, from 0."""


def facts_of(trace: Trace, written: Written, writer: Writer, *, shapes_only: bool = False) -> Facts:
    """What ``writer`` may know of a session that the baseline has ``written``.

    Raises :class:`ModelFailed` where that is over 128 KiB.
    """
    veil = Veil(Typed(trace.typed), shapes_only=shapes_only)
    kept = must_keep(written.acts)
    optional: dict[str, tuple[int, Assertion]] = {}
    told: dict[str, dict[str, Any]] = {}
    before: Action | None = None
    for number, (action, act) in enumerate(zip(trace.actions, written.acts, strict=True)):
        free = [one for one in (*act.asserted, *act.offered) if one not in kept[number]]
        mine = {f"c{len(optional) + place}": one for place, one in enumerate(free, 1)}
        optional |= {id: (number, one) for id, one in mine.items()}
        if writer is Writer.AUTHORED:
            told[f"a{number + 1}"] = _in_calls(action, act, kept[number], veil)
        else:
            told[f"a{number + 1}"] = _in_ids(action, act, before, mine, veil)
        before = action
    document = orjson.dumps({"actions": told})
    if len(document) > LONGEST_DOCUMENT:
        raise ModelFailed(Failure.TOO_LONG)
    return Facts(document.decode(), veil, optional)


def _in_ids(
    action: Action, act: Act, before: Action | None, optional: Mapping[str, Assertion], veil: Veil
) -> dict[str, Any]:
    """One action for the refined writer. Page and form stand where they are others than before, a role where it is
    another than usual: what is said once need not be said a hundred times."""
    told: dict[str, Any] = {"do": action.kind.value}
    page = action.value or "/" if action.kind is ActionKind.GOTO else action.page
    if before is None or page != before.page:
        told["page"] = veil.path(page)
    target = action.target
    if target is not None:
        told |= _told_of(target, veil)
        if told["role"] == USUAL_ROLE.get(action.kind):
            del told["role"]
        if target.form and (before is None or before.target is None or before.target.form != target.form):
            told["form"] = target.form
    if action.to is not None:
        told["to"] = _told_of(action.to, veil)
    if action.kind in _TYPED:
        secret = next((arg.name for _, arg in act.call.args if isinstance(arg, Secret)), "")
        told["value"] = veil.value(_kind(action), action.value or secret)
    elif action.kind in (ActionKind.PRESS, ActionKind.ANSWER) and action.value:
        told["key" if action.kind is ActionKind.PRESS else "answer"] = action.value
    if optional:
        told["then"] = {id: _in_words(one) for id, one in optional.items()}
    return told


def _in_words(one: Assertion) -> str:
    """``visible heading``, ``title``: what a check looks at, without what it would see there."""
    see = one.call.primitive.removeprefix("expect_")
    return f"{see} {one.effect.role}" if one.effect.role in ROLES else see


def _told_of(target: Target, veil: Veil) -> dict[str, str]:
    # A page may call its elements, and their roles, what it likes.
    told = {"role": target.role if target.role in ROLES else "field" if is_control(target) else "element"}
    if is_control(target) and (name := target.name or target.words):
        told["name"] = veil.name(_word(target), name)
    return told


def is_control(target: Target) -> bool:
    """Is its name what it is for, and not a text of the page?"""
    return target.role in CONTROL_ROLES or (not target.role and target.tag in _CONTROL_TAGS)


def _word(target: Target) -> str:
    return target.role if target.role in CONTROL_ROLES else "field"


def _kind(action: Action) -> str:
    if action.value is None:
        return "secret"
    return placeholder_kind(action.target, action.value)


def _in_calls(action: Action, act: Act, kept: frozenset[Assertion], veil: Veil) -> dict[str, Any]:
    """One action for the authored writer: the call, other ways to say it, and what may follow."""
    kind = _kind(action) if action.kind in _TYPED else "text"
    told: dict[str, Any] = {"write": print_call(veil.call(act.call, kind))}
    ways = [print_call(veil.call(call, kind)) for call in ways_to_act(action, act)[1:_MOST_WAYS]]
    if ways:
        told["or"] = list(dict.fromkeys(ways))
    then = [{"write": print_call(veil.call(one.call)), "kept": True} for one in act.asserted if one in kept]
    then += [{"write": print_call(veil.call(one.call))} for one in (*act.asserted, *act.offered) if one not in kept]
    if then:
        told["then"] = then
    return told
