"""A spec as a Playwright test in TypeScript (``@playwright/test``)."""

from __future__ import annotations

import json
from typing import Final

from specward.language.export.render import Language, fill, render_call, unique_slug, used
from specward.language.export.typescript_helpers import HELPERS, TYPES
from specward.language.ir import Spec


def encode_ts_string(text: str) -> str:
    """``text`` as a TypeScript string literal in pure ASCII.

    JSON's escapes mean the same in JavaScript (ECMA-404, ECMA-262 "String Literals"); pure ASCII, so that neither
    U+2028 nor the encoding of the file matters.
    """
    return json.dumps(text, ensure_ascii=True)


TYPESCRIPT: Final = Language(encode_ts_string, lambda primitive: primitive.typescript)


def export_typescript(spec: Spec) -> str:
    """A test file that needs ``@playwright/test`` and nothing else; pure ASCII, ends in a newline.

    The environment variable ``BASE_URL`` moves it to another origin, ``SPECWARD_SECRET_<NAME>`` supplies a secret,
    files come from ``../fixtures``, stored browser states from ``../states``.
    """
    helpers = used(spec) & HELPERS.keys()
    ordered = [name for name in HELPERS if name in helpers]
    types = sorted({type_name for name in helpers for type_name in TYPES.get(name, ())})
    lines = [
        f'import {{ {", ".join(["expect", "test", *("type " + name for name in types)])} }} from "@playwright/test";'
    ]
    lines += sorted({line for name in ordered for line in HELPERS[name][0]})
    lines += ["", f"const origin = process.env.BASE_URL ?? {encode_ts_string(spec.origin)};", ""]
    for name in ordered:
        lines += [*HELPERS[name][1].splitlines(), ""]
    use = ["baseURL: origin"]
    if spec.viewport is not None:
        use.append(f"viewport: {{ width: {spec.viewport.width:d}, height: {spec.viewport.height:d} }}")
    if spec.requires:
        states = ", ".join(
            fill(TYPESCRIPT, "requires", {"name": encode_ts_string(unique_slug(name))}, {"name": name})
            for name in spec.requires
        )
        use.append(f"storageState: mergeStates([{states}])")
    lines.append(f"test.use({{ {', '.join(use)} }});")
    lines += ["", fill(TYPESCRIPT, "spec", {"title": encode_ts_string(spec.title)}, {"title": spec.title})]
    for number, step in enumerate(spec.steps):
        if number:
            lines.append("")
        lines.append("  " + fill(TYPESCRIPT, "step", {"title": encode_ts_string(step.title)}, {"title": step.title}))
        lines += [f"    {render_call(TYPESCRIPT, call)};" for call in step.calls]
        lines.append("  });")
    lines += ["});", ""]
    return "\n".join(lines)
