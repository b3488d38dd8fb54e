"""The spec language: what a spec is (``ir``), the gate it passes, how it is printed, grounded and exported."""

from __future__ import annotations

from specward.language.findings import Finding, Rule, SpecRefused
from specward.language.gate import Checked, check, parse
from specward.language.grounding import Sheet, ground
from specward.language.ir import Call, Fixture, Secret, Spec, Step
from specward.language.printer import print_call, print_locator, print_spec, spec_digest
from specward.language.registry import REGISTRY

__all__ = [
    "REGISTRY",
    "Call",
    "Checked",
    "Finding",
    "Fixture",
    "Rule",
    "Secret",
    "Sheet",
    "Spec",
    "SpecRefused",
    "Step",
    "check",
    "ground",
    "parse",
    "print_call",
    "print_locator",
    "print_spec",
    "spec_digest",
]
