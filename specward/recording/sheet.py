"""The grounding sheet: what survives the discard of a recording.

Per step the locator candidates and the texts that may be asserted, no DOM and no typed secret; at most 64 KiB. Edits,
healing and re-checks of a spec are held against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from specward.errors import SpecwardError
from specward.recording.actions import Action, ActionKind, Effect, EffectKind, Trace
from specward.recording.locators import By, Frame, Locator
from specward.recording.wording import is_sayable

SHEET_BYTES = 64 * 1024
SHEET_VERSION = 1


class SheetRefused(SpecwardError):
    """A grounding sheet that is damaged, too large, or of a version not known here."""

    code = "sheet-refused"


_ADDRESSES = (EffectKind.URL, EffectKind.POPUP)


@dataclass(frozen=True, slots=True)
class SheetStep:
    """One action of the recording: what it could be pointed at with, what was put in, and what it caused."""

    kind: ActionKind
    locators: tuple[Locator, ...]
    value: str | None
    effects: tuple[Effect, ...]


@dataclass(frozen=True)
class Sheet:
    """Everything a spec may be grounded on."""

    origin: str
    title: str
    steps: tuple[SheetStep, ...]
    notes: tuple[str, ...] = ()
    """What the reader of the spec should know: what it could not assert, and why."""

    @cached_property
    def locators(self) -> AbstractSet[Locator]:
        """Every locator that pointed at something, with the scopes it was seen in."""
        found: set[Locator] = set()
        for step in self.steps:
            found.update(step.locators)
            found.update(effect.locator for effect in step.effects if effect.locator is not None)
        return found

    @cached_property
    def texts(self) -> Mapping[Locator, AbstractSet[str]]:
        """The texts that were seen to become true, by the locator they were seen at."""
        return self._by_locator({EffectKind.TEXT, EffectKind.APPEARED})

    @cached_property
    def values(self) -> Mapping[Locator, AbstractSet[str]]:
        """What was filled in, chosen or pressed, and the values that fields took by themselves."""
        found: dict[Locator, set[str]] = {
            locator: set(values) for locator, values in self._by_locator({EffectKind.VALUE}).items()
        }
        for step in self.steps:
            if step.value is not None:
                for locator in step.locators:
                    found.setdefault(locator, set()).add(step.value)
        return found

    @cached_property
    def counts(self) -> Mapping[Locator, AbstractSet[int]]:
        found: dict[Locator, set[int]] = {}
        for effect in self._effects():
            if effect.kind is EffectKind.COUNT and effect.locator is not None:
                found.setdefault(effect.locator, set()).add(effect.count)
        return found

    @cached_property
    def urls(self) -> AbstractSet[str]:
        """Paths that were gone to or arrived at."""
        gone_to = {step.value for step in self.steps if step.kind is ActionKind.GOTO and step.value is not None}
        return gone_to | {effect.text for effect in self._effects() if effect.kind in _ADDRESSES}

    @cached_property
    def titles(self) -> AbstractSet[str]:
        return {effect.text for effect in self._effects() if effect.kind is EffectKind.TITLE}

    def _effects(self) -> Iterable[Effect]:
        for step in self.steps:
            yield from step.effects

    def _by_locator(self, kinds: set[EffectKind]) -> dict[Locator, set[str]]:
        found: dict[Locator, set[str]] = {}
        for effect in self._effects():
            if effect.kind in kinds and effect.locator is not None and effect.text:
                found.setdefault(effect.locator, set()).add(effect.text)
        return found

    def to_bytes(self) -> bytes:
        """Canonical JSON, at most 64 KiB: where it would be more, the weaker candidates of each step go first.

        Raises :class:`SheetRefused` where even the best of each step is more than that.
        """
        for locators, effects in ((12, 10), (4, 10), (4, 5), (2, 3)):
            steps = [
                [
                    step.kind.value,
                    [_plain(one) for one in step.locators[:locators]],
                    step.value,
                    [_plain_effect(effect) for effect in step.effects[:effects]],
                ]
                for step in self.steps
            ]
            raw = orjson.dumps(
                {
                    "version": SHEET_VERSION,
                    "origin": self.origin,
                    "title": self.title,
                    "steps": steps,
                    "notes": self.notes,
                },
                option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE,
            )
            if len(raw) <= SHEET_BYTES:
                return raw
        raise SheetRefused(
            f"the grounding sheet of {len(self.steps)} steps is over {SHEET_BYTES:,} bytes",
            hint="Cut the recording into shorter sessions.",
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Sheet:
        """Read a sheet back. Raises :class:`SheetRefused` for anything that :meth:`to_bytes` does not write."""
        if len(raw) > SHEET_BYTES:
            raise SheetRefused(f"a grounding sheet is at most {SHEET_BYTES:,} bytes, not {len(raw):,}")
        try:
            data = orjson.loads(raw)
        except orjson.JSONDecodeError as broken:
            raise SheetRefused(f"the grounding sheet is not JSON: {broken}") from broken
        if type(data) is not dict or data.get("version") != SHEET_VERSION:
            raise SheetRefused("this is no grounding sheet of a version known here")
        try:
            return cls(
                origin=_text(data["origin"]),
                title=_text(data["title"]),
                steps=tuple(
                    SheetStep(
                        ActionKind(kind),
                        tuple(_locator(one, 0) for one in _list(locators)),
                        None if value is None else _text(value),
                        tuple(_effect(one) for one in _list(effects)),
                    )
                    for kind, locators, value, effects in _list(data["steps"])
                ),
                notes=tuple(_text(note) for note in _list(data.get("notes", []))),
            )
        except (KeyError, TypeError, ValueError) as broken:
            raise SheetRefused(f"the grounding sheet is damaged: {broken}") from broken


def sheet_of(trace: Trace, asserted: Iterable[Effect] = (), notes: Iterable[str] = ()) -> Sheet:
    """The grounding sheet of a trace. The ``asserted`` effects stand first in each step: the last to go for room."""
    first = frozenset(asserted)
    title = trace.title if is_sayable(trace.title) else ""
    return Sheet(trace.origin, title, tuple(_step(action, first) for action in trace.actions), tuple(notes))


def _step(action: Action, first: AbstractSet[Effect]) -> SheetStep:
    targets = [target for target in (action.target, action.to) if target is not None]
    locators = [target.locator for target in targets]  # the best of each first
    locators += [one.locator for target in targets for one in target.locators[1:]]
    effects = sorted(action.effects, key=lambda effect: effect not in first)
    return SheetStep(action.kind, tuple(locators), action.value, tuple(effects))


def _plain(locator: Locator) -> list[Any]:
    within: Any = None
    if isinstance(locator.within, Frame):
        within = ["frame", _plain(locator.within.owner)]
    elif locator.within is not None:
        within = _plain(locator.within)
    full = [locator.by.value, locator.value, locator.name, locator.nth, within]
    while full[-1] is None:
        full.pop()
    return full


def _locator(data: Any, depth: int) -> Locator:
    if depth > 10:
        raise ValueError("scopes nested over 10 deep")
    by, value, name, nth, within = (_list(data) + [None] * 5)[:5]
    inside: Locator | Frame | None = None
    if within is not None:
        framed = _list(within)
        if framed[:1] == ["frame"] and len(framed) == 2 and type(framed[1]) is list:
            inside = Frame(_locator(framed[1], depth + 1))
        else:
            inside = _locator(framed, depth + 1)
    if nth is not None and type(nth) is not int:
        raise ValueError("nth is not a number")
    return Locator(By(by), _text(value), None if name is None else _text(name), nth, inside)


def _plain_effect(effect: Effect) -> list[Any]:
    locator = None if effect.locator is None else _plain(effect.locator)
    full: list[Any] = [effect.kind.value, effect.text, locator, effect.role, effect.count, effect.inferred]
    while full[-1] in (None, "", 0, False):
        full.pop()
    return full


def _effect(data: Any) -> Effect:
    given = _list(data)
    kind, text, locator, role, count, inferred = (given + ["", "", None, "", 0, False][len(given) :])[:6]
    if type(count) is not int or type(inferred) is not bool:
        raise ValueError("an effect is damaged")
    return Effect(
        EffectKind(kind), None if locator is None else _locator(locator, 0), _text(text), _text(role), count, inferred
    )


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("a text is expected")
    return value


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError("a list is expected")
    return value
