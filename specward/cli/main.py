"""The ``specward`` command. Exit codes: 0 fine, 1 findings, 2 unusable input."""

from __future__ import annotations

import click

from specward import __version__
from specward.cli.check import check
from specward.cli.evaluate import evaluate
from specward.cli.export import export
from specward.cli.generate import generate
from specward.cli.importing import import_
from specward.cli.run import run
from specward.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="specward")
def main() -> None:
    """Recorded user sessions in, checked end-to-end test specs out.

    Exit codes: 0 fine, 1 findings, 2 unusable input.
    """


for command in (generate, evaluate, check, export, import_, run, verify):
    main.add_command(command)
