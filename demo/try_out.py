"""What ``script/demo --library`` shows: recordings become specs, these run on the shop, and one of them finds a fault.

``python -m demo.try_out [FOLDER] [--only NAME]... [--fault NAME] [--no-browser]``. It starts the commands that anybody
would, with the shop beside them. One shop serves all: it gives each browser a cart and an account of its own.

Exit code: 0 where all went as it should, with the fault found by the spec that walks past it; else 1.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from demo.flows import FIXTURES, FLOWS, RECORDINGS, names
from demo.shop import Shop
from demo.shop.faults import FAULTS

HERE = Path(__file__).resolve().parent
FAULT = "discount-not-applied"
SPECWARD = Path(sys.executable).parent / "specward"
_COMMAND_LINE = 44
_FAILED = 1
"""What ``specward run`` ends with where a run failed; 2 would be that it could not begin."""


@dataclass(frozen=True, slots=True)
class Showing:
    """Where it is shown, and what: ``wanted`` names recordings."""

    console: Console
    folder: Path
    wanted: Sequence[str]

    def say(self, words: str = "", style: str = "") -> None:
        self.console.print(Text(words, style=style))
        self.console.file.flush()  # before a command that writes to the terminal by itself

    def head(self, words: str) -> None:
        self.say()
        self.console.print(Rule(Text(words, style="bold"), align="left", characters="─"))

    def spec(self, name: str) -> Path:
        return self.folder / f"{name}.spec.py"

    def shown(self, command: Sequence[str | Path]) -> list[str]:
        """A command as it would be typed here; the same is then started."""
        words = [_near(Path(word)) if isinstance(word, Path) else word for word in command]
        many = [word for word in words if word.endswith(".spec.py")]
        if len(many) > 2:
            words = [word for word in words if word not in many]
            words.insert(1, f"{many[0].rpartition('/')[0]}/*.spec.py")
        lines = ["$ specward"]
        for word in words:
            quoted = word if "*" in word else shlex.quote(word)
            if word.startswith("--") and len(lines[-1]) > _COMMAND_LINE:
                lines.append("     ")
            lines[-1] += f" {quoted}"
        self.say(" \\\n".join(lines), "cyan")
        return [str(SPECWARD), *(_near(word) if isinstance(word, Path) else word for word in command)]


def _near(path: Path) -> str:
    return os.path.relpath(path)


def _generate(show: Showing, fault: str) -> bool:
    """Writes the specs, and prints what came of them and one of them."""
    show.head("1  Recordings become specs")
    given = [RECORDINGS / f"{name}.json.gz" for name in show.wanted]
    show.say(f"$ specward generate {_near(RECORDINGS)}/*.json.gz --out {_near(show.folder)}", "cyan")
    command = [str(SPECWARD), "generate", *map(str, given), "--out", str(show.folder), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603  # our own command
    if done.returncode:
        show.say(done.stdout.decode()[:4000], "red")
        return False
    specs: list[dict[str, Any]] = orjson.loads(done.stdout)["specs"]
    actions, assertions = sum(len(one["actions"]) for one in specs), sum(one["assertions"] for one in specs)
    secrets = {secret["name"] for one in specs for secret in one["secrets"]}
    show.say(f"{len(given)} recordings, {len(specs)} paths: {len(specs)} specs with {actions} actions, as recorded,")
    show.say(f"and {assertions} assertions. What was typed in secret is a name: {len(secrets)} secrets to supply.")
    one = show.spec(FAULTS[fault].flow)
    show.say(f"\n{_near(one)}\n", "bold")
    text = one.read_text("utf-8")
    show.console.print(Syntax(text, "python", theme="ansi_dark", background_color="default", word_wrap=True))
    return True


def _run(show: Showing, shop: Shop, specs: Sequence[Path]) -> int:
    """``specward run`` of all of them; its exit code."""
    command: list[str | Path] = ["run", *specs, "--base-url", shop.url, "--secrets-file", show.folder / "secrets"]
    command += ["--fixtures", FIXTURES, "--screenshots", show.folder / "screenshots"]
    command += ["--workers", str(min(4, os.cpu_count() or 2))]
    return subprocess.run(show.shown(command), check=False).returncode  # noqa: S603  # our own command


def _write_secrets(path: Path) -> None:
    """All that the specs ask for; the same name is the same value in all of them."""
    supplied: dict[str, str] = {}
    for flow in FLOWS.values():
        for some in (flow.secrets, *flow.masks.values()):
            supplied.update(some)
    path.write_text("".join(f"{name}={value}\n" for name, value in supplied.items()), "utf-8")


def show_all(show: Showing, fault: str) -> int:
    """The whole of it; returns the exit code."""
    _write_secrets(show.folder / "secrets")
    specs = [show.spec(name) for name in show.wanted if show.spec(name).exists()]
    show.head(f"2  The specs run: {len(specs)} on the shop as it should be")
    with Shop() as shop:
        if _run(show, shop, specs):
            show.say("The demo failed: every spec should pass on the whole shop.", "bold red")
            return 1
    seeded = FAULTS[fault]
    show.head(f"3  The shop is broken: {seeded.name}")
    show.say(f"{seeded.notice}.")
    with Shop(faults=[fault]) as shop:
        ended = _run(show, shop, [show.spec(seeded.flow)])
    if ended != _FAILED:
        show.say(f"The demo failed: the fault {fault} was not found.", "bold red")
        return 1
    show.say("Found, as it should be: the run failed where the shop is wrong.", "bold green")
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.try_out", description="Recordings, specs, runs, a fault.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("demo-output"), help="where specs are written")
    parser.add_argument("--only", action="append", choices=names(), metavar="NAME", help="only these recordings")
    parser.add_argument("--fault", choices=FAULTS, default=FAULT, metavar="NAME", help="what is broken in the end")
    parser.add_argument("--no-browser", action="store_true", help="write specs, and run none")
    given = parser.parse_args()
    began = time.monotonic()
    # At most 100 columns, also where the terminal is wider: it is read, not scanned.
    console = Console(highlight=False)
    console.width = min(console.width, 100)
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    wanted = dict.fromkeys([*(given.only or names()), FAULTS[given.fault].flow])
    show = Showing(console, folder, [name for name in names() if name in wanted])
    code = 0 if _generate(show, given.fault) else 1
    if not code and given.no_browser:
        show.say("\nLeft out, as there is no browser: running the specs, and finding a fault.", "yellow")
    elif not code:
        code = show_all(show, given.fault)
    if not code:
        _next(show, time.monotonic() - began)
    raise SystemExit(code)


def _next(show: Showing, seconds: float) -> None:
    first = _near(show.spec(FAULTS[FAULT].flow))
    show.head(f"That took {seconds:.0f} s. Next")
    bin_ = _near(SPECWARD)
    for line, what in (
        (f"{bin_} export {first} --to playwright-ts", "the same spec as a Playwright test"),
        (f"{bin_} generate YOUR-RECORDING.json --out specs", "a spec from your own rrweb recording"),
        ("python3 -m demo.shop --fault wrong-total", "the shop to look at, whole or broken (--list)"),
    ):
        show.say(line, "cyan")
        show.say(f"    {what}", "dim")


if __name__ == "__main__":
    main()
