"""What was typed as a secret is said nowhere else: not where the page echoes it, not in a name or a title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from specward.recording.actions import Action, ActionKind, Dropped, Effect, Target
from specward.recording.locators import Frame, Locator

_NOT_DIGITS = re.compile(r"[\s.\-\u2010-\u2015]")


_ELSEWHERE = "typed as a secret elsewhere"


class Secrets:
    """The secret values of one recording, and which texts hold one."""

    def __init__(self, values: Iterable[str]) -> None:
        plain = {value.casefold() for value in values if value.strip()}
        self._long = sorted(value for value in plain if len(value) >= 4)
        self._digits = sorted({d for value in plain if len(d := _NOT_DIGITS.sub("", value)) >= 4 and d.isdigit()})
        short = sorted(re.escape(value) for value in plain if len(value) < 4)
        self._short = re.compile(rf"(?<!\w)(?:{'|'.join(short)})(?!\w)") if short else None

    def __bool__(self) -> bool:
        return bool(self._long or self._short)

    def within(self, text: str | None) -> bool:
        """Does the text hold a secret, in capitals or not? Of four characters and more anywhere, shorter ones as a word
        of their own; digits also where the page spaces them otherwise."""
        if not text:
            return False
        text = text.casefold()
        if any(value in text for value in self._long) or (self._short is not None and self._short.search(text)):
            return True
        if not self._digits:
            return False
        digits = _NOT_DIGITS.sub("", text)
        return any(value in digits for value in self._digits)

    def pointed(self, locator: Locator | None) -> bool:
        """Does a locator, or a scope it stands in, hold a secret?"""
        inside: Locator | Frame | None = locator
        while inside is not None:
            if isinstance(inside, Frame):
                inside = inside.owner
                continue
            if self.within(inside.value) or self.within(inside.name):
                return True
            inside = inside.within
        return False


def redacted(actions: Iterable[Action], secrets: Secrets) -> tuple[list[Action], list[Dropped]]:
    """The actions without anything that holds a secret; one that can be pointed at by nothing else is dropped."""
    kept: list[Action] = []
    dropped: list[Dropped] = []
    for action in actions:
        target, to = _target(action.target, secrets), _target(action.to, secrets)
        if (action.target is not None and target is None) or (action.to is not None and to is None):
            dropped.append(Dropped(action.events[0], action.kind.value, "a secret is all there is to point at it with"))
            continue
        value = action.value
        if target is not None and action.kind is not ActionKind.UPLOAD and secrets.within(value):
            value, target = None, replace(target, secret=_ELSEWHERE, secret_name=target.secret_name or "SECRET")
        effects = tuple(e for e in action.effects if not _says(e, secrets))
        kept.append(replace(action, target=target, to=to, value=value, effects=effects))
    return kept, dropped


def _target(target: Target | None, secrets: Secrets) -> Target | None:
    if target is None:
        return None
    locators = tuple(one for one in target.locators if not secrets.pointed(one.locator))
    if not locators:
        return None
    return replace(
        target,
        locators=locators,
        name="" if secrets.within(target.name) else target.name,
        words="" if secrets.within(target.words) else target.words,
        secret_name="SECRET" if secrets.within(target.secret_name) else target.secret_name,
    )


def _says(effect: Effect, secrets: Secrets) -> bool:
    return secrets.within(effect.text) or secrets.pointed(effect.locator)
