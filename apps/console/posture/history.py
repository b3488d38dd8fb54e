"""What was seen on each day, of many checks at once: of the sums by day, never of the runs.

For most checks most days say the same. So the database is asked for what is out of the ordinary alone: days that were
not passed, and days between which nobody looked. What stands in between was passed.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Min, Q, QuerySet, Window
from django.db.models.functions import Lag, Lead, TruncDate

from apps.compliance.catalogue import catalogue
from apps.compliance.checking import Outcome
from apps.compliance.controls import Frequency
from apps.compliance.models import Change, Day, Exempt
from apps.console.posture.marks import OF_OUTCOME, RANK, RANKED, Mark

_ONE: Final = datetime.timedelta(days=1)
_MANY: Final = 40
_COLUMNS: Final = ("check_key", "day", "worst", "runs", "bad")
Line = bytearray
"""The marks of a check, a byte a day, as places in ``marks.RANKED``: of several the least is the worst."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A day of a check at which something begins or ends. ``following``: the next day on which it ran at all."""

    day: datetime.date
    mark: Mark
    is_mixed: bool
    """Some of its runs were good and some were not."""
    following: datetime.date | None


def carried(every: Frequency) -> int:
    """For how many days after a run nobody has to look again: as long as its standing counts (``standing.LATE``)."""
    return max(0, 2 * every.value.days - 1)


def lines(checks: Iterable[str], first: datetime.date, last: datetime.date) -> dict[str, Line]:
    """The marks of these checks on each day, the last one included. Five queries at most, for any number of them."""
    wanted = sorted(set(checks))
    seen = _seen(wanted, first, last)
    ends = _ends_of_mixed(seen, last)
    accepted = _accepted(wanted, first, last)
    ours = catalogue()
    found = {}
    for key in wanted:
        line = _line(seen.get(key, ()), ends.get(key, {}), carried(ours.frequency(key)), first, last)
        for begin, end in accepted.get(key, ()):
            _accept(line, begin, end, first)
        found[key] = line
    return found


def together(of: Sequence[Line]) -> list[Mark]:
    """Of several checks the worst of each day."""
    return [RANKED[rank] for rank in (map(min, zip(*of, strict=True)) if of else ())]


def today(line: Line, mark: Mark) -> None:
    """Says of the last day, on which not all has run yet, how it stands now, where that is worse or the only thing."""
    is_unseen = line[-1] in (RANK[Mark.BEFORE], RANK[Mark.UNKNOWN])
    line[-1] = RANK[mark] if is_unseen else min(line[-1], RANK[mark])


def _seen(checks: list[str], first: datetime.date, last: datetime.date) -> dict[str, list[Seen]]:
    """The days that matter, oldest first, from as long before the first one as a run is good for."""
    begin = first - datetime.timedelta(days=carried(Frequency.WEEKLY))
    days = Day.objects.filter(_of(checks), day__gte=begin, day__lte=last).order_by()
    whole, with_gaps = {}, []
    for key, oldest, newest, count in days.values_list("check_key").annotate(Min("day"), Max("day"), ran=Count("*")):
        if count == (newest - oldest).days + 1:
            whole[key] = (oldest, newest)
        else:
            with_gaps.append(key)
    found: dict[str, list[Seen]] = {}
    for key, one in (*_without_gaps(days, whole), *_with_gaps(days, with_gaps)):
        found.setdefault(key, []).append(one)
    return found


def _of(checks: Sequence[str]) -> Q:
    """Of these checks; of all there are, where they are many: their names would take longer than their rows."""
    return Q(check_key__in=checks) if len(checks) <= _MANY else Q()


def _without_gaps(
    days: QuerySet[Day], ends: Mapping[str, tuple[datetime.date, datetime.date]]
) -> Iterator[tuple[str, Seen]]:
    """Of checks that ran on each day between their first and their last: those two, and what did not pass."""
    odd: dict[str, dict[datetime.date, Seen]] = {key: {} for key in ends}
    for key, day, worst, runs, bad in days.exclude(worst=Outcome.PASS).values_list(*_COLUMNS):
        if key in odd:
            odd[key][day] = _seen_on(day, worst, runs, bad, day + _ONE)
    for key, (oldest, newest) in ends.items():
        for day in (oldest, newest):
            odd[key].setdefault(day, Seen(day, Mark.KEPT, False, day + _ONE))
        odd[key][newest] = replace(odd[key][newest], following=None)
        yield from ((key, odd[key][day]) for day in sorted(odd[key]))


