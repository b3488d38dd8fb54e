"""Everything that is promised is looked at, and the docs say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.compliance.catalogue import Catalogue, catalogue
from apps.compliance.catalogue_page import page
from apps.compliance.controls import Control, Frequency, Owner
from apps.compliance.promises import PROMISES, THREATS
from tests.apps.compliance.checks_of_ours import Seen, a_catalogue

ROOT = Path(__file__).resolve().parents[3]


def test_a_promise_that_nothing_looks_at_is_a_defect() -> None:
    assert catalogue().unchecked() == []


def test_the_page_of_the_docs_says_what_the_code_says() -> None:
    """Write it again: manage.py controls --file docs/controls.md"""
    assert (ROOT / "docs/controls.md").read_text("utf-8") == page()


def test_each_check_says_what_it_looks_at_and_what_to_do() -> None:
    for key, check in catalogue().checks.items():
        assert key == check.key and key.isascii() and len(key) <= 60, key
        for said in (check.title, check.words, check.mend):
            assert len(said.split()) >= 3 and said == said.strip(), (key, said)


def control(**other: object) -> Control:
    given = {
        "key": "C-0", "title": "t", "words": "w", "serves": ("P1",), "criteria": ("CC6.1",), "owner": Owner.PLATFORM,
        "every": Frequency.DAILY, "checks": ("test.0",),
    }  # fmt: skip
    return Control(**{**given, **other})  # type: ignore[arg-type]


def test_a_catalogue_that_leads_nowhere_is_refused() -> None:
    seen = {"test.0": Seen("test.0")}
    Catalogue(PROMISES, THREATS, {"C-0": control()}, seen)
    with pytest.raises(ValueError, match="promised nowhere"):
        Catalogue(PROMISES, THREATS, {"C-0": control(serves=("P9",))}, seen)
    with pytest.raises(ValueError, match="not there"):
        Catalogue(PROMISES, THREATS, {"C-0": control(checks=("none",))}, seen)
    with pytest.raises(ValueError, match="no control names"):
        Catalogue(PROMISES, THREATS, {"C-0": control()}, {**seen, "test.1": Seen("test.1")})
    with pytest.raises(ValueError, match="maps to nothing"):
        control(criteria=())


def test_a_check_runs_as_often_as_the_most_demanding_of_its_controls() -> None:
    daily, hourly = control(), control(key="C-1", every=Frequency.HOURLY)
    ours = Catalogue(PROMISES, THREATS, {"C-0": daily, "C-1": hourly}, {"test.0": Seen("test.0")})
    assert ours.frequency("test.0") is Frequency.HOURLY
    assert a_catalogue(1).frequency("test.0") is Frequency.DAILY
