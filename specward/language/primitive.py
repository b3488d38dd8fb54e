"""The shape of an entry of the registry: what a primitive takes, and how it is written elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from specward.language.ir import Arg
from specward.recording.locators import By


class Kind(StrEnum):
    """Where a primitive may stand."""

    HEADER = "header"
    STEP = "step"
    ACTION = "action"
    ASSERTION = "assertion"
    LOCATOR = "locator"
    VALUE = "value"


class Takes(StrEnum):
    """Exactly what a parameter accepts. The value is how the docs and the prompt name it."""

    TITLE = "title"
    TEXT = "text"
    TYPED = "string"
    FILLED = "string or secret"
    URL = "url"
    ORIGIN = "origin"
    VIEWPORT = "viewport"
    ROLE = "role"
    CSS = "css"
    KEY = "key"
    CHOICE = "choice"
    FLAG = "True or False"
    INTEGER = "integer"
    LOCATOR = "locator"
    PLACE = "locator or frame"
    FIXTURE = "fixture"
    VARIABLE = "name of a secret"
    FIXTURE_NAME = "name of a fixture"


STRINGS = frozenset(
    {
        Takes.TITLE,
        Takes.TEXT,
        Takes.TYPED,
        Takes.URL,
        Takes.ORIGIN,
        Takes.VIEWPORT,
        Takes.ROLE,
        Takes.CSS,
        Takes.KEY,
        Takes.CHOICE,
        Takes.VARIABLE,
        Takes.FIXTURE_NAME,
    }
)
"""What is written as a plain string."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. ``least`` and ``most`` bound the length of a string (characters) or the value of an integer."""

    name: str
    takes: Takes
    default: str | int | None = None
    required: bool = True
    keyword_only: bool = False
    least: int = 0
    most: int = 0
    choices: tuple[str, ...] = ()


Rendered = Mapping[str, str]
"""The arguments of a call as expressions of the target language; those left at their default are absent."""

Template = str | Callable[[Rendered, Mapping[str, Arg]], str]
"""How an exporter writes a primitive: a ``str.format`` template over :data:`Rendered`, or a function of the rendered
arguments and their values, for what depends on a value."""

Check = Callable[[Mapping[str, Arg]], str | None]
"""A rule across parameters: what is wrong with these arguments together, or ``None``."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """One primitive of the language: everything that parser, printer, exporters and docs need to know of it.

    ``typescript`` and ``python`` are expressions over ``page`` (or, for a locator, over ``root``), without the
    semicolon that ends a TypeScript statement. ``helpers`` names the helper functions that both call, by the
    Python name (``export/python_helpers.py``, ``export/typescript_helpers.py``).
    """

    name: str
    kind: Kind
    doc: str
    parameters: tuple[Parameter, ...]
    typescript: Template
    python: Template
    by: By | None = None
    check: Check | None = None
    helpers: tuple[str, ...] = ()
    positional: tuple[Parameter, ...] = field(init=False)
    positional_names: tuple[str, ...] = field(init=False)
    by_name: Mapping[str, Parameter] = field(init=False)
    required: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "positional", tuple(p for p in self.parameters if not p.keyword_only))
        object.__setattr__(self, "positional_names", tuple(p.name for p in self.positional))
        object.__setattr__(self, "by_name", {p.name: p for p in self.parameters})
        object.__setattr__(self, "required", frozenset(p.name for p in self.parameters if p.required))

    @property
    def signature(self) -> str:
        """The primitive as the docs, the prompt and the messages show it: ``fill(target: locator, value: ...)``."""
        shown: list[str] = []
        starred = False
        for parameter in self.parameters:
            if parameter.keyword_only and not starred:
                shown.append("*")
                starred = True
            takes = " | ".join(f'"{choice}"' for choice in parameter.choices) or str(parameter.takes)
            default = "" if parameter.required else f" = {_default(parameter)}"
            shown.append(f"{parameter.name}: {takes}{default}")
        return f"{self.name}({', '.join(shown)})"


def _default(parameter: Parameter) -> str:
    if parameter.default is None:
        return "..."
    return f'"{parameter.default}"' if isinstance(parameter.default, str) else str(parameter.default)
