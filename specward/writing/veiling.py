"""Placeholders: what stands in the place of everything that a model must not see, and the way back.

A model is shown the names of controls, where nothing in them is personal, was typed, or reads like a secret. Values,
the page's texts, addresses and selectors are ``<kind#n>`` to it: equal ones have one number within a session.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from specward.language.ir import Arg, Call, Fixture, Secret
from specward.recording.locators import By, Frame, Locator
from specward.recording.masking import is_masked
from specward.recording.wording import is_printable
from specward.writing.redaction import recognised
from specward.writing.typed import Typed

LONGEST_NAME: Final = 60
"""Characters of a control's name that are shown; a longer one is a text of the page."""
PLACEHOLDER: Final = re.compile(r"<[a-z][a-z-]{0,30}#\d{1,5}>")

CONTROL_ROLES: Final = frozenset(
    "button link checkbox radio switch tab menuitem menuitemcheckbox menuitemradio option combobox textbox searchbox "
    "spinbutton slider".split()
)
"""Roles whose names are those of controls: what an element is for, not what a page says."""

_SELECTOR: Final = re.compile(r"#x\d{1,5}")
_PATH: Final = re.compile(r"/p\d{1,5}")
_ANY: Final = re.compile(r".*", re.DOTALL)


class NotShown(ValueError):
    """A placeholder that nobody was shown."""


class Veil:
    """What one session's placeholders stand for.

    A name that gives away one of the ``typed`` values is not shown. With ``shapes_only`` no name is.
    """

    def __init__(self, typed: Typed, *, shapes_only: bool) -> None:
        self._shapes_only = shapes_only
        self._typed = typed
        self._by_text: dict[tuple[str, str], str] = {}
        self._by_token: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def value(self, kind: str, value: str) -> str:
        """The placeholder of a value, by the word for what it is."""
        return self._token(kind, value, f"<{kind}#{{}}>")

    def name(self, kind: str, name: str) -> str:
        """A control's name, where it may be shown, or a placeholder."""
        return name if self.is_shown(name) else self.value(kind, name)

    def is_shown(self, name: str) -> bool:
        """May a control's name be said to a model?"""
        if self._shapes_only or not 0 < len(name) <= LONGEST_NAME or is_masked(name) or not is_printable(name):
            return False
        # A page that names a control like a placeholder would have it taken for one.
        if PLACEHOLDER.search(name) or recognised(name) is not None:
            return False
        return not self._typed.within(name)

    def path(self, path: str) -> str:
        """An address, as a path that says nothing."""
        return self._token("page", path, "/p{}")

    def locator(self, locator: Locator) -> Locator:
        """A locator in which nothing but roles and names of controls is left."""
        within = locator.within
        if isinstance(within, Frame):
            within = Frame(self.locator(within.owner))
        elif within is not None:
            within = self.locator(within)
        value, name = locator.value, locator.name
        match locator.by:
            case By.ROLE:
                if name is not None:
                    name = self.name(value, name) if value in CONTROL_ROLES else self.value("text", name)
            case By.LABEL | By.PLACEHOLDER:
                value = self.name("label", value)
            case By.CSS:
                value = self._token("selector", value, "#x{}")
            case By.TEST_ID:
                value = self.value("test-id", value)
            case _:
                value = self.value("text", value)
        return replace(locator, value=value, name=name, within=within)

    def call(self, call: Call, kind: str = "text") -> Call:
        """A call as a model may see it; ``kind`` is the word for the value that is put in."""
        return Call(call.primitive, tuple((name, self._arg(call, name, arg, kind)) for name, arg in call.args))

    def _arg(self, call: Call, name: str, arg: Arg, kind: str) -> Arg:
        if isinstance(arg, Locator):
            return self.locator(arg)
        if isinstance(arg, Secret):  # named after its field, whose label may name somebody
            return Secret(self._token("secret", arg.name, "SECRET_{}"))
        if isinstance(arg, Fixture):
            return Fixture(self._token("file", arg.name, "file-{}"))
        if not isinstance(arg, str):
            return arg
        if name == "url":
            return self.path(arg)
        if call.primitive in ("press", "answer_dialog"):
            return arg  # a key, accept or dismiss: words of the language
        return self.value("text" if name in ("text", "title") else kind, arg)

    def lifted(self, call: Call) -> Call:
        """A call of a model's with what its placeholders stand for. Raises :class:`NotShown`."""
        return Call(call.primitive, tuple((name, self._lifted_arg(name, arg)) for name, arg in call.args))

    def _lifted_arg(self, name: str, arg: Arg) -> Arg:
        if isinstance(arg, Locator):
            return self._lifted_locator(arg)
        if isinstance(arg, Secret):
            return Secret(self._text(arg.name, _ANY))
        if isinstance(arg, Fixture):
            return Fixture(self._text(arg.name, _ANY))
        if isinstance(arg, str):
            return self._text(arg, _PATH if name == "url" else PLACEHOLDER)
        return arg

    def _lifted_locator(self, locator: Locator) -> Locator:
        within = locator.within
        if isinstance(within, Frame):
            within = Frame(self._lifted_locator(within.owner))
        elif within is not None:
            within = self._lifted_locator(within)
        value = locator.value
        if locator.by is not By.ROLE:
            value = self._text(value, _SELECTOR if locator.by is By.CSS else PLACEHOLDER)
        name = None if locator.name is None else self._text(locator.name, PLACEHOLDER)
        return replace(locator, value=value, name=name, within=within)

    def _text(self, text: str, shape: re.Pattern[str]) -> str:
        if not shape.fullmatch(text):
            return text
        if text not in self._by_token:
            raise NotShown
        return self._by_token[text]

    def _token(self, kind: str, text: str, form: str) -> str:
        token = self._by_text.get((kind, text))
        if token is None:
            self._counts[kind] = number = self._counts.get(kind, 0) + 1
            token = self._by_text[kind, text] = form.format(number)
            self._by_token[token] = text
        return token
