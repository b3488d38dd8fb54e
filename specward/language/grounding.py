"""Grounding: does the recording bear out what a spec says? Each locator, text, value and URL, against the sheet.

The sheet is what survives the discard of a recording. A finding here does not make the text any less a spec: it says
what a person has to vouch for.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, Protocol

from specward.language.characters import shown
from specward.language.findings import MAX_FINDINGS, Finding, Rule
from specward.language.ir import Arg, Call, Spec
from specward.language.parsing import Place, parse_text
from specward.language.primitive import Takes
from specward.language.printer import print_locator, print_spec
from specward.language.registry import REGISTRY
from specward.language.urls import UrlRefused, canonical_url
from specward.recording.locators import Locator

PlaceOf = Callable[[int, int, str | None], Place]
"""Where an argument stands, by step number, call number (both from 0) and parameter."""


class Sheet(Protocol):
    """What grounding needs of a grounding sheet (``specward/recording/sheet.py`` has the real one)."""

    @property
    def locators(self) -> AbstractSet[Locator]:
        """Every locator that was grounded, at any step; with its ``within`` and frames, as one value."""

    @property
    def texts(self) -> Mapping[Locator, AbstractSet[str]]:
        """The texts that were seen at a locator and may be asserted."""

    @property
    def values(self) -> Mapping[Locator, AbstractSet[str]]:
        """The values that were typed or chosen at a locator."""

    @property
    def urls(self) -> AbstractSet[str]:
        """The URLs the session visited: paths on ``origin``, or absolute."""

    @property
    def titles(self) -> AbstractSet[str]:
        """The page titles that were seen."""

    @property
    def counts(self) -> Mapping[Locator, AbstractSet[int]]:
        """How many elements a locator matched."""

    @property
    def origin(self) -> str:
        """The canonical origin of the session."""


def ground(spec: Spec, sheet: Sheet) -> tuple[Finding, ...]:
    """One finding for each thing in ``spec`` that ``sheet`` does not bear out, until there are some more than 50.

    Places are those of the printed spec.
    """
    return ground_parsed(spec, sheet, parse_text(print_spec(spec), None).place)


def ground_parsed(spec: Spec, sheet: Sheet, place: PlaceOf) -> tuple[Finding, ...]:
    """As :func:`ground`, with the places of the text that ``spec`` was read from."""
    grounding = _Grounding(sheet, place)
    for number, step in enumerate(spec.steps):
        for position, call in enumerate(step.calls):
            # Each finding has the nearest looked up, which takes milliseconds: nobody is told of more than these.
            if len(grounding.findings) >= MAX_FINDINGS:
                return tuple(grounding.findings)
            grounding.call(number, position, call)
    return tuple(grounding.findings)


_NEAREST: Final = 3
# difflib is quadratic in the length of what it compares; a hint needs no more than the beginning.
_COMPARED: Final = 120


class _Grounding:
    def __init__(self, sheet: Sheet, place: PlaceOf) -> None:
        self.sheet = sheet
        self.findings: list[Finding] = []
        self._place = place
        self._urls = {_canonical(url, sheet.origin) for url in sheet.urls}
        self._paths = {_without_query(url) for url in self._urls} | {url.split("#")[0] for url in self._urls}
        self._printed: dict[str, Locator] | None = None

    def call(self, step: int, number: int, call: Call) -> None:
        """Adds a finding for each argument of ``call`` that is not borne out."""
        target = call.get("target")
        for parameter in REGISTRY[call.primitive].parameters:
            arg = call.get(parameter.name)
            if arg is None:
                continue
            problem = self._problem(call, parameter.name, parameter.takes, arg, target)
            if problem is not None:
                rule, message, hint = problem
                self.findings.append(Finding(rule, *self._place(step, number, parameter.name), message, hint))

    def _problem(
        self, call: Call, name: str, takes: Takes, arg: Arg, target: Arg | None
    ) -> tuple[Rule, str, str] | None:
        if isinstance(arg, Locator):
            return self._locator(arg)
        if takes is Takes.URL and isinstance(arg, str):
            return self._url(call, arg)
        if isinstance(target, Locator):
            return self._at(target, call, name, arg)
        if call.primitive == "expect_title" and isinstance(arg, str):
            if arg not in self.sheet.titles:
                message = f"No page of the recording had the title {shown(arg)}."
                return Rule.UNGROUNDED_TITLE, message, _nearest(arg, self.sheet.titles)
        elif call.primitive == "answer_dialog" and name == "text" and isinstance(arg, str):
            message = f"The recording does not show {shown(arg)} being typed into a dialog; recordings hold no dialogs."
            return Rule.UNGROUNDED_VALUE, message, "Approve it, or leave the text out."
        return None

    def _at(self, target: Locator, call: Call, name: str, arg: Arg) -> tuple[Rule, str, str] | None:
        if call.primitive == "expect_text" and name == "text" and isinstance(arg, str):
            texts = self.sheet.texts.get(target, frozenset())
            if call.get("contains") is True:
                if any(arg in text for text in texts):
                    return None
            elif arg in texts:
                return None
            return (
                Rule.UNGROUNDED_TEXT,
                f"The recording did not show the text {shown(arg)} there.",
                _nearest(arg, texts),
            )
        if call.primitive in ("fill", "select_option", "expect_value") and isinstance(arg, str):
            values = self.sheet.values.get(target, frozenset())
            if arg in values:
                return None
            hint = _nearest(arg, values)
            if call.primitive == "fill":
                hint += " A value that must not stand in the spec can be a secret(...)."
            return Rule.UNGROUNDED_VALUE, f"The recording did not hold the value {shown(arg)} there.", hint
        if call.primitive == "expect_count" and name == "count" and isinstance(arg, int):
            counts = self.sheet.counts.get(target, frozenset())
            if arg not in counts:
                near = ", ".join(str(c) for c in sorted(counts, key=lambda c: (abs(c - arg), c))[:_NEAREST])
                hint = f"Counted there: {near}." if near else "Nothing was counted there."
                return Rule.UNGROUNDED_COUNT, f"The recording did not count {arg} there.", hint
        return None

    def _locator(self, locator: Locator) -> tuple[Rule, str, str] | None:
        if locator in self.sheet.locators:
            return None
        if self._printed is None:
            self._printed = {print_locator(known): known for known in self.sheet.locators}
        text = print_locator(locator)
        message = f"The recording has no element {text[:200]}."
        return Rule.UNGROUNDED_LOCATOR, message, _nearest(text, self._printed, quoted=False)

    def _url(self, call: Call, url: str) -> tuple[Rule, str, str] | None:
        # goto opens exactly this URL; an assertion ignores the query and the fragment that it does not give.
        if url in self._urls or (call.primitive != "goto" and url in self._paths):
            return None
        return Rule.UNGROUNDED_URL, f"The recording did not visit {shown(url)}.", _nearest(url, self._urls)


def _canonical(url: str, origin: str) -> str:
    try:
        return canonical_url(url, origin, (_origin_of(url),))
    except UrlRefused:
        return url


def _origin_of(url: str) -> str:
    parts = url.split("/", 3)
    return "/".join(parts[:3]) if len(parts) >= 3 and parts[0] in ("http:", "https:") else ""


def _without_query(url: str) -> str:
    return url.split("#")[0].split("?")[0]


def _nearest(text: str, known: Iterable[str], *, quoted: bool = True) -> str:
    by_start: dict[str, str] = {}
    for candidate in known:
        by_start.setdefault(candidate[:_COMPARED], candidate)
    near = difflib.get_close_matches(text[:_COMPARED], sorted(by_start), n=_NEAREST, cutoff=0.5)
    if not near:
        return "The recording has nothing like it; a person has to approve it."
    return "Nearest in the recording: " + ", ".join(shown(n) if quoted else by_start[n] for n in near) + "."
