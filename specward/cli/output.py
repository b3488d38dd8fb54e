"""What the commands have in common at their edges: findings for people and for programs, progress, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, NoReturn

import orjson
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from specward.errors import SpecwardError
from specward.language.findings import Finding


class Exit(IntEnum):
    """The exit codes of every command."""

    FINE = 0
    FINDINGS = 1
    UNUSABLE = 2


def screen() -> Console:
    """Where people read: standard error, so that standard output stays the command's product."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(data: dict[str, Any]) -> None:
    """One JSON document on standard output, keys sorted."""
    sys.stdout.buffer.write(orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.value,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "hint": finding.hint,
    }


def print_findings(console: Console, name: str, source: str, findings: Sequence[Finding]) -> None:
    """Findings with the line each is about and a mark under the column."""
    lines = source.split("\n")
    for finding in findings:
        place = Text(f"{seen(name)}:{finding.line}:{finding.column} ", style="bold")
        console.print(place + Text(f"[{finding.rule.value}] ", style="red") + Text(finding.message))
        if 0 < finding.line <= len(lines):
            line = lines[finding.line - 1]
            start = max(0, finding.column - 60)
            shown = seen(line[start : start + 110])
            console.print(Text(f"    {shown}", style="dim"))
            console.print(Text("    " + " " * (finding.column - 1 - start) + "^", style="red"))
        if finding.hint:
            console.print(Text(f"    {finding.hint}", style="cyan"))


def error_json(error: SpecwardError, source: str) -> dict[str, Any]:
    where = getattr(error, "where", "")
    return {"source": source, "code": error.code, "where": where, "message": str(error), "hint": error.hint}


def seen(text: str) -> str:
    """A name from outside, fit for a terminal: what could move its cursor or write its title is taken away."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def print_error(console: Console, error: SpecwardError, source: str) -> None:
    console.print(
        Text(f"{seen(source)}: ", style="bold") + Text(f"[{error.code}] ", style="red") + Text(seen(str(error)))
    )
    if error.hint:
        console.print(Text(f"    {error.hint}", style="cyan"))


def stop_unusable(error: SpecwardError, source: str, *, as_json: bool) -> NoReturn:
    """Say why the input is unusable, and end with exit code 2."""
    if as_json:
        print_json({"ok": False, "error": error_json(error, source)})
    else:
        print_error(screen(), error, source)
    raise SystemExit(Exit.UNUSABLE)


@contextmanager
def reading_progress(console: Console, *, shown: bool) -> Iterator[Progress]:
    """A bar over the bytes of recordings; nothing where nobody watches."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not (shown and console.is_terminal),
    ) as progress:
        yield progress
