"""``specward export``: a checked spec as a Playwright test, or as a project that runs."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.text import Text

from specward.cli.files import FileRefused, read_small, write_text
from specward.cli.output import Exit, print_findings, screen, stop_unusable
from specward.errors import SpecwardError
from specward.language import gate
from specward.language.export.playwright_python import export_python
from specward.language.export.playwright_ts import export_typescript
from specward.language.export.project import Target, export_project, export_zip


@click.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Choice([target.value for target in Target]), help="What to export to.")
@click.option(
    "--project", type=click.Path(path_type=Path), help="Write a runnable project: a folder, or a .zip where it ends so."
)
def export(spec: Path, to: str, project: Path | None) -> None:
    """Print a spec as a Playwright test, or write a project that runs it."""
    console = screen()
    try:
        text = read_small(spec)
    except SpecwardError as refusal:
        stop_unusable(refusal, str(spec), as_json=False)
    checked = gate.check(text)
    if checked.spec is None:
        print_findings(console, str(spec), text.decode("utf-8", "replace"), checked.findings)
        raise SystemExit(Exit.FINDINGS)
    target = Target(to)
    if project is None:
        code = export_typescript(checked.spec) if target is Target.TYPESCRIPT else export_python(checked.spec)
        sys.stdout.write(code)
        return
    try:
        if project.suffix == ".zip":
            write_text(project, export_zip(checked.spec, target))
            count = 1
        else:
            if project.exists() and any(project.iterdir()):
                raise FileRefused(
                    "the folder is not empty", hint="Name a new folder: an export never overwrites what is there."
                )
            files = export_project(checked.spec, target)
            for name, content in files.items():
                write_text(project / name, content)
            count = len(files)
    except OSError as failed:
        stop_unusable(FileRefused(f"cannot be written: {failed.strerror}"), str(project), as_json=False)
    except SpecwardError as refusal:
        stop_unusable(refusal, str(project), as_json=False)
    console.print(Text(f"{project}: ", style="bold") + Text(f"{count} file{'s' if count != 1 else ''} written"))