def _with_gaps(days: QuerySet[Day], checks: Sequence[str]) -> Iterator[tuple[str, Seen]]:
    """Of the others: also the days on both sides of a gap."""
    of_check: dict[str, Any] = {"partition_by": F("check_key"), "order_by": F("day").asc()}
    if not checks:
        return
    beside = days.filter(_of(checks)).annotate(
        previous=Window(Lag("day"), **of_check), following=Window(Lead("day"), **of_check)
    )
    notable = beside.annotate(before=_between("previous", "day"), after=_between("day", "following")).filter(
        ~Q(worst=Outcome.PASS) | Q(previous=None) | Q(following=None) | Q(before__gt=_ONE) | Q(after__gt=_ONE)
    )
    wanted = set(checks)
    for key, *row in notable.order_by("check_key", "day").values_list(*_COLUMNS, "following"):
        if key in wanted:
            yield key, _seen_on(*row)


def _seen_on(day: datetime.date, worst: str, runs: int, bad: int, following: datetime.date | None) -> Seen:
    return Seen(day, OF_OUTCOME[Outcome(worst)], 0 < bad < runs, following)


def _between(one: str, other: str) -> Any:
    return ExpressionWrapper(F(other) - F(one), output_field=DurationField())


def _ends_of_mixed(seen: Mapping[str, Sequence[Seen]], last: datetime.date) -> dict[str, dict[datetime.date, Mark]]:
    """How such a day ended, where the next day says nothing: a change of that day tells."""
    mixed = {(key, one.day) for key, days in seen.items() for one in days if one.is_mixed and _ends(one, last)}
    if not mixed:
        return {}
    at_day = TruncDate("at", tzinfo=datetime.UTC)
    changes = Change.objects.annotate(on=at_day).filter(
        check_key__in={key for key, _ in mixed}, on__in={day for _, day in mixed}
    )
    found: dict[str, dict[datetime.date, Mark]] = {}
    for key, day, after in changes.order_by("at").values_list("check_key", "on", "after"):
        found.setdefault(key, {})[day] = OF_OUTCOME[Outcome(after)]
    return found


def _ends(one: Seen, last: datetime.date) -> bool:
    """Whether nobody looked on the day after."""
    return one.day < last and one.following != one.day + _ONE


def _line(
    seen: Sequence[Seen],
    ends: Mapping[datetime.date, Mark],
    carries: int,
    first: datetime.date,
    last: datetime.date,
) -> Line:
    line = Line([RANK[Mark.BEFORE]]) * ((last - first).days + 1)

    def put(begin: datetime.date, end: datetime.date, mark: Mark) -> None:
        low, high = max(0, (begin - first).days), min(len(line), (end - first).days + 1)
        if high > low:
            line[low:high] = bytes([RANK[mark]]) * (high - low)

    for at, one in enumerate(seen):
        put(one.day, one.day, one.mark)
        until = (seen[at + 1].day if at + 1 < len(seen) else last + _ONE) - _ONE
        if until == one.day:
            continue
        if not _ends(one, last):
            put(one.day + _ONE, until, Mark.KEPT)  # a day in between that was anything else would have been seen
            continue
        still = min(until, one.day + datetime.timedelta(days=carries))
        put(one.day + _ONE, still, ends.get(one.day, one.mark))
        put(still + _ONE, until, Mark.UNKNOWN)
    return line


def _accepted(
    checks: list[str], first: datetime.date, last: datetime.date
) -> dict[str, list[tuple[datetime.date, datetime.date]]]:
    """The whole days on which a failing check was accepted. On the days on which it was made and ended it was not."""
    found: dict[str, list[tuple[datetime.date, datetime.date]]] = {}
    given = Exempt.objects.filter(_of(checks), made__date__lte=last, expires__date__gte=first).order_by()
    for key, made, expires, ended in given.values_list("check_key", "made", "expires", "ended"):
        over = min(expires, ended or expires)
        found.setdefault(key, []).append((_day(made) + _ONE, _day(over) - _ONE))
    return found


def _accept(line: Line, begin: datetime.date, end: datetime.date, first: datetime.date) -> None:
    for at in range(max(0, (begin - first).days), min(len(line), (end - first).days + 1)):
        if line[at] == RANK[Mark.BROKEN]:
            line[at] = RANK[Mark.ACCEPTED]


def _day(moment: datetime.datetime) -> datetime.date:
    return moment.astimezone(datetime.UTC).date()
