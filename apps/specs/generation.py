"""From a recording to a spec: opened, traced, written, checked, saved. No transaction is open while it works.

A recording that is traced was written by others: whatever the library refuses ends as *failed* with a stable code.
Neither a code, nor a log, nor an exception that leaves here holds content: the library's own messages quote it.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import BinaryIO, Final, cast

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from apps.audit.acting import narrating
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.inference.choosing import writing_for_tenant
from apps.recordings import discarding, life
from apps.recordings.errors import Altered, Held, LeaseLost, RecordingError
from apps.recordings.models import Recording, Step, Why
from apps.specs import grouping
from apps.specs.evidence import kept_beside, read_from, said_beside
from apps.specs.models import Spec, SpecVersion
from apps.specs.signals import spec_ready
from apps.vault import configured
from apps.vault.binding import tenant_here
from apps.vault.errors import VaultError
from specward.errors import SpecwardError
from specward.language.printer import spec_digest
from specward.recording.actions import Trace
from specward.recording.reading import read_events
from specward.recording.tracing import trace
from specward.writing.asking_models import improved
from specward.writing.composing import Composed, compose
from specward.writing.models.client import Answer, Failure, ModelClient, Prompt

log = logging.getLogger(__name__)

GATE_REFUSED: Final = "generation.gate_refused"
UNEXPECTED: Final = "generation.unexpected"
TOO_LONG: Final = "generation.too_long"
_MOST_DROPPED: Final = 200
_SELDOM: Final = 1.0
"""Seconds between two times that a worker says how far it is."""


class Outcome(StrEnum):
    """What became of a turn with a recording."""

    SPECIFIED = "specified"
    FAILED = "failed"
    NOT_OURS = "not ours"
    """Another worker has it, or it was discarded, or there was nothing to do."""


class TransactionOpen(RuntimeError):
    """Generation takes seconds to minutes; a transaction around it would hold locks and old rows as long."""


@dataclass(frozen=True, slots=True)
class _Failed:
    reason: str


def generate(id: uuid.UUID) -> Outcome:
    """Makes the spec of a recording of the tenant behind whose walls this runs.

    Raises :class:`TransactionOpen` within a transaction, and the database's own errors: the recording is then taken up
    by another worker, once the lease is over.
    """
    if connection.in_atomic_block:
        raise TransactionOpen("Generation was called within a transaction. Call it after that is committed.")
    claimed = _claimed(id)
    if claimed is None:
        return Outcome.NOT_OURS
    try:
        made = _made(claimed)
        if isinstance(made, _Failed):
            life.fail(claimed, made.reason)
            return Outcome.FAILED
        _save(claimed, made)
    except LeaseLost:
        log.warning("Turn %d with recording %s came to nothing: it is not this worker's any more.", claimed.fence, id)
        return Outcome.NOT_OURS
    return Outcome.SPECIFIED


def _claimed(id: uuid.UUID) -> life.Claim | None:
    with transaction.atomic():
        claimed = life.claim(id)
        if claimed is not None:
            details = {"fence": claimed.fence}
            record(Action.ACCESS, claimed.recording, details=details, narrative="Opened to make its spec")
    return claimed


def _made(claimed: life.Claim) -> Composed | _Failed:
    try:
        return _compose(claimed)
    except (LeaseLost, DatabaseError, InterfaceError):
        raise
    except (SpecwardError, VaultError, RecordingError) as refused:
        return _Failed(refused.code)
    except SoftTimeLimitExceeded:
        return _Failed(TOO_LONG)
    except Exception as error:  # noqa: BLE001  # whatever a hostile recording brings about is a failure of this one
        # Its words may quote the page, and its frames hold it: only its kind is told.
        log.error("Recording %s could not be made into a spec: %s.", claimed.id, type(error).__name__)
        return _Failed(UNEXPECTED)


class _Progress:
    """Says how far the worker is, and keeps its lease: seldom, since each time is a transaction and an entry of the
    log. A spec that takes no second is there before anybody has looked."""

    def __init__(self, claimed: life.Claim) -> None:
        self._claimed = claimed
        self._every = min(_SELDOM, settings.GENERATION_LEASE_SECONDS / 5)
        self._last = time.monotonic()

    def tell(self, step: Step) -> None:
        """Raises :class:`LeaseLost`."""
        if time.monotonic() - self._last > self._every:
            self.say(step)

    def say(self, step: Step) -> None:
        """At once: what follows may take long. Raises :class:`LeaseLost`."""
        life.tell(self._claimed, step)
        self._last = time.monotonic()

    def heard(self, _: int) -> None:
        """For a long recording, while it is read."""
        self.tell(Step.TRACING)


@dataclass(frozen=True, slots=True)
class _WhileOurs:
    """Asks ``client`` as long as the recording is this worker's: nobody is told of one that is discarded meanwhile."""

    client: ModelClient
    progress: _Progress

    @property
    def model(self) -> str:
        """The model's id, as the API calls it."""
        return self.client.model

    def ask(self, prompt: Prompt, *, seconds: float) -> Answer:
        """See :class:`~specward.writing.models.client.ModelClient`. Raises :class:`LeaseLost`."""
        self.progress.say(Step.ASKING)
        return self.client.ask(prompt, seconds=seconds)


