"""What a request to a model holds, against what it could have been given instead: the recording, or its pages."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import orjson

from bench.recordings import DEMO
from bench.table import Row
from specward.cli.evaluating import raw_size
from specward.cli.simplified_pages import simplified_pages
from specward.errors import SpecwardError
from specward.recording.reading import read_events
from specward.recording.tracing import trace
from specward.writing.composing import compose
from specward.writing.facts import facts_of
from specward.writing.models.writers import Writer
from specward.writing.prompting import prompt_for
from tests.shared_data import ROOT

_AIMS = {"the raw JSON": 100, "the pages' simplified HTML": 10}


def asking() -> list[Row]:
    """Bytes of what the refined writer sends: of the whole request, and of the part that is not the same for all."""
    rows = []
    for on, folder, ending in (("the shop", DEMO, "*.json.gz"), ("real ones", ROOT / "recordings", "*.json")):
        sizes = [found for path in sorted(folder.glob(ending)) if (found := _sizes(path)) is not None]
        if not sizes:
            continue
        for number, part in enumerate(("whole request", "document alone")):
            for other, (against, aim) in enumerate(_AIMS.items()):
                times = median(one[2 + other] / one[number] for one in sizes)
                size = f"{median(one[number] for one in sizes):,.0f} bytes"
                of = f"{len(sizes)} of {on}"
                rows.append(Row(f"{part} / {against}", of, size, f"1/{times:.0f}", f"1/{aim}", times >= aim))
    return rows


def _sizes(path: Path) -> tuple[int, int, int, int] | None:
    """Bytes of the request, of its document, of the recording and of its pages; ``None`` where there is no spec."""
    try:
        made = compose(trace(read_events(path)))
    except SpecwardError:
        return None
    prompt = prompt_for(facts_of(made.trace, made.written, Writer.REFINED), Writer.REFINED)
    html = sum(len(page.encode("utf-8", "replace")) for page in simplified_pages(read_events(path)))
    request = len(orjson.dumps(prompt.body("claude-sonnet-5-5")))
    return request, len(prompt.document.encode()), raw_size(path), html
