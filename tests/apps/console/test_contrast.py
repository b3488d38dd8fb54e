"""Text is held to WCAG 2.2 AA (4.5 to 1; 3 to 1 for the edge of a field), computed of the style sheet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.embedded.place import ROOT

SHEET = Path(ROOT / "static/console/colours.css").read_text("utf-8")
TEXT = [
    *((ink, ground) for ink in ("text", "faint", "link") for ground in ("ground", "surface", "sunken")),
    *((tone, f"{tone}-ground") for tone in ("good", "warn", "bad", "info", "quiet")),
    *((tone, "surface") for tone in ("good", "warn", "bad")),
    ("on-primary", "primary"),
    ("on-primary", "primary-over"),
]
EDGES = [
    *(("field-line", ground) for ground in ("surface", "info-ground")),
    ("focus", "surface"),
    ("focus", "ground"),
    # What a bar of the chart and a step of a life are told by, beside their words.
    *((tone, "surface") for tone in ("good", "primary", "bad", "strip-kept", "strip-accepted")),
]


def schemes() -> dict[str, dict[str, str]]:
    light, dark, dark_by_system = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in re.findall(r"\{([^{}]+)\}", SHEET)
    )
    assert dark == dark_by_system
    return {"light": light, "dark": dark}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(scheme: str) -> None:
    colours = schemes()[scheme]
    pairs = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in TEXT}
    assert {pair: ratio for pair, ratio in pairs.items() if ratio < 4.5} == {}
    edges = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in EDGES}
    assert {pair: ratio for pair, ratio in edges.items() if ratio < 3} == {}


def test_black_on_white_is_21_to_1() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
