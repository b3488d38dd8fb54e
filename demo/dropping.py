"""Is any assertion empty? Two ways to find out, for the specs of all recordings, each on a fresh shop.

``python -m demo.dropping [--jobs N] [NAME]...``

*Early*: a spec is walked once, and each assertion is tried right before the action that it follows. One that holds
there already says nothing about the action.

*Dropped*: a spec is run once for each of its actions, with that action left out. A spec that passes all the same did
not need the action: nobody would notice if it did nothing.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from types import TracebackType

from playwright.sync_api import Error, sync_playwright

from demo.flows import FIXTURES, names
from demo.record import flags
from demo.running import Job, job
from demo.shop import Shop
from specward.execution.browser import find_chromium
from specward.execution.ending import Ending
from specward.execution.limits import Limits
from specward.execution.performing import PERFORMANCES, CallFailed
from specward.execution.stage import Stage
from specward.execution.supplies import Supplies
from specward.language.ir import DEFAULT_VIEWPORT, Call, Spec
from specward.language.printer import print_call

QUICK = Limits(assertion=2.0, action=4.0)
"""What was left out shows at once; the shop answers in ten milliseconds."""
_EARLY_SECONDS = 0.7


class Noticed(StrEnum):
    """How the lack of an action shows."""

    OWN = "by an assertion that follows it"
    LATER = "by a later assertion"
    ACTION = "by a later action that cannot be done"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Dropped:
    """What came of a spec without one of its actions."""

    spec: str
    action: str
    own: int
    """How many assertions follow the action."""
    noticed: Noticed


@dataclass(frozen=True, slots=True)
class Place:
    """An action of a spec: which step, which call of it, and the assertions that follow it at once."""

    step: int
    call: int
    action: Call
    own: tuple[Call, ...]


def places(spec: Spec) -> Iterator[Place]:
    """Every action in order. The assertions after an action may only be those of its own step."""
    for number, step in enumerate(spec.steps):
        for index, call in enumerate(step.calls):
            if PERFORMANCES[call.primitive].assertion:
                continue
            after = step.calls[index + 1 :]
            actions = [at for at, other in enumerate(after) if not PERFORMANCES[other.primitive].assertion]
            yield Place(number, index, call, after[: actions[0] if actions else len(after)])


def without(spec: Spec, place: Place) -> Spec:
    """The spec without one action; its assertions stay."""
    steps = list(spec.steps)
    calls = steps[place.step].calls
    steps[place.step] = replace(steps[place.step], calls=calls[: place.call] + calls[place.call + 1 :])
    return replace(spec, steps=tuple(step for step in steps if step.calls))


class Walker:
    """One browser for many walks, each in a context and a shop of its own; without the wall, to be quick."""

    def __init__(self) -> None:
        self._driver = sync_playwright().start()
        self._browser = self._driver.chromium.launch(executable_path=find_chromium(), args=flags())

    def __enter__(self) -> Walker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._browser.close()
        self._driver.stop()

    @contextmanager
    def stage(self, one: Job, limits: Limits) -> Iterator[Stage]:
        size = one.spec.viewport or DEFAULT_VIEWPORT
        with Shop() as shop:
            context = self._browser.new_context(
                base_url=shop.url, viewport={"width": size.width, "height": size.height}
            )
            supplies, until = Supplies(one.secrets, FIXTURES), time.monotonic() + 600
            open_to = frozenset({shop.url})
            stage = Stage(one.spec, shop.url, open_to, supplies, limits, Ending(), until, context.new_page())
            stage.listen(context)
            yield stage
            context.close()

    def early(self, one: Job) -> tuple[int, list[str]]:
        """Walks a spec: how many assertions it has, and those that hold right before their action.

        Raises :class:`AssertionError` or Playwright's error where the spec fails on the whole shop.
        """
        count = 0
        empty: list[str] = []
        patient = Limits()
        with self.stage(one, patient) as stage:
            for place in places(one.spec):
                stage.limits = replace(patient, assertion=_EARLY_SECONDS)
                for call in place.own:
                    count += 1
                    if _holds(stage, call):
                        empty.append(f"{print_call(call)} before {print_call(place.action)}")
                stage.limits = patient
                for call in (place.action, *place.own):
                    PERFORMANCES[call.primitive].perform(stage, call)
        return count, empty

    def dropped(self, one: Job, place: Place) -> Dropped:
        """Walks a spec without one of its actions, up to the first call that fails."""
        noticed = Noticed.NOT
        with self.stage(one, QUICK) as stage:
            calls = [call for step in without(one.spec, place).steps for call in step.calls]
            failed = next((call for call in calls if not _holds(stage, call)), None)
        if failed is not None and not PERFORMANCES[failed.primitive].assertion:
            noticed = Noticed.ACTION
        elif failed is not None:
            noticed = Noticed.OWN if failed in place.own else Noticed.LATER
        return Dropped(one.name, print_call(place.action), len(place.own), noticed)


def _holds(stage: Stage, call: Call) -> bool:
    try:
        PERFORMANCES[call.primitive].perform(stage, call)
    except (CallFailed, AssertionError, Error):
        return False
    return True


def examine(name: str) -> tuple[str, int, list[str], list[Dropped]]:
    """Both ways for one recording's spec."""
    one = job(name)
    with Walker() as walker:
        count, empty = walker.early(one)
        return name, count, empty, [walker.dropped(one, place) for place in places(one.spec)]


def survey(wanted: Sequence[str], at_once: int) -> int:
    """Prints what both ways find, and returns how many assertions are empty."""
    total = empty = 0
    outcomes: list[Dropped] = []
    with ThreadPoolExecutor(at_once) as pool:
        for name, count, found, without_one in pool.map(examine, wanted):
            total, empty = total + count, empty + len(found)
            outcomes += without_one
            print(f"{name}: {count} assertions, {len(without_one)} actions", flush=True)
            for said in found:
                print(f"    holds early: {said}")
            for one in without_one:
                if one.noticed is Noticed.NOT or (one.own and one.noticed is not Noticed.OWN):
                    print(f"    without {one.action}: noticed {one.noticed}")
    print(f"{total - empty} of {total} assertions do not hold before their action")
    ways = Counter(one.noticed for one in outcomes)
    said = ", ".join(f"{ways[way]} {way}" for way in (Noticed.OWN, Noticed.LATER, Noticed.ACTION))
    print(f"{len(outcomes) - ways[Noticed.NOT]} of {len(outcomes)} actions are missed when left out: {said}")
    asserted = [one for one in outcomes if one.own]
    missed = sum(one.noticed is not Noticed.NOT for one in asserted)
    print(f"{missed} of the {len(asserted)} that an assertion follows")
    return empty


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.dropping", description="Is any assertion empty?")
    parser.add_argument("names", nargs="*", help="only the specs of these recordings")
    parser.add_argument("--jobs", type=int, default=2, help="runs at once")
    given = parser.parse_args()
    raise SystemExit(1 if survey(given.names or list(names()), given.jobs) else 0)


if __name__ == "__main__":
    main()
