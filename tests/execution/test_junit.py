"""JUnit XML that any reader takes, whatever the page said."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from specward.execution.junit import junit_xml
from specward.execution.outcomes import (
    CallResult,
    Failure,
    FailureKind,
    Outcome,
    Refusal,
    RunResult,
    StepResult,
    Stop,
)


def result(words: str = "seen", **more: object) -> RunResult:
    failure = Failure(FailureKind.NOT_FOUND, "to click x", words)
    failed = CallResult("click(x)", Outcome.FAILED, 12.5, failure)
    steps = (
        StepResult("First", Outcome.PASSED, 10.0, (CallResult("reload()", Outcome.PASSED, 10.0),)),
        StepResult(words or "Second", Outcome.FAILED, 12.5, (failed,)),
        StepResult("Third", Outcome.SKIPPED, 0.0, (CallResult("reload()", Outcome.SKIPPED, 0.0),)),
    )
    given = {"title": words, "steps": steps, "excerpt": words, "url": words, "outcome": Outcome.FAILED, **more}
    return RunResult(digest="0" * 64, base_url="http://a", milliseconds=30.0, **given)  # type: ignore[arg-type]


@given(st.text(st.characters(), max_size=50))
def test_the_document_is_well_formed_whatever_a_page_said(words: str):
    root = ElementTree.fromstring(junit_xml([result(words)]))
    assert root.get("failures") == "1"


def test_each_step_is_a_case_and_the_counts_add_up():
    root = ElementTree.fromstring(junit_xml([result(), result()]))
    assert (root.get("tests"), root.get("failures"), root.get("skipped"), root.get("errors")) == ("6", "2", "2", "0")
    failure = root.find(".//failure")
    assert failure is not None and failure.get("type") == "not-found"
    assert failure.get("message") == "Expected to click x; seen."


def test_a_run_that_was_stopped_between_its_steps_counts_as_an_error():
    stopped = result(steps=(), stop=Stop.MEMORY, stop_message="Too much.", refusals=(Refusal("http://b", "no", 3),))
    root = ElementTree.fromstring(junit_xml([stopped]))
    error = root.find(".//error")
    assert error is not None and error.get("type") == "memory-limit" and error.get("message") == "Too much."
    assert "http://b: no (3)" in (root.findtext(".//system-out") or "")
