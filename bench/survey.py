"""``python -m bench.survey``: every shared recording through the whole walk, and what came of it.

For each recording: the verdict, the seconds and peak memory of a process of its own, and whether a second process with
another hash seed wrote the same bytes. Then how the actions are pointed at.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from specward.recording.locators import By
from tests.shared_data import recordings

VERDICTS = {True: "spec", False: "GATE REFUSED", None: "refused"}
WORDS = (By.ROLE, By.LABEL, By.PLACEHOLDER, By.TEXT, By.TEST_ID)

_CHILD = """
import hashlib, json, resource, sys, time
from pathlib import Path
from specward.cli.generate import generate_specs, read_session
from specward.errors import SpecwardError
started = time.perf_counter()
out = {}
try:
    one = generate_specs([read_session(Path(sys.argv[1]), sys.argv[2] or None)])[0]
    made, trace = one.composed, one.composed.trace
    out = {"ok": one.ok, "said": [str(f) for f in made.checked.findings[:3]],
           "digest": hashlib.sha256(made.text.encode() + made.sheet).hexdigest(), "sheet": len(made.sheet),
           "asserts": len(made.written.assertions), "dropped": len(one.dropped),
           "locators": [[a.target.locator.by.value, a.target.locator.nth is not None, a.target.locators[0].unique]
                        for a in trace.actions if a.target]}
except SpecwardError as refusal:
    out = {"ok": None, "said": [str(refusal)], "digest": str(refusal), "locators": []}
out["seconds"] = time.perf_counter() - started
out["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(out))
"""


def walk(path: Path, origin: str, seed: str) -> dict[str, Any]:
    """One recording in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path), origin],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
        cwd=Path(__file__).resolve().parent.parent,
    )
    return dict(json.loads(done.stdout))


def main() -> None:
    real = [path for path in recordings() if path.parent.name != "format-fixtures"]
    fixtures = [path for path in recordings() if path.parent.name == "format-fixtures"]
    table = Table(title="Every shared recording, from bytes to a checked spec", title_justify="left")
    for name in (
        "recording",
        "verdict",
        "seconds",
        "MB",
        "same bytes",
        "actions",
        "asserts",
        "left out",
        "words",
        "nth",
    ):
        table.add_column(name, justify="left" if name in ("recording", "verdict") else "right", no_wrap=True)
    kinds: Counter[str] = Counter()
    total = in_words = by_place = 0
    for path in real:
        first, second = walk(path, "", "0"), walk(path, "", "31337")
        words = sum(1 for by, nth, unique in first["locators"] if By(by) in WORDS and not nth and unique)
        nth = sum(1 for _, nth, _ in first["locators"] if nth)
        total, in_words, by_place = total + len(first["locators"]), in_words + words, by_place + nth
        kinds.update(by + (" nth" if n else "") for by, n, _ in first["locators"])
        table.add_row(
            path.name,
            VERDICTS[first["ok"]] + ("" if first["ok"] else f": {first['said'][0][:60]}"),
            f"{first['seconds']:.2f}",
            f"{first['peak']:.0f}",
            "yes" if first["digest"] == second["digest"] else "NO",
            str(len(first["locators"])),
            str(first.get("asserts", "")),
            str(first.get("dropped", "")),
            str(words),
            str(nth),
        )
    console = Console(width=170, highlight=False)
    console.print(table)
    for origin in ("", "https://fixture.example"):
        walks = [(walk(path, origin, "0"), walk(path, origin, "31337")) for path in fixtures]
        verdicts = Counter(
            VERDICTS[first["ok"]] + ("" if first["ok"] else f" ({first['said'][0][9:60]}...)") for first, _ in walks
        )
        console.print(
            f"format fixtures {'with an origin given' if origin else 'as they are'}: {dict(verdicts)}; "
            f"slowest {max(first['seconds'] for first, _ in walks):.2f} s, "
            f"largest {max(first['peak'] for first, _ in walks):.0f} MB, "
            f"same bytes again: {sum(first['digest'] == second['digest'] for first, second in walks)} of {len(walks)}"
        )
    console.print(f"{total} actions with a target in the real recordings: {dict(kinds.most_common())}")
    console.print(f"unique by role, label, placeholder, text or test id: {in_words / total:.1%} (aim: at least 85%)")
    console.print(f"by place (nth): {by_place / total:.1%} (aim: at most 8%)")


if __name__ == "__main__":
    main()
