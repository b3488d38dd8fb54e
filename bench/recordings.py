"""What is measured on: the shared recordings where they are, our own demo recordings, and one of 200 MB made here."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tests.shared_data import ROOT

HERE = Path(__file__).resolve().parent
DEMO = HERE.parent / "demo" / "recordings"


def measured() -> list[tuple[str, bytes]]:
    """Name and plain bytes of each recording worth timing (over 40 kB), the largest first."""
    found = [(path.stem, path.read_bytes()) for path in sorted((ROOT / "recordings").glob("*.json"))]
    found += [(path.name.partition(".")[0], gzip.decompress(path.read_bytes())) for path in sorted(DEMO.glob("*.gz"))]
    found = [(name, raw) for name, raw in found if len(raw) > 20_000]
    return sorted(found, key=lambda one: -len(one[1]))


def write_large(path: Path, size: int) -> int:
    """A long session of an ordinary page, at least ``size`` bytes: what people record when they leave a tab open.

    Each minute holds mouse moves, scrolls, a list that is drawn anew, some typing and a click. Returns the events.
    """
    count = 0
    with path.open("wb") as out:
        out.write(b"[")
        for event in _session():
            raw = orjson.dumps(event)
            out.write((b"," if count else b"") + raw)
            count += 1
            if out.tell() > size and event["type"] == 3:
                break
        out.write(b"]")
    return count


def _session() -> Iterator[dict[str, Any]]:
    dice = random.Random(1)
    now = 1_700_000_000_000

    def event(type: int, data: Any) -> dict[str, Any]:
        nonlocal now
        now += dice.randint(20, 200)
        return {"type": type, "data": data, "timestamp": now}

    def element(id: int, tag: str, children: list[Any], **attributes: str) -> dict[str, Any]:
        named = {name.replace("_", "-").rstrip("-"): value for name, value in attributes.items()}
        return {"type": 2, "tagName": tag, "attributes": named, "childNodes": children, "id": id}

    def text(id: int, words: str) -> dict[str, Any]:
        return {"type": 3, "textContent": words, "id": id}

    rows = 400
    first = 1_000
    items = []
    for i in range(rows):
        id = first + i * 10
        link = element(id + 1, "a", [text(id + 2, f"Product {i} in stock")], href=f"/p/{i}", class_="card shadow p-4")
        items.append(element(id, "li", [link]))
    style = element(5, "style", [text(6, "".join(f".c{i}{{color:#{i:06x};padding:{i % 9}px}}" for i in range(4_000)))])
    search = element(7, "input", [], type="search", aria_label="Search")
    products = element(10, "ul", items, aria_label="Products")
    body = element(3, "body", [style, search, element(8, "button", [text(9, "Find")]), products])
    snapshot = {
        "node": {"type": 0, "id": 1, "childNodes": [element(2, "html", [body])]},
        "initialOffset": {"left": 0, "top": 0},
    }
    fresh = 100_000
    while True:
        yield event(4, {"href": "https://shop.example/products", "width": 1280, "height": 800})
        yield event(2, snapshot)
        ids = [first + i * 10 for i in range(rows)]
        for _ in range(300):
            for _ in range(25):
                positions = [
                    {
                        "x": dice.randint(0, 1280),
                        "y": dice.randint(0, 800),
                        "id": dice.choice(ids),
                        "timeOffset": -i * 50,
                    }
                    for i in range(10)
                ]
                yield event(3, {"source": 1, "positions": positions})
                yield event(3, {"source": 3, "id": 1, "x": 0, "y": dice.randint(0, 5_000)})
            removed, adds = ids[:20], []
            ids = ids[20:]
            for id in removed:
                fresh += 3
                adds.append({"parentId": 10, "nextId": None, "node": element(fresh, "li", [], class_="card shadow")})
                adds.append({"parentId": fresh, "nextId": None, "node": element(fresh + 1, "a", [], href=f"/p/{id}")})
                adds.append({"parentId": fresh + 1, "nextId": None, "node": text(fresh + 2, f"Product {fresh}")})
                ids.append(fresh)
            yield event(
                3,
                {
                    "source": 0,
                    "texts": [],
                    "attributes": [],
                    "removes": [{"parentId": 10, "id": id} for id in removed],
                    "adds": adds,
                },
            )
            yield event(3, {"source": 2, "type": 5, "id": 7})
            for length in range(1, 6):
                yield event(
                    3, {"source": 5, "id": 7, "text": "mugs!"[:length], "isChecked": False, "userTriggered": True}
                )
            yield event(3, {"source": 2, "type": 2, "id": 8, "x": 1, "y": 1})
