"""A spec as a project that runs: the test, what it needs, and a README; as files or as one zip."""

from __future__ import annotations

import io
import json
import zipfile
from enum import StrEnum
from typing import Final

from specward.language.export.playwright_python import export_python
from specward.language.export.playwright_ts import export_typescript
from specward.language.export.render import fixture_names, secret_names, slug, unique_slug
from specward.language.ir import Spec

# Exact pins; the Python and the Node package of one Playwright minor drive the same browsers.
PLAYWRIGHT_TEST: Final = "1.65.1"
TYPESCRIPT: Final = "5.9.3"
TYPES_NODE: Final = "20.9.5"
PLAYWRIGHT_PYTHON: Final = "1.65.2"
PYTEST: Final = "9.2.0"


class Target(StrEnum):
    """What a spec can be exported to."""

    TYPESCRIPT = "playwright-ts"
    PYTHON = "playwright-python"


def export_project(spec: Spec, target: Target) -> dict[str, str]:
    """The files of a project, by path with ``/``. Paths are made of fixed words and slugs only."""
    if target is Target.TYPESCRIPT:
        return {
            "README.md": _readme(spec, "npm install\nnpx playwright install chromium\nnpx playwright test"),
            "fixtures/.gitkeep": "",
            "package.json": _PACKAGE_JSON,
            "playwright.config.ts": _PLAYWRIGHT_CONFIG,
            "states/.gitkeep": "",
            f"tests/{slug(spec.title)}.spec.ts": export_typescript(spec),
            "tsconfig.json": _TSCONFIG,
        }
    return {
        "README.md": _readme(
            spec,
            "python3 -m venv .venv\n.venv/bin/pip install -r requirements.txt\n"
            ".venv/bin/playwright install chromium\n.venv/bin/pytest tests",
        ),
        "fixtures/.gitkeep": "",
        "requirements.txt": f"playwright=={PLAYWRIGHT_PYTHON}\npytest=={PYTEST}\n",
        "states/.gitkeep": "",
        "tests/conftest.py": _CONFTEST,
        f"tests/test_{slug(spec.title).replace('-', '_')}.py": export_python(spec),
    }


def export_zip(spec: Spec, target: Target) -> bytes:
    """:func:`export_project` as a zip. The same spec gives the same bytes: stored, sorted, with a fixed date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, text in sorted(export_project(spec, target).items()):
            info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # Unix, also where this runs on Windows
            info.external_attr = 0o100644 << 16
            archive.writestr(info, text.encode("ascii"))
    return buffer.getvalue()


def _readme(spec: Spec, commands: str) -> str:
    """Fixed text, and names whose characters the gate holds to letters, digits and a few marks."""
    parts = [
        "# An end-to-end test exported from Specward\n",
        "To run it:\n",
        f"```sh\n{commands}\n```\n",
        "`BASE_URL` in the environment points it at another deployment of the same site; `CHROMIUM_PATH` names a\n"
        "Chromium of your own, instead of the one that Playwright installs.\n",
    ]
    secrets = secret_names(spec)
    if secrets:
        parts.append("It needs these secrets in the environment:\n")
        parts.append("\n".join(f"- `SPECWARD_SECRET_{name}`" for name in secrets) + "\n")
    fixtures = fixture_names(spec)
    if fixtures:
        parts.append("It uploads these files, which you put in place:\n")
        parts.append("\n".join(f"- `fixtures/{name}`" for name in fixtures) + "\n")
    if spec.requires:
        parts.append(
            "It starts from a stored browser state (cookies and local storage, as Playwright's `storageState` writes\n"
            "it), left by the set-up spec of the same name:\n"
        )
        parts.append("\n".join(f"- `states/{unique_slug(name)}.json`" for name in spec.requires) + "\n")
    return "\n".join(parts)


_PACKAGE_JSON: Final = (
    json.dumps(
        {
            "name": "specward-export",
            "private": True,
            "scripts": {"test": "playwright test", "check": "tsc --noEmit"},
            "devDependencies": {
                "@playwright/test": PLAYWRIGHT_TEST,
                "@types/node": TYPES_NODE,
                "typescript": TYPESCRIPT,
            },
        },
        indent=2,
    )
    + "\n"
)

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
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM_PATH"))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in a fresh context, at the origin and in the state that the test module asks for."""
    storage_state = getattr(request.module, "storage_state", None)
    context = browser.new_context(
        base_url=request.module.BASE_URL,
        service_workers="block",
        storage_state=storage_state() if storage_state else None,
    )
    yield context.new_page()
    context.close()
'''
