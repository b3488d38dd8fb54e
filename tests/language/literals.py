"""What an export of a spec must hold and does hold: the strings of the test, and the names it is written with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from specward.language.export.render import unique_slug
from specward.language.ir import Fixture, Secret, Spec
from specward.language.registry import PRIMITIVES
from specward.recording.locators import By, Frame, Locator


def expected(spec: Spec) -> list[str]:
    """Every string that the exported test must hold, sorted. A dialog's answer is code in an export, not a string."""
    found = []
    for step in spec.steps:
        found.append(step.title)
        for call in step.calls:
            for name, arg in call.args:
                if isinstance(arg, Locator):
                    found.extend(_in_locator(arg))
                elif isinstance(arg, Secret | Fixture):
                    found.append(arg.name)
                elif isinstance(arg, str) and (call.primitive, name) != ("answer_dialog", "answer"):
                    found.append(arg)
    return sorted(found)


def _in_locator(locator: Locator) -> Iterator[str]:
    yield f"css={locator.value}" if locator.by is By.CSS else locator.value
    if locator.name is not None:
        yield locator.name
    if isinstance(locator.within, Frame):
        yield from _in_locator(locator.within.owner)
    elif locator.within is not None:
        yield from _in_locator(locator.within)


def in_python(code: str, spec: Spec) -> list[str]:
    """The strings in the test function of an exported module, sorted; checks the module's constants on the way."""
    tree = ast.parse(code)
    constants = {
        statement.targets[0].id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    assert ast.literal_eval(constants["TITLE"]) == spec.title
    if spec.requires:
        assert ast.literal_eval(constants["REQUIRES"]) == [unique_slug(name) for name in spec.requires]
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    assert len(tests) == 1
    assert {node.id for node in ast.walk(tests[0]) if isinstance(node, ast.Name)} <= NAMES_PYTHON
    return sorted(
        node.value for node in ast.walk(tests[0]) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _names(templates: list[str]) -> set[str]:
    return {name for template in templates for name in re.findall(r"[A-Za-z_]\w*", template)}


def _templates(language: str) -> list[str]:
    found = []
    for primitive in PRIMITIVES:
        template = getattr(primitive, language)
        found.extend([template] if isinstance(template, str) else [str(v) for v in vars(template).values()])
    return found


NAMES_PYTHON = _names(_templates("python"))
NAMES_TYPESCRIPT = _names(_templates("typescript")) | {"nth"}
"""The names that the registry's templates are written with: an export's code holds no other."""
