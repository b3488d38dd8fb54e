"""What both exporters share: the templates of the registry, filled with literals of the target language.

All text of a spec enters an export through the target's one encoder, as a string literal; never in a comment, a
template literal, a name or a file name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from specward.language.ir import Arg, Call, Fixture, Secret, Spec
from specward.language.primitive import Primitive, Rendered, Template
from specward.language.registry import REGISTRY
from specward.recording.locators import By, Frame, Locator


@dataclass(frozen=True, slots=True)
class Language:
    """A target language: its one string encoder, and which template of a primitive is its own."""

    encode: Callable[[str], str]
    template: Callable[[Primitive], Template]


def fill(language: Language, name: str, rendered: Rendered, values: Mapping[str, Arg]) -> str:
    """The text of one use of primitive ``name``."""
    template = language.template(REGISTRY[name])
    return template.format_map(rendered) if isinstance(template, str) else template(rendered, values)


def render_call(language: Language, call: Call) -> str:
    """One call as a statement, without a semicolon."""
    return fill(language, call.primitive, {name: render_arg(language, arg) for name, arg in call.args}, dict(call.args))


def render_arg(language: Language, arg: Arg) -> str:
    """One argument as an expression."""
    if isinstance(arg, str):
        return language.encode(arg)
    if isinstance(arg, Locator):
        return render_locator(language, arg)
    if isinstance(arg, Secret):
        return fill(language, "secret", {"name": language.encode(arg.name)}, {"name": arg.name})
    if isinstance(arg, Fixture):
        return fill(language, "fixture", {"name": language.encode(arg.name)}, {"name": arg.name})
    return str(int(arg))


def render_locator(language: Language, locator: Locator) -> str:
    """One locator as an expression over ``page``: within first, then the search, then which of the matches."""
    within = locator.within
    root = "page"
    if isinstance(within, Frame):
        root = fill(language, "frame", {"owner": render_locator(language, within.owner)}, {"owner": within.owner})
    elif within is not None:
        root = render_locator(language, within)
    primitive = REGISTRY[locator.by.value]
    # With its engine named, a selector is never guessed at.
    value = f"css={locator.value}" if locator.by is By.CSS else locator.value
    rendered = {"root": root, primitive.parameters[0].name: language.encode(value)}
    values: dict[str, Arg] = {primitive.parameters[0].name: locator.value}
    if locator.name is not None:
        rendered["name"] = language.encode(locator.name)
        values["name"] = locator.name
    text = fill(language, primitive.name, rendered, values)
    # nth means the same in both languages, and its number is never text.
    return text if locator.nth is None else f"{text}.nth({int(locator.nth)})"


def used(spec: Spec) -> frozenset[str]:
    """The helpers that the calls of ``spec`` need, by their Python names."""
    names = {"step"} | ({"requires"} if spec.requires else set())
    for call in calls(spec):
        names.add(call.primitive)
        names.update("secret" for _, arg in call.args if isinstance(arg, Secret))
        names.update("fixture" for _, arg in call.args if isinstance(arg, Fixture))
    return frozenset(helper for name in names for helper in REGISTRY[name].helpers)


def calls(spec: Spec) -> Iterator[Call]:
    """All calls of a spec, in order."""
    for step in spec.steps:
        yield from step.calls


def secret_names(spec: Spec) -> list[str]:
    """The names of the secrets that ``spec`` needs, sorted."""
    return sorted({arg.name for call in calls(spec) for _, arg in call.args if isinstance(arg, Secret)})


def fixture_names(spec: Spec) -> list[str]:
    """The names of the fixtures that ``spec`` needs, sorted."""
    return sorted({arg.name for call in calls(spec) for _, arg in call.args if isinstance(arg, Fixture)})


_NOT_SLUG: Final = re.compile("[^a-z0-9]+")
_DEVICE: Final = re.compile("con|prn|aux|nul|com[0-9]|lpt[0-9]")


def slug(text: str) -> str:
    """``text`` as a part of a file name: a-z, 0-9 and single dashes, at most 60, never empty, never a device name."""
    plain = _NOT_SLUG.sub("-", text.lower())[:60].strip("-")
    return plain if plain and _DEVICE.fullmatch(plain) is None else f"spec-{plain}".strip("-")


def unique_slug(text: str) -> str:
    """A slug that differs where ``text`` differs: what a slug cannot say is told apart by a digest."""
    plain = slug(text)
    if plain.replace("-", " ") == text:
        return plain
    return f"{plain}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
