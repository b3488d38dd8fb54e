"""Which effects of an action become assertions: a table of scores, and how many of them a reader wants.

The scores say how surely a person would check the thing, and how surely its absence is a fault:

=============================  =====  =========================================================
effect                         score  why
=============================  =====  =========================================================
another page was loaded          100  the plainest consequence there is
a dialog came                     95  it asks for an answer
an alert or a status spoke        90  the page's own report on what was done
a heading came                    80  what the new view is about
a dialog went                     75  what was asked is done
a route changed (inferred)        70  read from the link, not from the recorder
a window was opened (inferred)    70  read from the link, too
a field took a value by itself    70  a computed total, a normalised input
a list has so many entries        65  what a filter or a basket is for
a text changed                    60
the title changed                 58  as a heading, but less often right
an entry came or went             55
a text came                       50  below this a page is furnished, not answering
a button, a link, an image came   46
=============================  =====  =========================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from specward.language.ir import Arg, Call
from specward.recording.actions import Action, ActionKind, Effect, EffectKind
from specward.recording.wording import has_words

LEAST = 45
MUST_KEEP = 80
MOST_PER_ACTION = 2
MOST_PER_LOAD = 3
MOST_OFFERED = 2

_KIND = {
    EffectKind.URL: 100,
    EffectKind.TITLE: 58,
    EffectKind.TEXT: 60,
    EffectKind.VALUE: 70,
    EffectKind.CHECKED: 70,
    EffectKind.COUNT: 65,
    EffectKind.POPUP: 70,
}
_URL_INFERRED = 70
_APPEARED = {"dialog": 95, "alertdialog": 95, "alert": 90, "status": 90, "heading": 80, "row": 55, "listitem": 55}
_APPEARED_CONTROL = {
    "button": 46,
    "link": 46,
    "img": 46,
    "tab": 46,
    "menuitem": 46,
    "textbox": 46,
    "option": 40,
    "cell": 44,
}
_APPEARED_TEXT = 50
_GONE = {"dialog": 75, "alertdialog": 75, "row": 55, "listitem": 55, "alert": 50}
_GONE_OTHER = 46

# What is printed first: where one is, then what it is called, then what is there.
_ORDER = (EffectKind.URL, EffectKind.TITLE, EffectKind.GONE, EffectKind.APPEARED, EffectKind.TEXT, EffectKind.COUNT)


@dataclass(frozen=True, slots=True)
class Assertion:
    """A candidate assertion with its score; ``must_keep`` marks what a person would check in any case."""

    call: Call
    effect: Effect
    score: int

    @property
    def must_keep(self) -> bool:
        return self.score >= MUST_KEEP


def score(effect: Effect) -> int:
    """An effect's score by the table above."""
    match effect.kind:
        case EffectKind.URL:
            return _URL_INFERRED if effect.inferred else _KIND[EffectKind.URL]
        case EffectKind.APPEARED:
            known = _APPEARED.get(effect.role) or _APPEARED_CONTROL.get(effect.role, _APPEARED_TEXT)
            return known if has_words(effect.text) or effect.role.endswith("dialog") else LEAST
        case EffectKind.GONE:
            return _GONE.get(effect.role, _GONE_OTHER)
        case EffectKind.TEXT if effect.role in ("alert", "status", "heading"):
            return _APPEARED[effect.role]
        case _:
            return _KIND[effect.kind]


def assertions_for(action: Action) -> tuple[Assertion, ...]:
    """The assertions that follow an action, best chosen by score, in the order they read."""
    candidates = _candidates(action)
    if any(one.effect.kind is EffectKind.COUNT for one in candidates):
        # How many there are says it better than which one went.
        candidates = [
            one for one in candidates if one.effect.kind is not EffectKind.GONE or one.score >= _GONE["dialog"]
        ]
    candidates.sort(key=lambda one: -one.score)
    loads = any(one.effect.kind is EffectKind.URL for one in candidates) or action.kind is ActionKind.GOTO
    most = MOST_PER_LOAD if loads else MOST_PER_ACTION
    if action.kind in (ActionKind.FILL, ActionKind.CHECK, ActionKind.UNCHECK):
        most = 1
    chosen: list[Assertion] = []
    for one in candidates:
        if len(chosen) >= most:
            break
        if one.effect.kind is EffectKind.TITLE and sum(c.effect.kind is not EffectKind.URL for c in chosen):
            continue  # the heading says it already
        if not any(_same_subject(one.effect, other.effect) for other in chosen):
            chosen.append(one)
    return in_reading_order(chosen)


def further_assertions(action: Action, chosen: Sequence[Assertion]) -> tuple[Assertion, ...]:
    """What could be asserted after an action besides what is ``chosen``, best first: two at most, each of another
    thing, and no title where something on the page is asserted that says it."""
    further: list[Assertion] = []
    said = any(one.effect.kind is not EffectKind.URL for one in chosen)
    for one in sorted(_candidates(action), key=lambda one: -one.score):
        if said and one.effect.kind is EffectKind.TITLE:
            continue
        if len(further) < MOST_OFFERED and not any(
            one == other or _same_subject(one.effect, other.effect) for other in (*chosen, *further)
        ):
            further.append(one)
    return tuple(further)


def in_reading_order(assertions: Iterable[Assertion]) -> tuple[Assertion, ...]:
    """Where one is, then what it is called, then what is there."""
    return tuple(sorted(assertions, key=lambda one: _ORDER.index(one.effect.kind) if one.effect.kind in _ORDER else 9))


def _candidates(action: Action) -> list[Assertion]:
    gone_to = action.value if action.kind is ActionKind.GOTO else None
    candidates = (Assertion(_call(effect), effect, score(effect)) for effect in action.effects)
    return [
        one
        for one in candidates
        if one.score >= LEAST and not (one.effect.kind is EffectKind.URL and one.effect.text == gone_to)
    ]


def _same_subject(one: Effect, other: Effect) -> bool:
    if one.kind is EffectKind.URL or other.kind is EffectKind.URL:
        return False
    return one.text == other.text != "" or (one.locator is not None and one.locator == other.locator)


def _call(effect: Effect) -> Call:
    args: list[tuple[str, Arg]] = []
    if effect.locator is not None:
        args.append(("target", effect.locator))
    match effect.kind:
        case EffectKind.URL:
            return Call("expect_url", (("url", effect.text),))
        case EffectKind.POPUP:
            return Call("expect_popup", (("url", effect.text),))
        case EffectKind.TITLE:
            return Call("expect_title", (("title", effect.text),))
        case EffectKind.APPEARED:
            return Call("expect_visible", tuple(args))
        case EffectKind.GONE:
            return Call("expect_hidden", tuple(args))
        case EffectKind.TEXT:
            whole = (*args, ("text", effect.text))
            return Call("expect_text", (*whole, ("contains", True)) if effect.part else whole)
        case EffectKind.VALUE:
            return Call("expect_value", (*args, ("value", effect.text)))
        case EffectKind.COUNT:
            return Call("expect_count", (*args, ("count", effect.count)))
        case EffectKind.CHECKED:
            return Call("expect_checked", tuple(args) if effect.count else (*args, ("checked", False)))
