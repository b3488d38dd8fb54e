"""Breaking the real thing, and seeing exactly one check of it fail; repairing it, and seeing it pass again."""

from __future__ import annotations

from collections.abc import Callable

from apps.compliance import running
from apps.compliance.catalogue import catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import Run


def outcomes() -> dict[str, Outcome]:
    """What all checks say now, by key."""
    return {key: Outcome(running.run(key, Run.By.PERSON).outcome) for key in catalogue().checks}


def assert_only_fails(
    key: str, break_it: Callable[[], object], repair: Callable[[], object], *, also: frozenset[str] = frozenset()
) -> None:
    """Exactly this check passes, fails once ``break_it`` was done, and passes again after ``repair``; all others stay
    as they are. ``also``: checks that cannot but see it too (say why at the call)."""
    before = outcomes()
    assert before[key] is Outcome.PASS, last(key).because
    break_it()
    try:
        broken = outcomes()
        why = last(key)
    finally:
        repair()
    changed = {one for one in before if broken[one] is not before[one]}
    assert broken[key] is Outcome.FAIL, (why.outcome, why.because)
    assert why.because
    assert changed - also == {key}, {one: (before[one], broken[one]) for one in changed}
    after = outcomes()
    assert after == before


def assert_fails(key: str, break_it: Callable[[], object], repair: Callable[[], object]) -> Run:
    """The same of one more way to break what a check looks at: the others are not asked again. Gives the run that
    failed."""
    assert running.run(key, Run.By.PERSON).outcome == Outcome.PASS, last(key).because
    break_it()
    try:
        broken = running.run(key, Run.By.PERSON)
    finally:
        repair()
    assert (broken.outcome, bool(broken.because)) == (Outcome.FAIL, True), broken.because
    assert running.run(key, Run.By.PERSON).outcome == Outcome.PASS
    return broken


def last(key: str) -> Run:
    """The newest run of a check."""
    found = Run.objects.filter(check_key=key).first()
    assert found is not None
    return found
