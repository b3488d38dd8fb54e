"""Specs as a project that runs: the tests, all that they need pinned, and a README; as files or as one zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from enum import StrEnum
from importlib import resources
from typing import Final

from specward.language.export.playwright_python import export_python
from specward.language.export.playwright_ts import export_typescript
from specward.language.export.render import fixture_names, secret_names, slug, unique_slug
from specward.language.ir import Spec


class Target(StrEnum):
    """What a spec can be exported to."""

    TYPESCRIPT = "playwright-ts"
    PYTHON = "playwright-python"


def export_project(specs: Sequence[Spec], target: Target) -> dict[str, str]:
    """The files of a project, by path with ``/``: a test for each spec. Paths are made of fixed words and slugs only.

    Versions are exact, with hashes: ``npm ci`` and ``pip install --require-hashes`` install these and nothing else.
    """
    files = {"README.md": _readme(specs, target), "fixtures/.gitkeep": "", "states/.gitkeep": ""}
    named = zip(file_names(specs), specs, strict=True)
    if target is Target.TYPESCRIPT:
        files |= {
            ".gitignore": "node_modules/\nplaywright-report/\ntest-results/\n",
            "package-lock.json": _data("typescript_project", "package-lock.json"),
            "package.json": _data("typescript_project", "package.json"),
            "playwright.config.ts": _PLAYWRIGHT_CONFIG,
            "tsconfig.json": _TSCONFIG,
        }
        files |= {f"tests/{name}.spec.ts": export_typescript(spec) for name, spec in named}
    else:
        pins = _data("python_project", "requirements.txt").splitlines(keepends=True)
        files |= {
            ".gitignore": ".venv/\n__pycache__/\ntest-results/\n",
            "requirements.txt": "".join(line for line in pins if not line.lstrip().startswith("#")),
            "tests/conftest.py": _CONFTEST,
        }
        files |= {f"tests/test_{name.replace('-', '_')}.py": export_python(spec) for name, spec in named}
    return files


def export_zip(specs: Sequence[Spec], target: Target) -> bytes:
    """:func:`export_project` as a zip. The same specs give the same bytes: stored, sorted, with a fixed date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, text in sorted(export_project(specs, target).items()):
            info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # Unix, also where this runs on Windows
            info.external_attr = 0o100644 << 16
            archive.writestr(info, text.encode("ascii"))
    return buffer.getvalue()


def file_names(specs: Sequence[Spec]) -> list[str]:
    """A slug for each spec, of its title; where two would be the same, the later ones are numbered."""
    names: list[str] = []
    for spec in specs:
        plain = name = slug(spec.title)
        number = 2
        while name in names:
            name, number = f"{plain}-{number}", number + 1
        names.append(name)
    return names


def _data(*path: str) -> str:
    return resources.files("specward.language.export").joinpath(*path).read_text("ascii")


_COMMANDS: Final = {
    Target.TYPESCRIPT: "npm ci\nnpx playwright install chromium\nnpx playwright test",
    Target.PYTHON: (
        "python3 -m venv .venv\n.venv/bin/pip install --require-hashes -r requirements.txt\n"
        ".venv/bin/playwright install chromium\n.venv/bin/pytest tests"
    ),
}


def _readme(specs: Sequence[Spec], target: Target) -> str:
    """Fixed text, and names whose characters the gate holds to letters, digits and a few marks."""
    parts = [
        "# End-to-end tests exported from Specward\n",
        "To run them:\n",
        f"```sh\n{_COMMANDS[target]}\n```\n",
        "`BASE_URL` in the environment points them at another deployment of the same site; `CHROMIUM_PATH` names a\n"
        "Chromium of your own, instead of the one that Playwright installs.\n",
    ]
    secrets = sorted({name for spec in specs for name in secret_names(spec)})
    if secrets:
        parts.append("They need these secrets in the environment:\n")
        parts.append("\n".join(f"- `SPECWARD_SECRET_{name}`" for name in secrets) + "\n")
    fixtures = sorted({name for spec in specs for name in fixture_names(spec)})
    if fixtures:
        parts.append("They upload these files, which you put in place:\n")
        parts.append("\n".join(f"- `fixtures/{name}`" for name in fixtures) + "\n")
    required = sorted({name for spec in specs for name in spec.requires})
    if required:
        parts.append(
            "They start from a stored browser state (cookies and local storage, as Playwright's `storageState` writes\n"
            "it), left by the set-up spec of the same name:\n"
        )
        parts.append("\n".join(f"- `states/{unique_slug(name)}.json`" for name in required) + "\n")
    return "\n".join(parts)


_TSCONFIG: Final = (
    json.dumps(
        {
            "compilerOptions": {
                "esModuleInterop": True,
                "module": "commonjs",
                "noEmit": True,
                "skipLibCheck": True,
                "strict": True,
                "target": "es2022",
                "types": ["node"],
            },
            "include": ["tests", "playwright.config.ts"],
        },
        indent=2,
    )
    + "\n"
)

_PLAYWRIGHT_CONFIG: Final = """\
import { defineConfig, devices } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  use: {
    serviceWorkers: "block",
    trace: "retain-on-failure",
    launchOptions: { executablePath: process.env.CHROMIUM_PATH },
  },
  projects: [{ name: "chromium", use: { ...devices["Desktop Chrome"] } }],
});
"""

_CONFTEST: Final = '''\
import os
from typing import Any

import pytest


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """A Chromium of your own where CHROMIUM_PATH names one."""
    path = os.environ.get("CHROMIUM_PATH")
    return {**browser_type_launch_args, "executable_path": path} if path else browser_type_launch_args


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """What all tests have in common; each adds where it runs."""
    return {**browser_context_args, "service_workers": "block"}
'''
