"""``specward check``: a spec through the gate, and against its recording or its grounding sheet."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from specward.cli.files import read_small
from specward.cli.generate import read_session
from specward.cli.output import (
    Exit,
    finding_json,
    print_findings,
    print_json,
    reading_progress,
    screen,
    seen,
    stop_unusable,
)
from specward.errors import SpecwardError
from specward.language import gate
from specward.recording.sheet import SHEET_BYTES, Sheet, sheet_of


@click.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--recording", type=click.Path(path_type=Path), help="Ground the spec on this recording.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Ground the spec on this grounding sheet.")
@click.option("--origin", help="The origin the spec may name and visit; the one it declares unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(spec: Path, recording: Path | None, sheet: Path | None, origin: str | None, as_json: bool) -> None:
    """Check a spec: rule by rule, with the line and column of each finding and what to do about it."""
    if recording is not None and sheet is not None:
        raise click.UsageError("Give --recording or --sheet, not both.")
    console = screen()
    source = spec
    try:
        text = read_small(spec)
        grounds: Sheet | None = None
        if sheet is not None:
            source = sheet
            grounds = Sheet.from_bytes(read_small(sheet, SHEET_BYTES))
        elif recording is not None:
            source = recording
            with reading_progress(console, shown=not as_json) as progress:
                grounds = sheet_of(read_session(recording, origin, progress).trace)
    except SpecwardError as refusal:
        stop_unusable(refusal, str(source), as_json=as_json)
    checked = gate.check(text, origins=[origin] if origin else None, sheet=grounds)
    if as_json:
        print_json(
            {
                "ok": checked.ok,
                "spec": str(spec),
                "title": checked.spec.title if checked.spec else None,
                "grounded_on": str(recording or sheet) if grounds is not None else None,
                "findings": [finding_json(finding) for finding in checked.findings],
            }
        )
    elif checked.spec is not None and not checked.findings:
        calls = sum(len(step.calls) for step in checked.spec.steps)
        grounded = (
            f"grounded on {recording or sheet}"
            if grounds is not None
            else "grounding not checked: give --sheet or --recording"
        )
        console.print(
            Text(f"{seen(str(spec))}: ", style="bold")
            + Text("fine", style="green")
            + Text(f" ({len(checked.spec.steps)} steps, {calls} calls; {grounded})")
        )
    else:
        print_findings(console, str(spec), text.decode("utf-8", "replace"), checked.findings)
        count = len(checked.findings)
        console.print(Text(f"{count} finding{'s' if count != 1 else ''}", style="red"))
    raise SystemExit(Exit.FINE if checked.ok else Exit.FINDINGS)
