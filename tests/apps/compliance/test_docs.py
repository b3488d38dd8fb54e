"""Promises, threats and controls lead to sections of the docs that are there, and the docs keep their shape."""

from __future__ import annotations

import re

import pytest

from apps.compliance.catalogue import catalogue
from apps.compliance.handbook import page, slug
from apps.compliance.promises import PROMISES, THREATS, Promise, Threat
from tests.house.tree import ROOT

SECTIONS = {
    "docs/03-architecture.md": {3: "Isolation"},
    "docs/04-generation.md": {6: "The gate"},
    "docs/05-security.md": {
        1: "Threat model", 2: "Encryption", 3: "Audit", 4: "No training", 5: "Disclosure and incidents",
        6: "Customer cloud",
    },
}  # fmt: skip
"""Which section stands under which number: what refers to it by the number stays right."""


def headings(file: str) -> list[str]:
    return re.findall(r"^## (.+)$", (ROOT / file).read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("one", [*PROMISES, *THREATS], ids=lambda one: one.key)
def test_a_promise_or_threat_names_a_section_that_is_there(one: Promise | Threat) -> None:
    assert one.docs
    for reference in one.docs:
        file, _, heading = reference.partition("#")
        assert heading in {slug(found) for found in headings(file)}, reference


def test_each_control_leads_to_a_section_by_what_it_serves() -> None:
    docs = {one.key: one.docs for one in (*PROMISES, *THREATS)}
    for control in catalogue().controls.values():
        assert all(docs[key] for key in control.serves), control.key


@pytest.mark.parametrize("file", SECTIONS)
def test_a_section_keeps_its_number_and_its_name(file: str) -> None:
    found = headings(file)
    for number, name in SECTIONS[file].items():
        assert f"§{number} {name}" in found


def test_each_promise_says_where_by_the_section_of_its_own() -> None:
    where = {one.key: one.docs[0] for one in PROMISES}
    assert where == {
        "P1": "docs/05-security.md#4-no-training", "P2": "docs/05-security.md#2-encryption",
        "P3": "docs/03-architecture.md#3-isolation", "P4": "docs/05-security.md#6-customer-cloud",
        "P5": "docs/04-generation.md#6-the-gate", "P6": "docs/05-security.md#3-audit",
    }  # fmt: skip


@pytest.mark.parametrize("file", ["SECURITY.md", "docs/05-security.md", "templates/trust/trust.html"])
def test_what_is_said_of_disclosure_is_the_same_everywhere(file: str) -> None:
    words = (ROOT / file).read_text("utf-8")
    assert "2 business days" in words and "30 days" in words


def test_a_heading_that_is_gone_would_be_noticed() -> None:
    assert "2-encryption" in {slug(found) for found in headings("docs/05-security.md")}
    assert slug("§2 Encryption at rest") not in {slug(found) for found in headings("docs/05-security.md")}
    served = page("05-security")
    assert served is not None and "5-disclosure-and-incidents" in {one.slug for one in served.headings}
