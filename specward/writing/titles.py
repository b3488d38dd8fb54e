"""Titles in words: what a step did, as the person who did it would say it.

The words are the page's, which is hostile: each part and the whole pass through ``titling.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from specward.recording.actions import Action, ActionKind, EffectKind, Target
from specward.recording.locating import Ranked
from specward.recording.locators import By, Locator
from specward.recording.wording import collapsed, is_sayable
from specward.writing.titling import LONGEST, fitted, titled

_ROLE_WORDS = {
    "link": "link", "button": "button", "textbox": "field", "searchbox": "search field", "combobox": "list",
    "checkbox": "box", "radio": "choice", "img": "image", "listitem": "entry", "row": "row", "cell": "cell",
    "heading": "heading", "menuitem": "menu entry", "tab": "tab", "option": "option", "switch": "switch",
}  # fmt: skip
_TAG_WORDS = {"input": "field", "textarea": "field", "select": "list", "a": "link", "img": "image", "svg": "icon"}
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def page_name(title: str, path: str) -> str:
    """What a page is called: the first part of its title, or its path."""
    for mark in (" | ", " - ", " \u2013 ", " — ", " · ", " :: "):
        head, found, _ = title.partition(mark)
        if found and len(head) >= 2:
            title = head
            break
    said = _said(title, 60)
    if said and said.lower() not in ("document", "untitled", "index", "home"):
        return said
    plain = unquote(path.partition("?")[0])[:60]
    return "the start page" if plain in ("", "/") or titled(plain) is None else plain


def _said(text: str, longest: int) -> str:
    """What of a page's text may stand in a title; empty where nothing may."""
    plain = collapsed(text)
    return (titled(plain) or _beginning(plain)) if is_sayable(plain, longest) else ""


_TELLING: Final = re.compile(r"\s*\S*[\d@/]")


def _beginning(text: str) -> str:
    """The words before what may not be said: ``Delete…`` of a button that deletes one address."""
    words = _TELLING.split(text, maxsplit=1)[0].strip(" .,:(#")
    said = titled(words) if words and words != text else None
    return f"{said.rstrip('…')}…" if said is not None else ""


_ORNAMENT = re.compile(r"^icon:\s*|\s*\((?:⌘|Ctrl)\S{0,4}\)$", re.IGNORECASE)


def subject(target: Target) -> str:
    """What a target is called in a sentence: its own words, or what and which one it is."""
    words = _words(target.locator, target)
    if words:
        return words
    kind = _ROLE_WORDS.get(target.role) or _TAG_WORDS.get(target.tag) or "element"
    nth = target.locator.nth
    if nth is not None and nth < len(_ORDINALS):
        return f"the {_ORDINALS[nth]} {kind}"
    return f"number {nth + 1} of the {kind}s" if nth is not None else f"the {kind}"