def _compose(claimed: life.Claim) -> Composed | _Failed:
    progress = _Progress(claimed)
    found = _traced(claimed, progress)
    progress.tell(Step.WRITING)
    composed = compose(found)
    if not composed.checked.ok:
        return _Failed(GATE_REFUSED)
    composed = _by_its_writer(composed, claimed, progress)
    progress.tell(Step.SAVING)
    return composed


def _by_its_writer(composed: Composed, claimed: life.Claim, progress: _Progress) -> Composed:
    """The spec by the writer that the tenant has chosen; the one that is there where that comes to nothing."""
    chosen = writing_for_tenant(claimed.id)
    if chosen.client is not None and grouping.is_specified(grouping.path_of(composed.trace)):
        return composed  # it will be counted there: no model is asked for what nobody would read
    try:
        return improved(
            composed,
            writer=chosen.asked,
            client=None if chosen.client is None else _WhileOurs(chosen.client, progress),
            shapes_only=chosen.shapes_only,
            seconds=chosen.seconds,
        )
    except SoftTimeLimitExceeded:  # what is left of the task's time is enough to save the spec that is there
        return replace(composed, asked=chosen.asked, fallback=Failure.TIMED_OUT)


def _traced(claimed: life.Claim, progress: _Progress) -> Trace:
    recording = claimed.recording
    with configured.object_store().opened(recording.object_name) as stream:
        if stream.summary.sha256 != recording.digest:
            raise Altered("The stored bytes are not those that were received.")
        return trace(read_events(cast(BinaryIO, stream), progress=progress.heard))


def _save(claimed: life.Claim, made: Composed) -> None:
    """The spec and the recording's new state, together or not at all. Raises :class:`LeaseLost`.

    A session on the path of a spec that is in use is counted there, and makes no other one.
    """
    # The vault is not asked within the transaction.
    configured.data_keys().to_seal(tenant_here())
    path = grouping.path_of(made.trace)
    with transaction.atomic(), narrating("The spec was made of a recording"):
        life.specify(claimed)
        spec = grouping.spec_on(path)
        if spec is None:
            spec = Spec.objects.create(title=made.written.spec.title, path=path)
            version = _first_version(spec, made, claimed.id)
            spec_ready.send(Spec, spec_id=spec.id, version_id=version.id, recording_id=claimed.id)
        grouping.count_in(spec, claimed.id)
        _condemn_where_due(claimed.recording)


def _first_version(spec: Spec, made: Composed, recording: uuid.UUID) -> SpecVersion:
    return SpecVersion.objects.create(
        spec=spec,
        number=1,
        digest=spec_digest(made.written.spec),
        text=made.text,
        sheet=made.sheet,
        writer=made.asked.value,
        fallback=made.fallback or "",
        notes={
            "notes": [*made.written.notes, *made.trace.notes],
            "secrets": [{"name": name, "reason": reason} for name, reason in made.written.secrets],
            "fixtures": list(made.written.fixtures),
            "requires": list(made.written.spec.requires),
            "events": read_from(made.trace.actions),
            "beside": {**said_beside(made.written.spec), "kept": kept_beside(made.written.acts)},
            "dropped": [
                {"event": one.event, "what": one.what, "reason": one.reason}
                for one in (*made.trace.dropped, *made.dropped)[:_MOST_DROPPED]
            ],
        },
        recording_id=recording,
    )


def _condemn_where_due(recording: Recording) -> None:
    """Where the plan says: until its spec. It goes once this is committed; what does not come about, the purge does."""
    if recording.keep_days != 0:
        return
    try:
        discarding.discard(recording.id, Why.SPECIFIED)
    except Held as refused:
        log.info("Recording %s is not discarded now: %s.", recording.id, refused.code)
