"""``specward run``: specs in Chromium, behind the egress wall, with a table that lives while they run."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from specward.cli.files import read_small, write_text
from specward.cli.output import Exit, print_error, print_findings, print_json, screen, stop_unusable
from specward.cli.scoreboard import row_names, scoreboard
from specward.errors import SpecwardError
from specward.execution.browser import check_playwright, find_chromium
from specward.execution.junit import junit_xml
from specward.execution.limits import Limits
from specward.execution.outcomes import Outcome, RunResult, Stop
from specward.execution.running import RunSettings
from specward.execution.supplies import (
    Supplies,
    SupplyMissing,
    secret_from_pair,
    secrets_from_environment,
    secrets_from_file,
)
from specward.execution.wall.namespace import Namespace
from specward.execution.wall.policy import Local
from specward.execution.workers import Job, Refused, run_all
from specward.language import gate
from specward.language.export.render import unique_slug
from specward.language.findings import SpecRefused
from specward.language.ir import Spec
from specward.language.urls import canonical_origin
from specward.language.vocabulary import read_viewport

_DECLARED = re.compile(r'origin="(https?://[^"\\\s]+)"')


@dataclass(frozen=True, slots=True)
class _Planned:
    """A run: of which file, which repetition, and in which wave (set-up specs come before those that need them)."""

    path: Path
    spec: Spec
    repetition: int
    wave: int


class _CircularSetUp(SpecwardError):
    """Set-up specs that wait for each other."""

    code = "circular-set-up"


def _size(context: click.Context, parameter: click.Parameter, text: str | None) -> tuple[int, int] | None:
    """A page's size out of ``390x844``; ``None`` where each spec says its own."""
    if text is None:
        return None
    size = read_viewport(text)
    if size is None:
        raise click.BadParameter("Write width and height in pixels, 100 to 8000 each, such as 390x844.")
    return size.width, size.height


