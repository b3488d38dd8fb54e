"""One run in a namespace by a user who is not root, and what it saw of its browser: prints JSON.

A script of its own, since a test that is root cannot become somebody else and come back.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from unittest.mock import patch

from specward.execution import performing, walking
from specward.execution.running import RunSettings, run_spec
from specward.execution.stage import Stage
from specward.execution.wall.namespace import Namespace, probe
from specward.language import parse
from tests.execution.site import serving, text

SPEC = 'spec("Alice looks", origin="https://acme.example")\n\nwith step("Go"):\n    goto("/")\n    reload()\n'


def status_of_renderers() -> list[dict[str, str]]:
    """The lines of proc_pid_status(5), of each process of Chromium that renders a page."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"--type=renderer" in (process / "cmdline").read_bytes() and process.stat().st_uid == uid():
                found.append(dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines()))
        except OSError:
            continue
    return found


def uid() -> int:
    return Path("/proc/self").stat().st_uid


def main(chromium: str) -> None:
    if probe():
        print(json.dumps({"unavailable": probe()}))
        return
    seen: list[dict[str, str]] = []

    def look(stage: Stage, call: object) -> None:
        seen.extend(status_of_renderers())

    table = dict(performing.PERFORMANCES)
    table["reload"] = performing.Performance(look, "to look around")
    with patch.object(walking, "PERFORMANCES", table), serving({"/": text("<h1>Fine</h1>")}) as site:
        settings = RunSettings(base_url=site.origin, chromium=chromium, namespace=Namespace.REQUIRED)
        result = run_spec(parse(SPEC), settings)
    print(json.dumps({"uid": uid(), "result": result.to_json(), "renderers": seen}))


if __name__ == "__main__":
    main(*sys.argv[1:])
