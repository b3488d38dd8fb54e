"""Making an export: a worker's turn, from the row to the last piece. No transaction is open while it works."""

from __future__ import annotations

import logging
import time
import uuid
from enum import StrEnum
from typing import Final

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from apps.audit.exports import bundles, life, lines, pieces
from apps.audit.exports.errors import TOO_LONG, UNEXPECTED, ExportError, LeaseLost
from apps.audit.exports.models import Format
from apps.vault.errors import VaultError

log = logging.getLogger(__name__)

_SELDOM: Final = 1.0
"""Seconds between two times that a worker says how far it is."""


class Outcome(StrEnum):
    """What became of a turn with an export."""

    READY = "ready"
    FAILED = "failed"
    NOT_OURS = "not ours"
    """Another worker has it, or there was nothing to do."""


class _Progress:
    """Says how far the worker is, and keeps its lease."""

    def __init__(self, claimed: life.Claim) -> None:
        self._claimed = claimed
        self._every = min(_SELDOM, settings.AUDIT_EXPORT_LEASE_SECONDS / 5)
        self._last = time.monotonic()

    def heard(self, looked: int) -> None:
        """Raises :class:`LeaseLost`."""
        if time.monotonic() - self._last > self._every:
            life.tell(self._claimed, looked)
            self._last = time.monotonic()


def make(id: uuid.UUID) -> Outcome:
    """Makes an export of the tenant behind whose walls this runs.

    Raises the database's own errors, and :class:`~apps.audit.exports.pieces.TransactionOpen`: the export is then taken
    up by another worker, once the lease is over.
    """
    claimed = life.claim(id)
    if claimed is None:
        return Outcome.NOT_OURS
    try:
        return _made(claimed)
    except LeaseLost:
        log.warning("Turn %d with export %s came to nothing: it is not this worker's any more.", claimed.fence, id)
        return Outcome.NOT_OURS


def _made(claimed: life.Claim) -> Outcome:
    reason = ""
    try:
        _write(claimed)
    except (LeaseLost, DatabaseError, InterfaceError, pieces.TransactionOpen):
        raise
    except (ExportError, VaultError) as refused:
        reason = refused.code
    except SoftTimeLimitExceeded:
        reason = TOO_LONG
    except Exception as error:  # noqa: BLE001  # whatever else fails is a failure of this one
        # Its words may quote an entry, and its frames hold it: only its kind is told.
        log.error("Export %s could not be made: %s.", claimed.export.id, type(error).__name__)
        reason = UNEXPECTED
    if not reason:
        return Outcome.READY
    life.fail(claimed, reason)
    return Outcome.FAILED


def _write(claimed: life.Claim) -> None:
    progress = _Progress(claimed)
    if claimed.export.format == Format.BUNDLE:
        out = pieces.Writing(claimed, bundles.MOST_BYTES)
        entries = bundles.write_bundle(claimed.export, out, progress.heard)
    else:
        out = pieces.Writing(claimed)
        entries = lines.write_lines(claimed.export, out, progress.heard)
    life.finish(claimed, entries=entries, digest=out.finish())
