"""``python -m specward.doubles reasonable [--port N]``: serves one until it is interrupted."""

from __future__ import annotations

import contextlib
import threading

import click

from specward.doubles.naming import NAMES, named
from specward.doubles.serving import serving


@click.command()
@click.argument("name", type=click.Choice(NAMES), metavar="NAME")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="The port; a free one unless given.")
def main(name: str, port: int) -> None:
    """Serve a double of the Messages API on loopback, until interrupted.

    Names: reasonable, obedient, hostile, and chaotic:FAILURE.
    """
    try:
        with serving(named(name), port=port) as address, contextlib.suppress(KeyboardInterrupt):
            click.echo(address)
            threading.Event().wait()
    except OSError as failed:
        raise click.ClickException(f"port {port} cannot be served on: {failed.strerror}") from failed


if __name__ == "__main__":
    main()
