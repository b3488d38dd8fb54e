"""Results as JUnit XML, in the dialect that CI systems read: a suite for each run, a case for each step.

Well-formed whatever a page said: characters that XML 1.0 does not allow are replaced (XML 1.0, section 2.2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from specward.execution.outcomes import CallResult, Outcome, RunResult, StepResult

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(runs: Sequence[RunResult]) -> bytes:
    """The document in UTF-8. Times are in seconds."""
    suites = Element("testsuites", name="specward", time=_seconds(sum(run.milliseconds for run in runs)))
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for run in runs:
        suite = SubElement(suites, "testsuite", name=_clean(run.title), time=_seconds(run.milliseconds))
        failed = sum(step.outcome is Outcome.FAILED for step in run.steps)
        skipped = sum(step.outcome is Outcome.SKIPPED for step in run.steps)
        # A run that was stopped between two steps still has to count as one.
        errors = 1 if run.outcome is Outcome.FAILED and failed == 0 else 0
        own = {"tests": len(run.steps) + errors, "failures": failed, "errors": errors, "skipped": skipped}
        for name, count in own.items():
            suite.set(name, str(count))
            counts[name] += count
        properties = SubElement(suite, "properties")
        for name, value in (("base_url", run.base_url), ("digest", run.digest), ("wall", run.wall)):
            SubElement(properties, "property", name=name, value=_clean(value))
        for step in run.steps:
            _case(suite, run, step)
        if errors:
            case = SubElement(suite, "testcase", classname=_clean(run.title), name="the run itself", time="0.000")
            SubElement(case, "error", type=run.stop.value if run.stop else "failed", message=_clean(run.message))
        if run.refused_to_page:
            lines = [f"{r.target}: {r.reason} ({r.count})" for r in run.refused_to_page]
            SubElement(suite, "system-out").text = _clean("Refused by the wall:\n" + "\n".join(lines))
    for name, count in counts.items():
        suites.set(name, str(count))
    document: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return document


def _case(suite: Element, run: RunResult, step: StepResult) -> None:
    case = SubElement(
        suite, "testcase", classname=_clean(run.title), name=_clean(step.title), time=_seconds(step.milliseconds)
    )
    if step.outcome is Outcome.SKIPPED:
        SubElement(case, "skipped")
    if step.outcome is not Outcome.FAILED:
        return
    failed: CallResult | None = next((call for call in step.calls if call.outcome is Outcome.FAILED), None)
    kind = failed.failure.kind.value if failed is not None and failed.failure is not None else "failed"
    failure = SubElement(case, "failure", type=kind, message=_clean(run.message))
    lines = [run.message, f"call: {failed.call if failed is not None else '-'}", f"page: {run.url}"]
    if run.screenshot:
        lines.append(f"screenshot: {run.screenshot}")
    if run.excerpt:
        lines += ["", run.excerpt]
    failure.text = _clean("\n".join(lines))


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
