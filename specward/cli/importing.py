"""``specward import``: a Chrome DevTools Recorder flow as a spec, through the same gate as every spec."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.text import Text

from specward.cli.files import FileRefused, read_small, write_text
from specward.cli.output import Exit, finding_json, print_findings, print_json, screen, stop_unusable
from specward.errors import SpecwardError
from specward.language.devtools import import_devtools
from specward.language.printer import print_spec

LARGEST = 1024 * 1024
"""Bytes of a DevTools flow."""


@click.command("import")
@click.argument("flow", type=click.Path(path_type=Path), metavar="DEVTOOLS.JSON")
@click.option("--origin", help="Where the spec will run; the flow's first address unless given.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the spec here instead of printing it.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON; the spec needs --out then.")
def import_(flow: Path, origin: str | None, out: Path | None, as_json: bool) -> None:
    """Read a flow exported by the Recorder panel of Chrome DevTools, and print it as a spec.

    Nothing in a flow grounds it: an imported spec needs a person's approval before it runs.
    """
    console = screen()
    try:
        data = read_small(flow, LARGEST)
        if len(data) > LARGEST:
            raise FileRefused(f"a flow is at most {LARGEST:,} bytes", hint="Split the flow into shorter ones.")
        imported = import_devtools(data, origin=origin)
        text = print_spec(imported.spec) if imported.spec is not None else ""
        if out is not None and text:
            write_text(out, text)
    except SpecwardError as refusal:
        stop_unusable(refusal, str(flow), as_json=as_json)
    if as_json:
        print_json(
            {
                "ok": imported.spec is not None and not imported.findings,
                "spec": str(out) if out is not None and text else None,
                "findings": [finding_json(finding) for finding in imported.findings],
                "notes": list(imported.notes),
            }
        )
    else:
        if out is None:
            sys.stdout.write(text)
        print_findings(console, str(flow), "", imported.findings)
        for note in imported.notes:
            console.print(Text(f"    {note}", style="dim"))
    if imported.spec is None:
        raise SystemExit(Exit.UNUSABLE)
    raise SystemExit(Exit.FINDINGS if imported.findings else Exit.FINE)
