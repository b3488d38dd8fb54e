"""Templates of exports that depend on the values of a call, not only on its arguments as text."""

from __future__ import annotations

from collections.abc import Mapping

from specward.language.ir import Arg
from specward.language.primitive import Rendered


class ByName:
    """A template that depends on whether ``name`` was given."""

    def __init__(self, plain: str, with_name: str) -> None:
        self.plain, self.with_name = plain, with_name

    def __call__(self, rendered: Rendered, values: Mapping[str, Arg]) -> str:
        return (self.with_name if "name" in values else self.plain).format_map(rendered)


class ByFlag:
    """A template that depends on whether the flag ``name`` is true."""

    def __init__(self, name: str, when_true: str, otherwise: str, *, default: bool = False) -> None:
        self.name, self.when_true, self.otherwise, self.default = name, when_true, otherwise, default

    def __call__(self, rendered: Rendered, values: Mapping[str, Arg]) -> str:
        return (self.when_true if values.get(self.name, self.default) is True else self.otherwise).format_map(rendered)


class ByAnswer:
    """A template that depends on how a dialog is answered."""

    def __init__(self, accept: str, accept_with_text: str, dismiss: str) -> None:
        self.accept, self.accept_with_text, self.dismiss = accept, accept_with_text, dismiss

    def __call__(self, rendered: Rendered, values: Mapping[str, Arg]) -> str:
        if values["answer"] == "dismiss":
            return self.dismiss
        return (self.accept_with_text if "text" in values else self.accept).format_map(rendered)
