"""Schedules: made, changed, taken away, and begun when their turn has come: once, whoever looks."""

from __future__ import annotations

import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.accounts.names import one_line
from apps.audit.acting import narrating
from apps.compliance.reports import waking
from apps.compliance.reports.errors import NothingToSend, ScheduleRefused
from apps.compliance.reports.models import Mailing, Report, Schedule
from apps.compliance.reports.turns import Turn, next_after

MOST: Final = 20
"""Schedules of a tenant at once."""
LONGEST_NAME: Final = 100
AT_ONCE: Final = datetime.timedelta(minutes=1)
"""After a report that somebody asked for, before another one may be asked for of the same schedule."""
_LOCK: Final = "report schedules"
_FIRST: Final = {Schedule.Every.WEEK: datetime.timedelta(days=7), Schedule.Every.MONTH: datetime.timedelta(days=31)}
"""What the first report tells of."""
_OF_TURN: Final = ("every", "weekday", "day", "hour", "zone")


def make(
    name: str,
    every: str,
    hour: int,
    zone: str,
    roles: list[str],
    weekday: int | None = None,
    day: int | None = None,
    with_pdf: bool = True,
) -> Schedule:
    """A schedule, whose first report comes at its next turn and tells of a week or a month before it.

    Raises :class:`ScheduleRefused`.
    """
    now = timezone.now()
    turn = Turn(every, weekday, day, hour, zone)
    fields = {"name": _name(name), "roles": _roles(roles), "with_pdf": with_pdf}
    with transaction.atomic(), narrating("A schedule of reports was made"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))", [_LOCK])
        if Schedule.objects.filter(removed=None).count() >= MOST:
            raise ScheduleRefused(f"there are {MOST} already. Take one away first")
        return Schedule.objects.create(
            **fields, every=every, weekday=weekday, day=day, hour=hour, zone=zone,
            next_due=next_after(turn, now), covered=now - _FIRST[Schedule.Every(every)],
        )  # fmt: skip


def change(schedule: Schedule, **wanted: Any) -> Schedule:
    """Changes what is given of the fields that :func:`make` takes, and ``enabled``. Raises :class:`ScheduleRefused`.

    Its next turn is the first from now on; switched on again, it does not make up for what it has missed.
    """
    fields: dict[str, Any] = {name: wanted[name] for name in (*_OF_TURN, "with_pdf", "enabled") if name in wanted}
    if fields.get("every", schedule.every) != schedule.every:
        # The other kind of day is not asked for any more.
        fields.setdefault("weekday", None)
        fields.setdefault("day", None)
    if "name" in wanted:
        fields["name"] = _name(wanted["name"])
    if "roles" in wanted:
        fields["roles"] = _roles(wanted["roles"])
    for name, value in fields.items():
        setattr(schedule, name, value)
    turn = Turn.of(schedule)
    if "enabled" in fields or any(name in fields for name in _OF_TURN):
        schedule.next_due = fields["next_due"] = next_after(turn, timezone.now())
    with transaction.atomic(), narrating("A schedule of reports was changed"):
        schedule.save(update_fields=list(fields))
    return schedule


def remove(schedule: Schedule) -> None:
    """No report comes any more, and what waits to be mailed is not."""
    now = timezone.now()
    with transaction.atomic(), narrating("A schedule of reports was taken away"):
        Schedule.objects.filter(id=schedule.id, removed=None).update(removed=now, enabled=False)
        waiting = Mailing.objects.filter(report__schedule=schedule, state=Mailing.State.WAITING, handing=None)
        waiting.update(state=Mailing.State.OBSOLETE, ended=now)
        begun = Report.objects.filter(schedule=schedule, state=Report.State.WAITING)
        begun.update(state=Report.State.FAILED, error="Taken away", ended=now)


def begin_due() -> int:
    """Begins the reports whose turn has come, of the tenant behind whose walls this runs. Gives how many.

    Whoever moves a schedule on has begun its report, in one transaction; nobody else can. Turns that nobody was there
    for are made up for by one report, which tells of all that time.
    """
    now = timezone.now()
    begun = 0
    for schedule in Schedule.objects.filter(enabled=True, removed=None, next_due__lte=now).order_by("next_due", "id"):
        due = schedule.next_due
        with transaction.atomic(), narrating("The turn of a report has come"):
            mine = Schedule.objects.filter(id=schedule.id, next_due=due, enabled=True, removed=None)
            if not mine.update(next_due=next_after(Turn.of(schedule), now), covered=now):
                continue
            report = Report.objects.create(schedule=schedule, due=due, since=min(schedule.covered, now), until=now)
            waking.wake(report.id)
        begun += 1
    return begun


def send_now(schedule: Schedule, by: User) -> Report:
    """A report out of turn, of the time since the last one. Raises :class:`NothingToSend` right after another one."""
    now = timezone.now()
    with transaction.atomic(), narrating("A report was asked for"):
        held = Schedule.objects.select_for_update().filter(id=schedule.id, removed=None).first()
        if held is None:
            raise NothingToSend("the schedule was taken away")
        if Report.objects.filter(schedule=held, due__gt=now - AT_ONCE).exists():
            raise NothingToSend("a report of it has just begun. Wait a minute")
        report = Report.objects.create(schedule=held, due=now, since=min(held.covered, now), until=now, asked_by=by)
        Schedule.objects.filter(id=held.id).update(covered=now)
        waking.wake(report.id)
    return report


def _name(name: str) -> str:
    name = name.strip()
    try:
        one_line(name)
    except ValidationError:
        raise ScheduleRefused("its name holds characters that cannot be seen. Type it by hand, on one line") from None
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        raise ScheduleRefused(f"its name has 1 to {LONGEST_NAME} characters")
    return name


def _roles(roles: list[str]) -> list[str]:
    if unknown := set(roles) - set(Role.values):
        raise ScheduleRefused(f"there is no role {sorted(unknown)[0][:30]!r}")
    return [role for role in Role.values if role in roles]
