"""Bob unpacks an exported project, installs what it pins, and runs it: it passes, and it can fail."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from demo.exported import Project
from demo.flows import names
from demo.running import job
from demo.shop import Shop
from specward.language.export import Target, export_project

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(900)]
BROKEN = {"newsletter-silent"}
NOT_SAID = "This is no e-mail address"


@pytest.mark.node
def test_bob_s_typescript_project_installs_by_its_own_lock_compiles_passes_and_fails_on_a_broken_shop(
    chromium: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPECWARD_CHROMIUM", chromium)
    project = Project.of([job(name) for name in names()], Target.TYPESCRIPT, tmp_path)
    project.install()
    assert project.compile() == ""
    with Shop() as whole:
        assert project.run(job("subscribe"), whole.url).why == ""
    with Shop(faults=BROKEN) as broken:
        assert NOT_SAID in project.run(job("subscribe"), broken.url).why
    test = tmp_path / project.tests["subscribe"]
    test.write_text(test.read_text().replace("await page.goto(", "await page.goTo("))
    assert "goTo" in project.compile()


def test_bob_s_python_project_passes_under_pytest_playwright_and_fails_on_a_broken_shop(
    chromium: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPECWARD_CHROMIUM", chromium)
    one = job("subscribe")
    project = Project.of([one], Target.PYTHON, tmp_path)
    with Shop() as whole:
        assert project.run(one, whole.url, sys.executable).why == ""
    with Shop(faults=BROKEN) as broken:
        assert NOT_SAID in project.run(one, broken.url, sys.executable).why


def test_our_own_environment_runs_what_the_python_project_pins() -> None:
    pins = export_project([job("subscribe").spec], Target.PYTHON)["requirements.txt"]
    pinned = dict(re.findall(r"^([\w-]+)==([\w.]+)", pins, re.MULTILINE))
    assert {"playwright", "pytest", "pytest-playwright"} <= pinned.keys()
    here = {name: version(name) for name in pinned if name != "colorama"}  # that one is for Windows
    assert here == {name: pinned[name] for name in here}
