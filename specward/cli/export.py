"""``specward export``: checked specs as Playwright tests, or as a project that runs them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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
from specward.language.ir import Spec


@click.command()
@click.argument("specs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SPEC...")
@click.option("--to", required=True, type=click.Choice([target.value for target in Target]), help="What to export to.")
@click.option(
    "--project", type=click.Path(path_type=Path), help="Write a runnable project: a folder, or a .zip where it ends so."
)
def export(specs: tuple[Path, ...], to: str, project: Path | None) -> None:
    """Print a spec as a Playwright test, or write a project that runs one or more of them."""
    console = screen()
    if project is None and len(specs) > 1:
        raise click.UsageError("Several specs make a project: say where it goes with --project FOLDER or FILE.zip.")
    checked = _checked(specs)
    target = Target(to)
    if project is None:
        sys.stdout.write(export_typescript(checked[0]) if target is Target.TYPESCRIPT else export_python(checked[0]))
        return
    try:
        count = _write(checked, target, project)
    except OSError as failed:
        stop_unusable(FileRefused(f"cannot be written: {failed.strerror}"), str(project), as_json=False)
    except SpecwardError as refusal:
        stop_unusable(refusal, str(project), as_json=False)
    console.print(Text(f"{project}: ", style="bold") + Text(f"{count} file{'s' if count != 1 else ''} written"))


def _checked(paths: Sequence[Path]) -> list[Spec]:
    """The specs of all files; says what is wrong with each that is none before it stops."""
    found: list[Spec] = []
    for path in paths:
        try:
            text = read_small(path)
        except SpecwardError as refusal:
            stop_unusable(refusal, str(path), as_json=False)
        checked = gate.check(text)
        if checked.spec is None:
            print_findings(screen(), str(path), text.decode("utf-8", "replace"), checked.findings)
        else:
            found.append(checked.spec)
    if len(found) < len(paths):
        raise SystemExit(Exit.FINDINGS)
    return found


def _write(specs: Sequence[Spec], target: Target, project: Path) -> int:
    """How many files were written. Raises ``FileRefused`` for a folder that is not empty, ``OSError`` as it comes."""
    if project.suffix == ".zip":
        write_text(project, export_zip(specs, target))
        return 1
    if project.exists() and any(project.iterdir()):
        raise FileRefused(
            "the folder is not empty", hint="Name a new folder: an export never overwrites what is there."
        )
    files = export_project(specs, target)
    for name, content in files.items():
        write_text(project / name, content)
    return len(files)
