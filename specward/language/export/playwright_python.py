"""A spec as a Playwright test in Python (pytest-playwright, the sync API)."""

from __future__ import annotations

from typing import Final

from specward.language.characters import quote_ascii
from specward.language.export.python_helpers import HELPERS
from specward.language.export.render import Language, fill, render_call, slug, unique_slug, used
from specward.language.ir import Spec


def encode_python_string(text: str) -> str:
    """``text`` as a Python string literal in pure ASCII, in double quotes.

    Not JSON: its surrogate pairs would be two characters each (Python reference, "String and Bytes literals").
    """
    return quote_ascii(text)


PYTHON: Final = Language(encode_python_string, lambda primitive: primitive.python)


def export_python(spec: Spec) -> str:
    """A pytest module for Python 3.11 and newer; pure ASCII, ends in a newline.

    It needs ``pytest-playwright`` and nothing else: where it runs, how large the page is and which state it starts
    from it says by that plugin's own fixture. The environment variable ``BASE_URL`` moves it to another origin,
    ``SPECWARD_SECRET_<NAME>`` supplies a secret, files come from ``../fixtures``, stored browser states from
    ``../states``.
    """
    ordered = [name for name in HELPERS if name in used(spec)]
    imports = {"import os", "from typing import Any"} | {line for name in ordered for line in HELPERS[name][0]}
    lines = [
        *sorted(imports, key=lambda line: (line.startswith("from"), line)),
        "",
        "import pytest",
        f"from playwright.sync_api import {'Dialog, ' if 'answer_next_dialog' in ordered else ''}Page, expect",
        "",
        f'BASE_URL = os.environ.get("BASE_URL", {encode_python_string(spec.origin)})',
        f"TITLE = {encode_python_string(spec.title)}",
    ]
    if spec.requires:
        names = ", ".join(encode_python_string(unique_slug(name)) for name in spec.requires)
        lines.append(f"REQUIRES = [{names}]")
    for name in ordered:
        lines += ["", "", *HELPERS[name][1].splitlines()]
    lines += ["", "", *_context(spec)]
    function = f"test_{slug(spec.title).replace('-', '_')}"
    lines += ["", "", fill(PYTHON, "spec", {"function": function}, {"title": spec.title})]
    for number, step in enumerate(spec.steps):
        if number:
            lines.append("")
        lines.append("    " + fill(PYTHON, "step", {"title": encode_python_string(step.title)}, {"title": step.title}))
        lines += [f"        {render_call(PYTHON, call)}" for call in step.calls]
    lines.append("")
    return "\n".join(lines)


def _context(spec: Spec) -> list[str]:
    """The fixture that pytest-playwright makes the page's context from, extended by what the spec says."""
    more = ['"base_url": BASE_URL']
    if spec.viewport is not None:
        more.append(f'"viewport": {{"width": {spec.viewport.width:d}, "height": {spec.viewport.height:d}}}')
    if spec.requires:
        more.append('"storage_state": storage_state()')
    return [
        "@pytest.fixture",
        "def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:",
        '    """Where the test runs, and in what."""',
        "    return {",
        "        **browser_context_args,",
        *(f"        {one}," for one in more),
        "    }",
    ]