def _words(locator: Locator, target: Target) -> str:
    candidates = [target.name, locator.name or ""]
    if locator.by not in (By.ROLE, By.CSS):
        candidates.append(locator.value)
    candidates.append(_in_words(target.words))
    for candidate in candidates:
        said = _said(_ORNAMENT.sub("", collapsed(candidate)).strip(" .:*…"), 60)
        if said and sum(c.isalpha() for c in said) >= max(1, len(said) // 3):
            return said
    return ""


def _in_words(identifier: str) -> str:
    """A label as it is; an identifier (``firstName``, ``card_number``) as words."""
    if " " in identifier or not identifier.isascii():
        return identifier
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[-_.]+", " ", identifier)
    return spaced if identifier[:1].isupper() else spaced.lower()


def _listed(parts: Sequence[str]) -> str:
    """Up to three things, then how many more."""
    unique = list(dict.fromkeys(parts))
    if len(unique) > 3:
        return f"{unique[0]}, {unique[1]} and {len(unique) - 2} more"
    return " and ".join([", ".join(unique[:-1]), unique[-1]]) if len(unique) > 1 else unique[0]


def _arrives(action: Action) -> bool:
    return any(effect.kind is EffectKind.URL for effect in action.effects)


def _last_words(action: Action) -> str:
    """What one action on its own is called."""
    target = action.target
    match action.kind:
        case ActionKind.GOTO:
            title = next((effect.text for effect in action.effects if effect.kind is EffectKind.TITLE), "")
            return f"Open {page_name(title, action.value or '/')}"
        case ActionKind.RELOAD:
            return "Load the page again"
        case ActionKind.GO_BACK:
            return "Go back"
        case ActionKind.ANSWER:
            return "Answer the question"
        case _:
            pass
    if target is None:
        return action.kind.value
    name = subject(target)
    match action.kind:
        case ActionKind.CLICK if target.role == "link" and _arrives(action):
            return name if name.lower().startswith("go to ") else f"Go to {name}"
        case ActionKind.CLICK:
            return f"Click {name}"
        case ActionKind.DOUBLE_CLICK:
            return f"Double-click {name}"
        case ActionKind.CHECK:
            return f"Choose {name}" if target.role == "radio" else f"Tick {name}"
        case ActionKind.UNCHECK:
            return f"Untick {name}"
        case ActionKind.SELECT:
            value = _said(action.value or "", 40)
            return f"Choose {value} for {name}" if value else f"Choose from {name}"
        case ActionKind.UPLOAD:
            return f"Attach a file to {name}"
        case ActionKind.DRAG:
            return f"Drag {name}" + (f" to {subject(action.to)}" if action.to is not None else "")
        case ActionKind.PRESS:
            return f"Press {action.value} in {name}"
        case _:
            return f"Enter {name}"


def step_title(actions: Sequence[Action]) -> str:
    """A step's title, out of what its actions did."""
    return titled(_step_title(actions)) or _step_title([_nameless(action) for action in actions])


def _nameless(action: Action) -> Action:
    """The action without a word of the page's, for where words that may be said come to something that may not."""
    target, to = (None if one is None else _unnamed(one) for one in (action.target, action.to))
    return replace(action, target=target, to=to, value=_unnamed_value(action), effects=())


def _unnamed_value(action: Action) -> str | None:
    if action.kind is ActionKind.PRESS:
        return action.value  # a key: one of ours
    return None if action.target else "/"


def _unnamed(target: Target) -> Target:
    place = Locator(By.CSS, target.tag, nth=target.locator.nth)
    return replace(target, role="", name="", words="", locators=(Ranked(place, 0, unique=True),))


def _step_title(actions: Sequence[Action]) -> str:
    answers = [action.value for action in actions if action.kind is ActionKind.ANSWER]
    done = [action for action in actions if action.kind is not ActionKind.ANSWER]
    if answers and done:
        return fitted(f"{_step_title(done)} and say {'yes' if answers[-1] == 'accept' else 'no'}")
    first = actions[0]
    entered = [subject(a.target) for a in actions if a.kind in (ActionKind.FILL, ActionKind.SELECT) and a.target]
    ticked = [subject(a.target) for a in actions if a.kind is ActionKind.CHECK and a.target]
    last = actions[-1]
    if len(actions) == 1:
        return fitted(_last_words(last))
    if entered or ticked:
        filled = f"Enter {_listed(entered)}" if entered else ""
        if ticked:
            filled = f"{filled}, tick {_listed(ticked)}" if filled else f"Tick {_listed(ticked)}"
        if last.kind is ActionKind.PRESS:
            return fitted(f"{filled}, then press {last.value}")
        if last.kind in (ActionKind.CLICK, ActionKind.DOUBLE_CLICK):
            ending = _last_words(last)
            return fitted(f"{filled}, then {ending[0].lower()}{ending[1:]}")
        return fitted(filled)
    if all(action.kind in (ActionKind.CLICK, ActionKind.DOUBLE_CLICK) and action.target for action in actions):
        names = [subject(action.target) for action in actions if action.target is not None]
        ending = _last_words(last)
        if ending.startswith("Click"):
            return fitted(f"Click {_listed(names)}")
        return fitted(f"Click {_listed(names[:-1])}, then {ending[0].lower()}{ending[1:]}")
    beginning, ending = _last_words(first), _last_words(last)
    return fitted(f"{beginning}, then {ending[0].lower()}{ending[1:]}")


def spec_title(page: str, actions: Sequence[Action]) -> str:
    """The whole spec's title: where it starts and what it comes to."""
    return titled(_spec_title(page, actions)) or _spec_title("the start page", [_nameless(one) for one in actions])


def _spec_title(page: str, actions: Sequence[Action]) -> str:
    start = page if page != "the start page" else "Start page"
    last = next((a for a in reversed(actions) if a.target is not None), None)
    if last is None:
        return fitted(f"{start}: open it")
    goal = _last_words(last)
    title = f"{start}: {goal[0].lower()}{goal[1:]}"
    if _arrives(last):
        heading = next((said for e in last.effects if e.role == "heading" and (said := _said(e.text, 40))), "")
        if heading and heading.lower() not in title.lower() and len(title) + len(heading) + 11 <= LONGEST:
            title = f"{title} and reach {heading}"
    return fitted(title)
