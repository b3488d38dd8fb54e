"""Running checks: each run is kept with what it saw, stands by its digest in the log, and moves its check's state."""

from __future__ import annotations

import datetime
import hashlib
import json
import logging
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.compliance import exempting
from apps.compliance.catalogue import catalogue
from apps.compliance.checking import Check, Outcome, Result
from apps.compliance.code_version import code_version
from apps.compliance.models import Change, CheckState, Day, Run
from apps.compliance.notices import tell_of
from apps.tenants.walls import behind, connection
from specward.tlog import timestamp

log = logging.getLogger(__name__)

CLAIMED_FOR: Final = datetime.timedelta(minutes=10)
"""How long nobody else runs a check that somebody has begun: well above what one may take."""
AHEAD: Final = datetime.timedelta(minutes=5)
"""How far the clocks of two machines may differ. A run of later than that says nothing: its clock was wrong."""
MOST_BYTES: Final = 256 * 1024
"""Of what a run saw, as JSON: a quarter of what a verifier reads of one."""
_A_ZERO: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""In JSON: the character, and not the six that write it."""
_NUMBER: Final = re.compile(r"[0-9]+")

_WORSE: Final = (Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.ERROR, Outcome.FAIL)


def run(key: str, by: Run.By = Run.By.SCHEDULE) -> Run:
    """Runs a check now, in the tenant behind whose walls this stands, and keeps what it saw.

    No transaction may be open. Raises ``NoSuchCheck``.
    """
    check = catalogue().check(key)
    began, clock = timezone.now(), time.monotonic()
    result = _looked(check)
    took = int((time.monotonic() - clock) * 1000)
    with transaction.atomic():
        return _keep(key, began, took, result, by)


def due() -> list[str]:
    """The checks of the tenant behind whose walls this runs that are to be run, and that nobody runs."""
    now = timezone.now()
    checks = catalogue().checks
    there = set(CheckState.objects.values_list("check_key", flat=True))
    if missing := [key for key in checks if key not in there]:
        CheckState.objects.bulk_create([CheckState(check_key=key, due=now) for key in missing], ignore_conflicts=True)
    waiting = CheckState.objects.filter(_is_free(now), _is_due(now), check_key__in=list(checks))
    return list(waiting.order_by("due", "check_key").values_list("check_key", flat=True))


def ask(key: str) -> None:
    """Has a check run soon, because somebody asks. It is due from now on, so that a queue that is away loses nothing.

    Raises ``NoSuchCheck``.
    """
    catalogue().check(key)
    now = timezone.now()
    state, _ = CheckState.objects.get_or_create(check_key=key, defaults={"due": now})
    # What is overdue stays so: asking again and again does not make it young.
    CheckState.objects.filter(check_key=state.check_key, due__gt=now).update(due=now)
    walls = connection().walls

    def hand_over() -> None:
        from apps.compliance.tasks import run_asked

        with behind(walls):
            run_asked.delay(key)

    transaction.on_commit(hand_over, robust=True)


def is_under_way(key: str) -> bool:
    """Whether a check was asked for, or is due, and has not been kept yet."""
    state = CheckState.objects.filter(check_key=key).first()
    return state is not None and (state.claimed_until is not None or state.due <= timezone.now())


def run_claimed(key: str, by: Run.By = Run.By.SCHEDULE) -> Run | None:
    """Runs a check that is due; None where it is not, or somebody else does. Of two schedulers one runs it."""
    now = timezone.now()
    mine = CheckState.objects.filter(_is_free(now), _is_due(now), check_key=key)
    if not mine.update(claimed_until=now + CLAIMED_FOR):
        return None
    return run(key, by)


def run_due() -> list[Run]:
    """Runs all that is due, one after the other."""
    return [done for key in due() if (done := run_claimed(key)) is not None]


def digest_of(run: Run) -> str:
    """SHA-256 in hexadecimal over what a run says: see docs/05-security.md, "Evidence"."""
    return hashlib.sha256(document_of(run)).hexdigest()


def document_of(run: Run) -> bytes:
    """A run as the canonical JSON that its digest is over: sorted members, no spaces, UTF-8."""
    said: Mapping[str, Any] = {
        "run": str(run.id),
        "check": run.check_key,
        "at": timestamp(run.at),
        "took_ms": run.took_ms,
        "outcome": run.outcome,
        "because": run.because,
        "evidence": run.evidence,
        "by": run.by,
        "code_version": run.code_version,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _is_free(now: datetime.datetime) -> Q:
    """A claim of later than one can be made now is of a clock that was wrong."""
    return Q(claimed_until=None) | Q(claimed_until__lt=now) | Q(claimed_until__gt=now + CLAIMED_FOR + AHEAD)


def _is_due(now: datetime.datetime) -> Q:
    return Q(due__lte=now) | Q(last_at__gt=now + AHEAD)


def _looked(check: Check) -> Result:
    try:
        return _keepable(check.look())
    except Exception as error:  # whatever it is, it is told: a check that cannot look has not passed
        # Neither our log nor the evidence repeats what an exception says: it may quote a row.
        log.exception("The check %s could not look.", check.key)
        return Result(
            Outcome.ERROR, f"The check could not look: {type(error).__name__}.", {"error": type(error).__name__}
        )


def _keepable(result: Result) -> Result:
    """The result, if it can be kept as it is: else nothing would be, and the run before would go on to count.

    Raises TypeError and ValueError.
    """
    said = json.dumps([result.because, result.evidence], allow_nan=False, ensure_ascii=False).encode()
    if len(said) > MOST_BYTES:
        raise ValueError("It saw more than is kept of a run.")
    if _A_ZERO.search(said):
        raise ValueError("The database keeps no text with a zero in it.")
    return result


def _keep(key: str, began: datetime.datetime, took: int, result: Result, by: Run.By) -> Run:
    kept = Run(
        id=uuid.uuid4(),
        check_key=key,
        at=began,
        took_ms=took,
        outcome=result.outcome,
        because=result.because,
        evidence=json.loads(json.dumps(result.evidence)),
        by=by,
        code_version=code_version(),
    )
    kept.digest = digest_of(kept)
    details = {"run": str(kept.id), "check": key, "outcome": kept.outcome, "digest": kept.digest}
    entry = record(Action.CHECK, kept, details=details, narrative="A control was checked")
    kept.entry_id = entry.id
    kept.save(force_insert=True)
    _count(kept)
    _move(kept)
    return kept


def _count(kept: Run) -> None:
    bad = int(not Outcome(kept.outcome).is_good)
    day, made = Day.objects.select_for_update().get_or_create(
        check_key=kept.check_key,
        day=kept.at.astimezone(datetime.UTC).date(),
        defaults={"worst": kept.outcome, "runs": 1, "bad": bad},
    )
    if not made:
        day.worst = max(Outcome(day.worst), Outcome(kept.outcome), key=_WORSE.index)
        day.runs += 1
        day.bad += bad
        day.save(update_fields=["worst", "runs", "bad"])


def _is_alike(state: CheckState, kept: Run) -> bool:
    """Whether a run says what the one before said, whatever numbers are in it."""
    return state.outcome == kept.outcome and _NUMBER.sub("#", state.because) == _NUMBER.sub("#", kept.because)


def _move(kept: Run) -> None:
    state, _ = CheckState.objects.select_for_update().get_or_create(check_key=kept.check_key)
    if state.last_at is not None and kept.at < state.last_at <= timezone.now() + AHEAD:
        return  # a run that began later has ended before: it says how things are
    before = state.outcome
    was_accepted = not _is_alike(state, kept) and exempting.end_outlived(kept.check_key)
    if before != kept.outcome or was_accepted:
        if before != kept.outcome:
            state.outcome, state.since = kept.outcome, kept.at
        change = Change.objects.create(
            check_key=kept.check_key, at=kept.at, before=before, after=kept.outcome, run=kept
        )
        tell_of(change, was_accepted=was_accepted)
    state.because = kept.because
    state.last_run, state.last_at = kept, kept.at
    state.due = kept.at + catalogue().frequency(kept.check_key).value
    state.claimed_until = None
    state.save()