@click.command()
@click.argument("specs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SPEC...")
@click.option("--base-url", help="The origin to run against (scheme, host, port); the spec's own unless given.")
@click.option("--secret", "pairs", multiple=True, metavar="NAME=VALUE", help="A secret; other users may see it in ps.")
@click.option("--secrets-file", type=click.Path(path_type=Path), help="Secrets, one NAME=VALUE on each line.")
@click.option("--allow-origin", "allow", multiple=True, metavar="ORIGIN", help="Another origin that pages may reach.")
@click.option("--allow-private", is_flag=True, help="Let names of allowed origins lead to private addresses.")
@click.option(
    "--namespace",
    type=click.Choice([choice.value for choice in Namespace]),
    default=Namespace.AUTO.value,
    show_default=True,
    help="Whether the browser has to be in a network namespace of its own.",
)
@click.option("--fixtures", type=click.Path(path_type=Path, file_okay=False), help="The folder of files to upload.")
@click.option("--states", type=click.Path(path_type=Path, file_okay=False), help="The folder of stored browser states.")
@click.option("--screenshots", type=click.Path(path_type=Path, file_okay=False), help="Where pictures of failures go.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write the results as JUnit XML.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--headed", is_flag=True, help="Show the browser.")
@click.option(
    "--window", "size", metavar="WxH", callback=_size, help="The page's size; what each spec says unless given."
)
@click.option("--repeat", type=click.IntRange(1, 1000), default=1, show_default=True, help="Run each spec so often.")
@click.option("--workers", type=click.IntRange(1, 64), help="Runs at once; half of the processors unless given.")
@click.option("--time-limit", type=click.FloatRange(1, 3600), help="Seconds that one run may take.")
def run(
    specs: tuple[Path, ...],
    base_url: str | None,
    pairs: tuple[str, ...],
    secrets_file: Path | None,
    allow: tuple[str, ...],
    allow_private: bool,
    namespace: str,
    fixtures: Path | None,
    states: Path | None,
    screenshots: Path | None,
    junit: Path | None,
    as_json: bool,
    headed: bool,
    size: tuple[int, int] | None,
    repeat: int,
    workers: int | None,
    time_limit: float | None,
) -> None:
    """Run specs in Chromium.

    Pages reach the base URL, the allowed origins, and nothing else. A spec that others require runs first, and leaves
    them its browser state. Secrets come from SPECWARD_SECRET_NAME, --secrets-file and --secret; the later wins.
    """
    console = screen()
    where = "specward run"
    try:
        base_url = canonical_origin(base_url) if base_url is not None else None
        allow = tuple(canonical_origin(origin) for origin in allow)
        secrets = secrets_from_environment()
        if secrets_file is not None:
            secrets |= secrets_from_file(secrets_file)
        secrets |= dict(secret_from_pair(pair, f"--secret number {n}") for n, pair in enumerate(pairs, start=1))
        check_playwright()
        chromium = find_chromium()
        read = []
        for path in specs:
            where = str(path)
            read.append((path, _read(path, allow)))
        with tempfile.TemporaryDirectory(prefix="specward-states-") as kept:
            waves = _waves(read)
            # Without a folder of their own, states live no longer than this command.
            supplies = Supplies(secrets, fixtures, states or Path(kept))
            produced = {spec.title for _, spec in read}
            for path, spec in read:
                where = str(path)
                _check_supplies(supplies, spec, produced)
            settings = RunSettings(
                base_url=base_url,
                allow_origins=allow,
                supplies=supplies,
                limits=Limits() if time_limit is None else Limits(run=time_limit),
                local=Local.NAMED if allow_private else Local.LITERAL,
                namespace=Namespace(namespace),
                chromium=chromium,
                headed=headed,
                window=size,
                screenshots=screenshots or Path(tempfile.gettempdir()) / f"specward-screenshots-{os.getpid()}",
            )
            plan = [_Planned(path, spec, n, waves[spec.title]) for path, spec in read for n in range(1, repeat + 1)]
            results = _run_plan(plan, settings, workers or max(1, (os.cpu_count() or 2) // 2), console, as_json)
    except SpecRefused as refused:
        if as_json:
            stop_unusable(refused, where, as_json=True)
        print_findings(console, where, Path(where).read_text("utf-8", "replace"), refused.findings)
        raise SystemExit(Exit.UNUSABLE) from None
    except SpecwardError as refusal:
        stop_unusable(refusal, where, as_json=as_json)
    _report(results, console, junit, as_json)


def _read(path: Path, allow: Sequence[str]) -> Spec:
    source = read_small(path)
    if not allow:
        return gate.parse(source)
    # The gate judges what is declared; this only finds out what to add the allowed origins to.
    declared = _DECLARED.search(source.decode("utf-8", "replace"))
    return gate.parse(source, origins=[declared.group(1), *allow] if declared else None)


def _waves(read: Sequence[tuple[Path, Spec]]) -> dict[str, int]:
    """By title: 0 for what needs none of the others, one more for each set-up that has to come before."""
    specs = {spec.title: spec for _, spec in read}
    waves: dict[str, int] = {}

    def wave(title: str, above: tuple[str, ...]) -> int:
        if title in above:
            raise _CircularSetUp(f'The set-up spec "{title}" requires itself.', hint="Take one requires(...) out.")
        if title not in waves:
            needed = [name for name in specs[title].requires if name in specs]
            waves[title] = 1 + max((wave(name, (*above, title)) for name in needed), default=-1)
        return waves[title]

    for title in specs:
        wave(title, ())
    return waves


def _check_supplies(supplies: Supplies, spec: Spec, produced: set[str]) -> None:
    supplies.check(replace(spec, requires=tuple(name for name in spec.requires if name not in produced)))


def _run_plan(
    plan: Sequence[_Planned], settings: RunSettings, workers: int, console: Console, as_json: bool
) -> list[tuple[_Planned, RunResult]]:
    required = {name for one in plan for name in one.spec.requires}
    results: dict[int, RunResult] = {}
    names = row_names([one.path for one in plan], [one.repetition for one in plan], short=console.is_terminal)
    with scoreboard(names, console, shown=not as_json) as board:
        for wave in sorted({one.wave for one in plan}):
            jobs = [
                Job(number, one.spec, replace(settings, save_state=_save_state(settings, one, required)))
                for number, one in enumerate(plan)
                if one.wave == wave
            ]
            for job, answer in run_all(jobs, workers, lambda started: board.started(started.key)):
                if isinstance(answer, Refused):
                    raise _refusal(answer)
                results[job.key] = answer
                board.finished(job.key, answer)
    return [(one, results[number]) for number, one in enumerate(plan)]


def _save_state(settings: RunSettings, one: _Planned, required: set[str]) -> Path | None:
    folder = settings.supplies.states
    if folder is None or one.spec.title not in required or one.repetition > 1:
        return None
    return folder / f"{unique_slug(one.spec.title)}.json"


def _refusal(refused: Refused) -> SpecwardError:
    error = SupplyMissing(refused.message, hint=refused.hint)
    error.code = refused.code
    return error


def _report(results: Sequence[tuple[_Planned, RunResult]], console: Console, junit: Path | None, as_json: bool) -> None:
    failed = [(one, result) for one, result in results if not result.passed]
    unwritten: SpecwardError | None = None
    if junit is not None:
        try:
            write_text(junit, junit_xml([result for _, result in results]))
        except SpecwardError as refusal:
            unwritten = refusal
    if as_json:
        runs = [{"spec": str(one.path), "repetition": one.repetition, **result.to_json()} for one, result in results]
        document: dict[str, Any] = {"ok": not failed and unwritten is None, "runs": runs}
        print_json(document)
    else:
        for one, result in failed:
            _print_failure(console, one, result)
        total = f"{len(results) - len(failed)} of {len(results)} runs passed, {_behind(results)}"
        console.print(Text(total, style="red" if failed else "green"))
    if unwritten is not None:
        print_error(console, unwritten, str(junit))
        raise SystemExit(Exit.UNUSABLE)
    raise SystemExit(Exit.FINDINGS if failed else Exit.FINE)


def _behind(results: Sequence[tuple[_Planned, RunResult]]) -> str:
    if all(result.wall == "proxy+netns" for _, result in results if result.stop is not Stop.WORKER_GONE):
        return "behind the proxy in a network namespace"
    return "behind the proxy alone, in no network namespace"


def _print_failure(console: Console, one: _Planned, result: RunResult) -> None:
    step = next((step for step in result.steps if step.outcome is Outcome.FAILED), None)
    console.print(Text(f"{one.path}: ", style="bold") + Text(result.message, style="red"))
    if step is not None and result.failed_call is not None:
        console.print(Text(f"    in the step: {step.title}\n    at the call: {result.failed_call.call}"))
    if result.url:
        console.print(Text(f"    on the page: {result.url}", style="dim"))
    if result.screenshot:
        console.print(Text(f"    screenshot: {result.screenshot}", style="cyan"))
    for refusal in result.refused_to_page[:5]:
        console.print(Text(f"    refused by the wall: {refusal.target}: {refusal.reason} ({refusal.count})"))
