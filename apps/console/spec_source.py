"""A spec as it is read: each step beside the actions of the recording that it came from, and what each caused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from apps.console.highlighting import Word, highlighted
from apps.console.inert import inert
from apps.specs.evidence import Ground, ReadFrom, events_of, grounds
from apps.specs.evidence import left_out as not_done
from apps.specs.opening import Opened
from specward.language.findings import Finding
from specward.language.parsing import Place, parse_text
from specward.language.printer import print_locator
from specward.recording.actions import Effect, EffectKind
from specward.recording.sheet import SheetStep


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text, in colours, with what the gate says of it."""

    number: int
    words: list[Word]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """The recorded action that a line came from. ``other_locators`` are those that would have pointed there too."""

    line: int
    done: str
    events: ReadFrom | None
    effects: tuple[str, ...]
    other_locators: tuple[str, ...]
    is_recorded: bool = True


@dataclass(slots=True)
class Block:
    """A step: its lines, and the actions they came from. The first block is what stands before the first step."""

    lines: list[Line] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)


_AROUND: Final = 2
_DONE: Final[Mapping[str, str]] = {
    "goto": "Opened the page", "reload": "Loaded the page again", "go_back": "Went back", "go_forward": "Went forward",
    "click": "Clicked", "double_click": "Clicked twice", "fill": "Typed", "select_option": "Chose",
    "check": "Ticked", "uncheck": "Unticked", "press": "Pressed a key", "set_input_files": "Gave a file",
    "drag_to": "Dragged", "answer_dialog": "Answered a dialog", "hover": "Hovered", "scroll_to": "Scrolled",
}  # fmt: skip


def blocks(opened: Opened) -> list[Block]:
    """The whole text, step by step."""
    spec = opened.spec
    place = parse_text(opened.text, None).place
    findings = by_line(opened.checked.findings)
    standing = grounds(spec, opened.sheet, opened.notes.get("beside", {}))
    events = events_of(opened.notes)
    starts = {place(number, 0)[0] - 1: number for number, step in enumerate(spec.steps) if step.calls}
    found = [Block()]
    for number, text in enumerate(opened.text.splitlines(), start=1):
        if number in starts:
            found.append(Block(origins=_origins(starts[number], standing, opened, events, place)))
        elif not text:
            continue
        found[-1].lines.append(Line(number, highlighted(text), findings.get(number, ())))
    return found


def left_out(opened: Opened) -> list[Origin]:
    """What the recording also shows being done, and this text does not do: whoever approves should know."""
    events = events_of(opened.notes)
    found = []
    for number in not_done(opened.spec, opened.sheet, opened.notes.get("beside", {})):
        recorded = opened.sheet.steps[number]
        read = events[number] if number < len(events) else None
        where = (inert(print_locator(recorded.locators[0])),) if recorded.locators else ()
        found.append(Origin(0, _DONE.get(recorded.kind.value, recorded.kind.value), read, (), where))
    return found


def excerpts(text: str, findings: Iterable[Finding]) -> list[list[Line]]:
    """The lines of a text, which may be no spec at all, in which something was found, with two around each."""
    found = by_line(findings)
    shown: list[list[Line]] = []
    for number, line in enumerate(text.splitlines() or [""], start=1):
        if not any(near in found for near in range(number - _AROUND, number + _AROUND + 1)):
            continue
        if not shown or shown[-1][-1].number != number - 1:
            shown.append([])
        shown[-1].append(Line(number, highlighted(line), found.get(number, ())))
    return shown


def by_line(findings: Iterable[Finding]) -> dict[int, tuple[Finding, ...]]:
    """The findings of each line."""
    sorted_out: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        sorted_out[finding.line].append(finding)
    return {line: tuple(of_line) for line, of_line in sorted_out.items()}


def _origins(
    step: int,
    standing: Sequence[Sequence[Ground]],
    opened: Opened,
    events: Sequence[ReadFrom | None],
    place: Callable[[int, int], Place],
) -> list[Origin]:
    found: list[Origin] = []
    for position, ground in enumerate(standing[step]):
        if not ground.is_action:
            continue
        call = opened.spec.steps[step].calls[position]
        line = place(step, position)[0]
        done = _DONE.get(call.primitive, call.primitive)
        if ground.step is None:
            found.append(Origin(line, done, None, (), (), is_recorded=False))
            continue
        recorded = opened.sheet.steps[ground.step]
        read = events[ground.step] if ground.step < len(events) else None
        found.append(Origin(line, done, read, _effects(recorded), _others(recorded, dict(call.args).values())))
    return found


def _others(recorded: SheetStep, used: Iterable[object]) -> tuple[str, ...]:
    taken = list(used)
    return tuple(inert(print_locator(one)) for one in recorded.locators if one not in taken)


def _effects(recorded: SheetStep) -> tuple[str, ...]:
    return tuple(effect_in_words(effect) for effect in recorded.effects)


def effect_in_words(effect: Effect) -> str:
    """What was seen to change. The page's own words are quoted, and inert."""
    said = f"“{inert(effect.text)}”" if effect.text else ""
    where = f" in {inert(print_locator(effect.locator))}" if effect.locator is not None else ""
    what = f"{effect.role or 'text'} {said}".strip()
    words = {
        EffectKind.URL: f"The address became {inert(effect.text)}",
        EffectKind.POPUP: f"A window opened at {inert(effect.text)}",
        EffectKind.TITLE: f"The title became {said}",
        EffectKind.APPEARED: f"Appeared: {what}",
        EffectKind.GONE: f"Went away: {what}",
        EffectKind.TEXT: f"Said {said}{where}",
        EffectKind.VALUE: f"Took the value {said or 'nothing'}{where}",
        EffectKind.CHECKED: f"Ticked or unticked{where}",
        EffectKind.COUNT: f"There were {effect.count}{where}",
    }[effect.kind]
    return f"{words} (inferred)" if effect.inferred else words
