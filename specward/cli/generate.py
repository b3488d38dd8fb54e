"""``specward generate``: recordings in, one checked spec per path out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.text import Text

from specward.cli.choosing import (
    ANTHROPIC_KEY,
    BASELINE_ALONE,
    BEDROCK_KEY,
    Choice,
    Chosen,
    ClientRefused,
    choosing_options,
    chosen,
)
from specward.cli.files import FileRefused, plain_name, write_text
from specward.cli.output import (
    Exit,
    error_json,
    finding_json,
    print_error,
    print_findings,
    print_json,
    reading_progress,
    screen,
    seen,
    stop_unusable,
)
from specward.errors import SpecwardError
from specward.language.printer import print_call, print_locator
from specward.recording.actions import Dropped, Trace
from specward.recording.reading import read_events
from specward.recording.signature import path_signature
from specward.recording.tracing import trace
from specward.writing.asking_models import write_with
from specward.writing.composing import Composed
from specward.writing.models.client import Failure
from specward.writing.models.writers import Writer


@dataclass(frozen=True, slots=True)
class Session:
    """A recording that was read."""

    source: Path
    trace: Trace


@dataclass(frozen=True, slots=True)
class Generated:
    """The spec of one path: who walked it, what was written, and what its own gate says."""

    name: str
    signature: str
    sessions: tuple[Session, ...]
    """Those that walk the path; the first is the one that was written."""
    of: int
    """How many sessions were read in all."""
    composed: Composed

    @property
    def ok(self) -> bool:
        return self.composed.checked.ok

    @property
    def share(self) -> float:
        """The share of the sessions that the spec covers."""
        return len(self.sessions) / self.of

    @property
    def dropped(self) -> list[tuple[Session, Dropped]]:
        """What each session did that is no step of the spec."""
        found = [(session, drop) for session in self.sessions for drop in session.trace.dropped]
        return found + [(self.sessions[0], drop) for drop in self.composed.dropped]


def read_session(path: Path, origin: str | None, progress: Progress | None = None) -> Session:
    """Trace one recording. Raises :class:`SpecwardError` where it cannot be used."""
    try:
        size = path.stat().st_size
    except OSError as failed:
        raise FileRefused(f"cannot be read: {failed.strerror}") from failed
    task = progress.add_task(escape(seen(path.name)), total=size) if progress is not None else None

    def advance(count: int) -> None:
        if progress is not None and task is not None:
            progress.update(task, completed=count)

    try:
        found = trace(read_events(path, progress=advance), origin=origin)
    except OSError as failed:
        raise FileRefused(f"cannot be read: {failed.strerror}") from failed
    finally:
        if progress is not None and task is not None:
            progress.update(task, visible=False)
    return Session(path, found)


def _masked(session: Session) -> int:
    """How many values of a session the recorder masked."""
    return sum(action.target is not None and bool(action.target.secret) for action in session.trace.actions)


def generate_specs(
    sessions: Sequence[Session], who: Chosen = BASELINE_ALONE
) -> tuple[list[Generated], list[tuple[Path, SpecwardError]]]:
    """One spec per path by ``who``, in the order the paths were first walked, each put through its own gate; and the
    recordings that no spec could be made of, with the reason."""
    paths: dict[str, list[Session]] = {}
    for session in sessions:
        paths.setdefault(path_signature(session.trace), []).append(session)
    generated: list[Generated] = []
    refused: list[tuple[Path, SpecwardError]] = []
    taken: set[str] = set()
    for signature, walked in paths.items():
        first = min(walked, key=_masked)  # the one that says most; of equals the first given
        others = [other for other in walked if other is not first]
        try:
            composed = write_with(
                first.trace,
                [other.trace for other in others],
                writer=who.writer,
                client=who.client,
                shapes_only=who.shapes_only,
                seconds=who.seconds,
            )
        except SpecwardError as refusal:
            refused.append((first.source, refusal))
            continue
        plain = name = plain_name(first.source)
        number = 2
        while name in taken:
            name, number = f"{plain}-{number}", number + 1
        taken.add(name)
        generated.append(Generated(name, signature, (first, *others), len(sessions), composed))
    return generated, refused


@click.command()
@click.argument("recordings", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="REC...")
@click.option("--origin", help="Where the spec will run (scheme, host, port); the first page's unless given.")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write to.")
@choosing_options(default=Writer.BASELINE)
@click.option("--json", "as_json", is_flag=True, help="Print what was made, and every dropped action, as JSON.")
def generate(recordings: tuple[Path, ...], origin: str | None, out: Path, as_json: bool, **options: Any) -> None:
    """Write the spec of each path that the recordings walk.

    Writes NAME.spec.py and NAME.sheet.json into the folder. Recordings of one path become one spec, with the share of
    sessions it covers. A model is asked with --writer refined or authored; where it gives no spec that can be used, the
    baseline writes it, and the reason is told.
    """
    console = screen()
    sessions: list[Session] = []
    refused: list[tuple[Path, SpecwardError]] = []
    with reading_progress(console, shown=not as_json) as progress:
        for path in recordings:
            try:
                sessions.append(read_session(path, origin, progress))
            except SpecwardError as refusal:
                refused.append((path, refusal))
    generated: list[Generated] = []
    try:
        with chosen(Choice(**options), or_double=False) as who:
            if who.double and not as_json:
                console.print(Text(f"a double answers, and no model: {who.asked}", style="yellow"))
            generated, unwritten = generate_specs(sessions, who)
        refused.extend(unwritten)
        for one in generated:
            if one.ok:
                write_text(out / f"{one.name}.spec.py", one.composed.text)
                write_text(out / f"{one.name}.sheet.json", one.composed.sheet)
    except ClientRefused as refusal:
        stop_unusable(refusal, "--client", as_json=as_json)
    except SpecwardError as refusal:
        refused.append((out, refusal))
    if as_json:
        print_json(
            {
                "ok": not refused and all(one.ok for one in generated),
                "specs": [_spec_json(one, out) for one in generated],
                "refused": [error_json(refusal, str(path)) for path, refusal in refused],
            }
        )
    else:
        for one in generated:
            _print_generated(console, one, out)
        for path, error in refused:
            print_error(console, error, str(path))
    if refused:
        raise SystemExit(Exit.UNUSABLE)
    if not all(one.ok for one in generated):
        raise SystemExit(Exit.FINDINGS)


def _print_generated(console: Console, one: Generated, out: Path) -> None:
    if not one.ok:
        console.print(Text(f"{one.name}: not written, its own gate refuses it", style="red"))
        print_findings(console, one.name, one.composed.text, one.composed.checked.findings)
        return
    written = one.composed.written
    counts = (len(written.spec.steps), len(one.composed.trace.actions), len(written.assertions))
    made = "{} steps, {} actions, {} assertions".format(*counts)
    walked = f"{len(one.sessions)} of {one.of} sessions walk this path ({one.share:.0%})"
    console.print(
        Text(seen(str(out / f"{one.name}.spec.py")), style="bold green")
        + Text(f"  {written.spec.title}\n")
        + Text(f"    {made}; {walked}; {len(one.dropped)} events left out", style="dim")
    )
    if one.composed.asked is not Writer.BASELINE:
        console.print(_written_by(one.composed))
    if written.secrets:
        names = ", ".join(f"{name} ({why})" for name, why in written.secrets)
        console.print(Text(f"    secrets to supply: {names}", style="yellow"))
    for note in written.notes:
        console.print(Text(f"    {note}", style="dim"))


def _written_by(composed: Composed) -> Text:
    if composed.fallback is None:
        mended = f", mended {composed.rounds} times" if composed.rounds else ""
        return Text(f"    written by {composed.writer}{mended}", style="dim")
    if composed.fallback is Failure.NOT_CONFIGURED:
        missing = f"no key for a model, in {ANTHROPIC_KEY} or {BEDROCK_KEY}"
        return Text(f"    written by the baseline: there is {missing} ({composed.fallback})", style="yellow")
    return Text(f"    written by the baseline: {composed.asked} gave no spec ({composed.fallback})", style="yellow")


def _spec_json(one: Generated, out: Path) -> dict[str, Any]:
    first = one.composed.trace
    return {
        "name": one.name,
        "title": one.composed.written.spec.title,
        "origin": one.composed.written.spec.origin,
        "asked": one.composed.asked.value,
        "written_by": one.composed.writer.value,
        "fallback": None if one.composed.fallback is None else one.composed.fallback.value,
        "rounds": one.composed.rounds,
        "spec": str(out / f"{one.name}.spec.py") if one.ok else None,
        "sheet": str(out / f"{one.name}.sheet.json") if one.ok else None,
        "path_signature": one.signature,
        "recordings": [str(session.source) for session in one.sessions],
        "sessions": len(one.sessions),
        "share": round(one.share, 4),
        "steps": len(one.composed.written.spec.steps),
        "assertions": len(one.composed.written.assertions),
        "requires": list(one.composed.written.spec.requires),
        "secrets": [{"name": name, "reason": reason} for name, reason in one.composed.written.secrets],
        "fixtures": list(one.composed.written.fixtures),
        "notes": [*one.composed.written.notes, *first.notes],
        "not_asserted": [
            {"action": silent.action, "step": silent.step, "call": print_call(silent.call), "why": silent.why.value}
            for silent in one.composed.written.silent
        ],
        "findings": [finding_json(finding) for finding in one.composed.checked.findings],
        "actions": [
            {
                "kind": action.kind.value,
                "events": list(action.events),
                "page": action.page,
                "locator": print_locator(action.target.locator) if action.target is not None else None,
                "candidates": len(action.target.locators) if action.target is not None else 0,
                "effects": len(action.effects),
                "inferred": action.inferred,
                "masked_texts": action.unsaid.masked,
                "volatile_texts": action.unsaid.volatile,
            }
            for action in first.actions
        ],
        "dropped": [
            {"recording": str(session.source), "event": drop.event, "what": drop.what, "reason": drop.reason}
            for session, drop in one.dropped
        ],
    }
