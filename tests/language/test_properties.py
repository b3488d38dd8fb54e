"""Properties over the whole language, for specs that Hypothesis draws from the registry.

About 300 by default; ``SPECWARD_SOAK=1`` draws 10,000.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from specward.language import check, parse, print_spec
from specward.language.export import export_python, export_typescript
from specward.language.ir import Arg, Fixture, Secret, Spec
from specward.recording.locators import Frame, Locator
from tests.language.literals import NAMES_TYPESCRIPT, expected, in_python
from tests.language.strategies import specs
from tests.language.typescript import parse_all

EXAMPLES = 10_000 if os.environ.get("SPECWARD_SOAK") == "1" else 300
SETTINGS = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
pytestmark = pytest.mark.timeout(3600)


@SETTINGS
@given(specs())
def test_every_valid_spec_is_accepted_and_comes_back_the_same(spec):
    text = print_spec(spec)
    checked = check(text)
    assert checked.findings == ()
    assert checked.spec == spec
    assert checked.text == text
    assert parse(text.encode()) == spec


def untidy(spec: Spec) -> str:
    """The same spec, written as nobody should: other quotes, every argument by name, comments, no blank lines."""

    def argument(value: Arg | Frame) -> str:
        if isinstance(value, str):
            return ascii(value)
        if isinstance(value, Secret | Fixture):
            return f"{type(value).__name__.lower()}(name={value.name!a})"
        if isinstance(value, Frame):
            return f"frame(owner={argument(value.owner)})"
        if isinstance(value, Locator):
            parts = [f"{value.by.value}={value.value!a}"]
            parts += [f"within={argument(value.within)}"] if value.within is not None else []
            parts += [f"name={value.name!a}"] if value.name is not None else []
            parts += [f"nth={value.nth}"] if value.nth is not None else []
            # The role primitive calls its first parameter role, and so on: each is named like its locator.
            return f"{value.by.value}( # here\n {' , '.join(parts)} ,\n)"
        return str(value)

    size = f"viewport='{spec.viewport or '1280x720'}', "
    lines = [f"spec({size}origin={spec.origin!a}, title={spec.title!a})"]
    lines += [f"requires(name={name!a})" for name in spec.requires]
    for step in spec.steps:
        lines.append(f"with step(title={step.title!a}):  # a step")
        for call in step.calls:
            lines.append(f"  {call.primitive}({', '.join(f'{n}={argument(v)}' for n, v in reversed(call.args))})")
    return "# -*- coding: ascii -*-\n" + "\n".join(lines)


@SETTINGS
@given(specs())
def test_however_a_spec_is_laid_out_it_is_the_same_spec(spec):
    checked = check(untidy(spec))
    assert checked.spec == spec
    assert checked.text == print_spec(spec)


@pytest.mark.node
def test_both_exports_hold_the_strings_of_the_spec_and_no_names_but_the_templates():
    drawn: list[Spec] = []

    @SETTINGS
    @given(specs())
    def draw(spec: Spec) -> None:
        code = export_python(spec)
        assert code.isascii()
        assert in_python(code, spec) == expected(spec)
        drawn.append(spec)

    draw()
    assert len(drawn) >= EXAMPLES
    for start in range(0, len(drawn), 1000):
        batch = drawn[start : start + 1000]
        for spec, source in zip(batch, parse_all([export_typescript(spec) for spec in batch]), strict=True):
            assert source.errors == []
            assert (source.comments, source.templates, source.tests) == (0, 0, 1)
            assert sorted(source.strings) == sorted([spec.title, *expected(spec)])
            assert set(source.names) <= NAMES_TYPESCRIPT
