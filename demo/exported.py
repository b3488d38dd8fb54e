"""Runs the exported specs of the recordings as somebody does who has the project and nothing else of ours.

``python -m demo.exported --to playwright-ts [NAME]...`` puts the specs of all recordings into one project, installs
what it pins (``npm ci``, or ``pip install --require-hashes``), and runs each test on a fresh shop. With ``--zips`` each
recording becomes a zip of its own, unpacked and installed by itself. Browsers are never downloaded.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.flows import FIXTURES, names
from demo.running import Job, Outcome, job
from demo.shop import Shop
from specward.execution.browser import find_chromium
from specward.language.export.project import Target, export_zip, file_names

LONGEST = 300
"""Seconds that an installation or one test may take, so that nothing hangs for ever."""


@dataclass(frozen=True, slots=True)
class Project:
    """An exported project on disk, with the path of each recording's test in it."""

    target: Target
    folder: Path
    tests: dict[str, str]

    @classmethod
    def of(cls, jobs: Sequence[Job], target: Target, folder: Path) -> Project:
        """The project that is exported for ``jobs``, unpacked from its zip, with the files that it uploads."""
        specs = [one.spec for one in jobs]
        with zipfile.ZipFile(io.BytesIO(export_zip(specs, target))) as archive:
            archive.extractall(folder)
        shutil.copytree(FIXTURES, folder / "fixtures", dirs_exist_ok=True)
        tests = {}
        for one, name in zip(jobs, file_names(specs), strict=True):
            python = f"tests/test_{name.replace('-', '_')}.py"
            tests[one.name] = f"tests/{name}.spec.ts" if target is Target.TYPESCRIPT else python
        return cls(target, folder, tests)

    def install(self) -> None:
        """Installs what the project pins, and nothing else. Raises ``CalledProcessError`` where that fails."""
        if self.target is Target.TYPESCRIPT:
            self._must("npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund")
            return
        self._must(sys.executable, "-m", "venv", ".venv")
        self._must(".venv/bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements.txt")

    def compile(self) -> str:
        """What the project's own TypeScript compiler has to say about all tests; nothing where they are fine."""
        done = self._start(["npx", "tsc", "--noEmit"], {})
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def run(self, one: Job, url: str, python: str = ".venv/bin/python") -> Outcome:
        """Runs one test against the shop at ``url``; ``python`` is the interpreter of a project for Python."""
        test = self.tests[one.name]
        given = {f"SPECWARD_SECRET_{name}": value for name, value in one.secrets.items()}
        given |= {"BASE_URL": url, "CHROMIUM_PATH": find_chromium()}
        if self.target is Target.TYPESCRIPT:
            command = ["npx", "playwright", "test", test, "--reporter=line"]
        else:
            command = [python, "-m", "pytest", test, "-q", "--no-header", "-p", "no:cacheprovider"]
        started = time.monotonic()
        done = self._start(command, given)
        why = "" if done.returncode == 0 else f"exit code {done.returncode}: {(done.stdout + done.stderr)[-4000:]}"
        return Outcome(why, time.monotonic() - started)

    def _must(self, *command: str) -> None:
        done = self._start(command, {})
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")

    def _start(self, command: Sequence[str], given: dict[str, str]) -> subprocess.CompletedProcess[str]:
        # Run from inside a test, the project's pytest must not take that one's settings for its own.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "SPECWARD_"))}
        return subprocess.run(  # noqa: S603 # our own export, with the tools that it names
            command,
            cwd=self.folder,
            env={**inherited, **given},
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
            stdin=subprocess.DEVNULL,
        )


def _told(name: str, outcome: Outcome) -> None:
    print(f"{name:30} {outcome.seconds:5.1f}s {'ok' if outcome.passed else outcome.why}", flush=True)


def _on_fresh_shop(project: Project, one: Job) -> Outcome:
    with Shop() as shop:
        outcome = project.run(one, shop.url)
    _told(one.name, outcome)
    return outcome


def main() -> None:
    """Prints a line for each test, then how many of how many passed; exit code 1 where one did not."""
    parser = argparse.ArgumentParser(prog="python -m demo.exported", description=main.__doc__)
    parser.add_argument("--to", required=True, type=Target, choices=list(Target))
    parser.add_argument("--zips", action="store_true", help="a project of its own for each recording")
    parser.add_argument("names", nargs="*", metavar="NAME", help="recordings; all unless given")
    given = parser.parse_args()
    jobs = [job(name) for name in given.names or names()]
    passed = 0
    with tempfile.TemporaryDirectory(prefix="specward-exported-") as folder:
        groups = [[one] for one in jobs] if given.zips else [jobs]
        for number, group in enumerate(groups):
            started = time.monotonic()
            project = Project.of(group, given.to, Path(folder) / str(number))
            project.install()
            print(f"installed in {time.monotonic() - started:.1f}s", flush=True)
            if given.to is Target.TYPESCRIPT:
                problems = project.compile()
                print(f"tsc: {problems or 'no errors'} in {len(group)} tests", flush=True)
                if problems:
                    raise SystemExit(1)
            passed += sum(_on_fresh_shop(project, one).passed for one in group)
    print(f"{passed} of {len(jobs)} exported tests passed as {given.to}", flush=True)
    raise SystemExit(0 if passed == len(jobs) else 1)


if __name__ == "__main__":
    main()
