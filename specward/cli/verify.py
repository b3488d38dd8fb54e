"""``specward verify``: a proof bundle of an audit log, offline, with nothing but the log's key."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console
from rich.text import Text

from specward.cli.output import Exit, print_json, screen, seen, stop_unusable
from specward.errors import SpecwardError

if TYPE_CHECKING:
    from specward.tlog.evidence import EvidenceReport
    from specward.tlog.report import Report


LARGE = 16 * 1024 * 1024
"""Bytes of a bundle from which on several processes read it."""


class NoCryptography(SpecwardError):
    """The package that checks signatures is not installed."""

    code = "no-cryptography"


class NotOfEvidence(SpecwardError):
    """An option that goes with proof bundles only."""

    code = "not-of-evidence"


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--key", "vkey", metavar="VKEY", help="The log's key, name+id+base64, as you know it from elsewhere.")
@click.option("--since", type=click.Path(path_type=Path), metavar="OLD_BUNDLE", help="An older bundle of the same log.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def verify(bundle: Path, vkey: str | None, since: Path | None, as_json: bool) -> None:
    """Check an exported proof bundle: which entry was changed, dropped, added, moved or dated back. Or evidence of
    controls: which run of a check is not what was logged.

    Without --key the bundle vouches for itself: that shows mistakes, and no forgery by whoever made it. With --since
    a log that was cut, restored from a backup or written a second time is found as well.
    """
    try:
        if find_spec("cryptography") is None:
            raise NoCryptography(
                "Signatures cannot be checked: cryptography is not installed.",
                hint="Install it: pip install 'specward[verify]'",
            )
        from specward.tlog import VerifierKey
        from specward.tlog import verify as verify_bundle
        from specward.tlog.evidence import is_evidence, verify_evidence

        key = VerifierKey.parse(vkey) if vkey is not None else None
        if is_evidence(bundle):
            if since is not None:
                raise NotOfEvidence(
                    "--since compares two proof bundles of a log, and this is evidence of controls.",
                    hint="Leave it out, or export the log as a proof bundle and compare that.",
                )
            _tell_evidence(bundle, verify_evidence(bundle, key), as_json=as_json)
        report = verify_bundle(bundle, key, since, workers=_workers(bundle))
    except SpecwardError as refusal:
        stop_unusable(refusal, str(bundle), as_json=as_json)
    if as_json:
        print_json({"bundle": str(bundle), **report.as_json()})
    else:
        _print(screen(), bundle, report)
    raise SystemExit(Exit.FINE if report.ok else Exit.FINDINGS)


def _workers(bundle: Path) -> int:
    """Processes to read with: one where starting more takes longer than reading."""
    try:
        large = bundle.stat().st_size > LARGE
    except OSError:
        return 1
    return min(4, len(os.sched_getaffinity(0))) if large else 1


def _print(console: Console, bundle: Path, report: Report) -> None:
    for finding in report.findings:
        console.print(Text(f"[{finding.fault.value}] ", style="red") + Text(seen(finding.message)))
    if report.more:
        console.print(Text(f"and {report.more:,} more", style="red"))
    verdict = Text("fine", style="green") if report.ok else Text(_counted(len(report.findings) + report.more), "red")
    console.print(
        Text(f"{seen(str(bundle))}: ", style="bold")
        + verdict
        + Text(
            f" ({seen(report.origin)}: {report.entries:,} of {report.size:,} entries read, root {report.root.hex()})"
        )
    )
    for absence in report.absences[:20]:
        why = "left out of this export" if absence.by is None else f"pruned, as entry {absence.by} says"
        console.print(Text(f"    entries {absence.first} to {absence.last}: {why}", style="dim"))
    if len(report.absences) > 20:
        console.print(Text(f"    and {len(report.absences) - 20} more stretches without content", style="dim"))
    if report.compared is not None and report.ok:
        console.print(Text(f"    the older bundle's {report.compared:,} entries are its beginning", style="dim"))
    if not report.pinned:
        _tell_keys(console, report.keys)


def _tell_evidence(evidence: Path, report: EvidenceReport, *, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"evidence": str(evidence), **report.as_json()})
    else:
        console = screen()
        for finding in report.findings:
            console.print(Text(f"[{finding.fault}] ", style="red") + Text(seen(finding.message)))
        if report.more:
            console.print(Text(f"and {report.more:,} more", style="red"))
        verdict = (
            Text("fine", style="green") if report.ok else Text(_counted(len(report.findings) + report.more), "red")
        )
        outcomes = ", ".join(f"{count:,} {seen(outcome)}" for outcome, count in sorted(report.outcomes.items()))
        console.print(
            Text(f"{seen(str(evidence))}: ", style="bold")
            + verdict
            + Text(
                f" ({seen(report.origin)}: {report.runs:,} runs from {report.first} to {report.last}, "
                f"{report.proven:,} proven{f'; {outcomes}' if outcomes else ''})"
            )
        )
        if report.waiting:
            words = f"    {report.waiting:,} were not signed yet when it was taken: nothing is proven of them"
            console.print(Text(words, style="yellow"))
        if not report.pinned:
            _tell_keys(console, report.keys)
    raise SystemExit(Exit.FINE if report.ok else Exit.FINDINGS)


def _tell_keys(console: Console, keys: tuple[str, ...]) -> None:
    console.print(
        Text(
            "    No --key was given: the bundle vouches for itself. Compare with the key you were told:\n"
            + "\n".join(f"        {seen(key)}" for key in keys),
            style="yellow",
        )
    )


def _counted(count: int) -> str:
    return f"{count:,} finding{'s' if count != 1 else ''}"
