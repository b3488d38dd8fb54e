"""``specward evaluate``: a folder of recordings through a writer, and how good what it writes is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from specward.cli.choosing import Choice, Chosen, ClientRefused, choosing_options, chosen
from specward.cli.evaluating import Evaluated, evaluated, median_of, median_share
from specward.cli.files import FileRefused
from specward.cli.output import Exit, error_json, print_error, print_json, screen, seen, stop_unusable
from specward.errors import SpecwardError
from specward.writing.models.writers import Writer

_ENDINGS = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".json.zst", ".jsonl.zst")
_NO_MODEL = "no key: the reasonable double answers, by rules, and no model; what follows says nothing about a model"

_WIDE = 120
"""Columns from which on there is room for all that was measured; else sizes are in the totals only."""
_HEADINGS = ("gate", "actions", "kept", "mended", "seconds", "tokens", "request", "of raw", "of HTML")
_NARROW = 4

Refused = tuple[Path, SpecwardError]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--origin", help="Where the specs will run (scheme, host, port); each first page's unless given.")
@choosing_options(default=Writer.REFINED)
@click.option("--json", "as_json", is_flag=True, help="Print what was measured as JSON.")
def evaluate(folder: Path, origin: str | None, as_json: bool, **options: Any) -> None:
    """Write every recording of a folder, and measure what comes of it.

    For each recording and in all: whether the spec passes its gate, why the baseline wrote it after all, how often
    the model had to mend, which of the assertions that must stay are there, whether the actions are those of the
    recording, and what it cost in tokens, bytes and seconds. Keys come from the environment. Without one the reasonable
    double is asked.
    """
    console = screen()
    choice = Choice(**options)
    done: list[Evaluated] = []
    refused: list[Refused] = []
    try:
        paths = _recordings(folder)
        with chosen(choice, or_double=True) as who:
            if not as_json:
                console.print(Text(_who(who, choice), style="yellow" if who.double else "dim"))
            with _progress(console, shown=not as_json) as progress:
                task = progress.add_task("", total=len(paths))
                for path in paths:
                    name = str(path.relative_to(folder))
                    progress.update(task, description=seen(name)[-40:])
                    try:
                        done.append(evaluated(path, name, who, origin))
                    except SpecwardError as refusal:
                        refused.append((path, refusal))
                    except OSError as failed:
                        refused.append((path, FileRefused(f"cannot be read: {failed.strerror}")))
                    progress.advance(task)
    except ClientRefused as refusal:
        stop_unusable(refusal, "--client", as_json=as_json)
    except SpecwardError as refusal:
        stop_unusable(refusal, str(folder), as_json=as_json)
    if as_json:
        print_json(_report(who, choice, done, refused))
    else:
        _print(console, done, refused)
    if refused:
        raise SystemExit(Exit.UNUSABLE)
    raise SystemExit(Exit.FINE if all(_is_fine(one) for one in done) else Exit.FINDINGS)


def _recordings(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.name.lower().endswith(_ENDINGS) and path.is_file())
    if not found:
        raise FileRefused("There is no recording in it.", hint="Recordings are *.json, *.jsonl, also as .gz or .zst.")
    return found


def _who(who: Chosen, choice: Choice) -> str:
    if who.writer is Writer.BASELINE:
        return "the baseline writes; no model is asked"
    if who.double and not choice.client:
        return _NO_MODEL
    told = "a double answers, and no model; " if who.double else ""
    return f"{told}{who.writer} by {who.asked}{', shapes only' if who.shapes_only else ''}"


def _is_fine(one: Evaluated) -> bool:
    kept, wanted = one.kept
    return one.composed.checked.ok and one.actions_equal and kept == wanted


def _progress(console: Console, *, shown: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not (shown and console.is_terminal),
    )


# For people


def _print(console: Console, done: Sequence[Evaluated], refused: Sequence[Refused]) -> None:
    wide = console.width >= _WIDE
    headings = _HEADINGS if wide else _HEADINGS[:_NARROW]
    table = Table(box=None, pad_edge=False)
    table.add_column("recording", overflow="ellipsis", no_wrap=True, max_width=40 if wide else 22)
    table.add_column("by", overflow="ellipsis", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in done:
        table.add_row(*_cells(one)[: len(table.columns)])
    console.print(table)
    for path, error in refused:
        print_error(console, error, str(path))
    for line in _in_all(done, refused):
        console.print(Text(line))


def _cells(one: Evaluated) -> list[Text]:
    kept, wanted = one.kept
    composed = one.composed
    tokens_in, tokens_out = one.tokens
    by = Text(composed.writer.value, style="green" if composed.fallback is None else "yellow")
    if composed.fallback is not None:
        by.append(f": {composed.fallback.removeprefix('model.')}", style="yellow")
    return [
        Text(seen(one.name)),
        by,
        _verdict(composed.checked.ok, "passes", "REFUSED"),
        _verdict(one.actions_equal, "equal", "DIFFER"),
        _verdict(kept == wanted, f"{kept}/{wanted}", f"{kept}/{wanted}"),
        Text(str(composed.rounds)),
        Text(f"{one.seconds:.1f}"),
        Text(f"{tokens_in}+{tokens_out}" if composed.calls else ""),
        Text(f"{one.request_bytes:,}" if composed.calls else ""),
        Text(_times(one.raw_bytes, one.request_bytes)),
        Text(_times(one.html_bytes, one.request_bytes)),
    ]


def _verdict(fine: bool, good: str, bad: str) -> Text:
    return Text(good, style="green") if fine else Text(bad, style="bold red")


def _times(whole: int, part: int) -> str:
    """How many times smaller: ``1/40``."""
    return f"1/{whole / part:.0f}" if part and whole >= part else f"{part / whole:.1f}x" if part and whole else ""


def _in_all(done: Sequence[Evaluated], refused: Sequence[Refused]) -> list[str]:
    total = _totals(done)
    fallbacks = ", ".join(f"{count} {reason}" for reason, count in total["fallbacks"].items()) or "none"
    kept = f"{total['must_keep_kept']} of {total['must_keep']} assertions that must stay are there"
    lines = [
        f"{len(done)} recordings, {len(refused)} refused",
        f"{total['valid']} pass their gate, {total['actions_equal']} do what was recorded, {kept}",
        f"written by the baseline after all: {fallbacks}; mended {total['rounds']} times",
    ]
    if total["request_bytes"]:
        documents = f"{total['document_bytes']:,} of them documents"
        tokens = f"{total['tokens_in']:,} tokens in, {total['tokens_out']:,} out"
        lines.append(f"{tokens}; {total['request_bytes']:,} bytes of requests, {documents}")
        shares = ", ".join(
            f"{what} {'unknown' if share is None else f'1/{1 / share:.0f}' if share <= 1 else f'{share:.1f}x'}"
            for what, share in (
                ("request to raw", total["median_request_of_raw"]),
                ("document to raw", total["median_document_of_raw"]),
                ("request to HTML", total["median_request_of_html"]),
                ("document to HTML", total["median_document_of_html"]),
            )
        )
        lines.append(f"medians: {shares}")
    return lines


# For programs


def _totals(done: Sequence[Evaluated]) -> dict[str, Any]:
    asked = [one for one in done if one.composed.calls]
    fallbacks = Counter(one.composed.fallback.value for one in done if one.composed.fallback is not None)
    return {
        "recordings": len(done),
        "valid": sum(one.composed.checked.ok for one in done),
        "actions_equal": sum(one.actions_equal for one in done),
        "must_keep": sum(one.kept[1] for one in done),
        "must_keep_kept": sum(one.kept[0] for one in done),
        "fallbacks": dict(sorted(fallbacks.items())),
        "rounds": sum(one.composed.rounds for one in done),
        "tokens_in": sum(one.tokens[0] for one in done),
        "tokens_out": sum(one.tokens[1] for one in done),
        "request_bytes": sum(one.request_bytes for one in done),
        "document_bytes": sum(one.document_bytes for one in done),
        "median_request_of_raw": median_share([(one.request_bytes, one.raw_bytes) for one in asked]),
        "median_document_of_raw": median_share([(one.document_bytes, one.raw_bytes) for one in asked]),
        "median_request_of_html": median_share([(one.request_bytes, one.html_bytes) for one in asked]),
        "median_document_of_html": median_share([(one.document_bytes, one.html_bytes) for one in asked]),
        "median_seconds": median_of(one.seconds for one in done),
    }


def _report(who: Chosen, choice: Choice, done: Sequence[Evaluated], refused: Sequence[Refused]) -> dict[str, Any]:
    return {
        "ok": not refused and all(_is_fine(one) for one in done),
        "writer": who.writer.value,
        "client": who.asked or None,
        "model_asked": bool(who.asked) and not who.double,
        "note": _NO_MODEL if who.double and not choice.client else "",
        "shapes_only": who.shapes_only,
        "total": _totals(done),
        "recordings": [_row(one) for one in done],
        "refused": [error_json(refusal, str(path)) for path, refusal in refused],
    }


def _row(one: Evaluated) -> dict[str, Any]:
    kept, wanted = one.kept
    fallback = one.composed.fallback
    return {
        "recording": one.name,
        "valid": one.composed.checked.ok,
        "written_by": one.composed.writer.value,
        "fallback": None if fallback is None else fallback.value,
        "rounds": one.composed.rounds,
        "must_keep": wanted,
        "must_keep_kept": kept,
        "actions_equal": one.actions_equal,
        "actions": len(one.composed.trace.actions),
        "assertions": len(one.composed.written.assertions),
        "assertions_baseline": len(one.baseline.written.assertions),
        "tokens_in": one.tokens[0],
        "tokens_out": one.tokens[1],
        "request_bytes": one.request_bytes,
        "document_bytes": one.document_bytes,
        "raw_bytes": one.raw_bytes,
        "html_bytes": one.html_bytes,
        "seconds": round(one.seconds, 3),
    }
