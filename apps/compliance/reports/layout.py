"""A report as blocks of words and rows: what the HTML, the text and the PDF are printed from, so that they agree."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from apps.compliance.reports.content import Content, Figure, Promised
from apps.compliance.reports.turns import zone_of
from apps.compliance.standing import Standing

GOOD: Final = "good"
BAD: Final = "bad"
MIDDLING: Final = "middling"
PLAIN: Final = "plain"
_TONES: Final[Mapping[str, str]] = {
    Standing.KEPT: GOOD, Standing.BROKEN: BAD, Standing.UNKNOWN: MIDDLING, Standing.ACCEPTED: MIDDLING,
    Standing.NOT_APPLICABLE: PLAIN, "Passed": GOOD, "Failed": BAD, "Could not look": BAD, "Does not apply": PLAIN,
}  # fmt: skip
_BAR_ORDER: Final = (Standing.KEPT, Standing.ACCEPTED, Standing.UNKNOWN, Standing.BROKEN)
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a bar, in per cent of it."""

    percent: int
    tone: str


@dataclass(frozen=True, slots=True)
class Row:
    """``title`` and, under it, ``under``; ``badge`` is a word to which ``tone`` belongs. A bar says nothing that its
    row does not say in words."""

    title: str
    under: tuple[str, ...] = ()
    badge: str = ""
    tone: str = PLAIN
    bar: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a report. ``note`` stands as it is, letter by letter."""

    title: str
    words: str = ""
    rows: tuple[Row, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Laid:
    """A whole report."""

    title: str
    subtitle: str
    verdict: str
    tone: str
    blocks: tuple[Block, ...]
    foot: str


def lay(content: Content) -> Laid:
    """The report in words, its times on the clocks of its zone."""
    clock = _Clock(content.zone)
    return Laid(
        title=f"Compliance of {content.tenant}",
        subtitle=f"{content.schedule}: {clock.day(content.since)} to {clock.day(content.until)}",
        verdict=_verdict(content),
        tone=_TONES[content.standing],
        blocks=tuple(_blocks(content, clock)),
        foot=f"{content.tenant} at {content.host}, {clock.moment(content.at)}. Times are of {content.zone}.",
    )


@dataclass(frozen=True, slots=True)
class _Clock:
    zone: str

    def _local(self, iso: str) -> datetime.datetime:
        return datetime.datetime.fromisoformat(iso).astimezone(zone_of(self.zone))

    def day(self, iso: str) -> str:
        local = self._local(iso)
        return f"{local.day} {local:%B %Y}"

    def moment(self, iso: str) -> str:
        local = self._local(iso)
        return f"{local.day} {local:%B %Y, %H:%M}"


def _verdict(content: Content) -> str:
    kept = sum(one.standing == Standing.KEPT for one in content.promises)
    looked_at = sum(one.standing != Standing.NOT_APPLICABLE for one in content.promises)
    held = f"{kept} of {_many(looked_at, 'promise')} {'is' if kept == 1 else 'are'} kept"
    if not content.wanting_in_all:
        return f"{held}. Nothing needs you."
    return f"{held}. {_many(content.wanting_in_all, 'check')} need{'s' * (content.wanting_in_all == 1)} somebody."


def _blocks(content: Content, clock: _Clock) -> Iterator[Block]:
    if content.wanting:
        rows = (
            Row(one.title, tuple(filter(None, (one.because, f"What to do: {one.mend}"))), *_said(one.standing))
            for one in content.wanting
        )
        yield Block("What needs somebody", _of(content.wanting, content.wanting_in_all), tuple(rows))
    yield Block("Promises", rows=tuple(_promise(one, clock) for one in content.promises))
    yield Block("Threats", rows=tuple(_promise(one, clock) for one in content.threats))
    changed = (
        Row(
            one.title,
            tuple(filter(None, (f"{clock.moment(one.at)}: {one.before} before, {one.after} since.", one.because))),
            one.after,
            _TONES[one.after],
        )
        for one in content.changes
    )
    yield Block(
        "Changes",
        _of(content.changes, content.changes_in_all) or ("" if content.changes else "Nothing has changed."),
        tuple(changed),
    )
    held = (
        Row(one.title, (f"Until {clock.day(one.expires)}, seen to by {one.owner}: {one.reason}",))
        for one in content.accepted
    )
    yield Block("Exceptions", "" if content.accepted else "No failing check is accepted.", tuple(held))
    ends = (Row(f"{one.what}: {one.name}", (clock.moment(one.when),)) for one in content.expiries)
    yield Block(
        "What ends soon",
        _of(content.expiries, content.expiries_in_all)
        or ("" if content.expiries else "Nothing ends in the next 45 days."),
        tuple(ends),
    )
    yield Block(
        "Usage",
        "This time, and as long a time before it.",
        tuple(_figure(one) for one in content.figures),
    )
    yield _log(content, clock)


def _log(content: Content, clock: _Clock) -> Block:
    head = content.head
    if head is None:
        return Block("Audit log", "Nothing of the log is signed yet.")
    return Block(
        "Audit log",
        f"{_many(head.size, 'entry', 'entries')}, signed {clock.moment(head.signed)}. Keep this note: with it anybody "
        "can show later that no entry before it was changed, dropped, added or moved.",
        note=head.note,
    )


def _promise(one: Promised, clock: _Clock) -> Row:
    counted = sum(one.checks.get(each, 0) for each in _BAR_ORDER)
    held = one.checks.get(Standing.KEPT, 0)
    under = []
    if counted:
        under.append(f"{held} of {_many(counted, 'check')} hold{'s' * (counted == 1)}")
    if one.since:
        under.append(f"since {clock.day(one.since)}")
    label, tone = _said(one.standing)
    return Row(f"{one.key}: {one.title}", (", ".join(under),) if under else (), label, tone, _bar(one, counted))


def _bar(one: Promised, counted: int) -> tuple[Part, ...]:
    if not counted:
        return ()
    parts, before, so_far = [], 0, 0
    for each in _BAR_ORDER:
        so_far += one.checks.get(each, 0)
        until = so_far * _WHOLE // counted
        if until > before:
            parts.append(Part(until - before, _TONES[each]))
        before = until
    return tuple(parts)


def _figure(one: Figure) -> Row:
    top = max(one.now, one.before)
    filled = one.now * _WHOLE // top if top else 0
    parts = (Part(filled, "now"), Part(_WHOLE - filled, "ground")) if top else ()
    return Row(f"{one.label}: {one.now:,}", (f"{one.before:,} before",), bar=tuple(p for p in parts if p.percent))


def _said(standing: str) -> tuple[str, str]:
    return Standing(standing).label, _TONES[standing]


def _of(told: tuple[object, ...], in_all: int) -> str:
    return f"The first {len(told)} of {in_all:,}; the others are in the console." if in_all > len(told) else ""


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"
