"""The sequencer: places what was committed and signs it, of one tenant or of all of them for ever.

Any number of them may run: who finds another at a log leaves it to that one.
"""

from __future__ import annotations

import datetime
import logging
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Final

from django.db import Error as DatabaseError
from django.db import connection

from apps.audit.errors import AuditError
from apps.audit.log_keys import rotate_if_asked
from apps.audit.placing import TOGETHER, Placed, has_work, place
from apps.audit.signing import Known, sign
from apps.audit.tree import Checkpoint
from apps.tenants.models import Tenant
from apps.tenants.provisioning_queue import staff_credentials
from apps.tenants.walls import behind, within
from apps.vault.errors import VaultError
from specward.errors import SpecwardError

log = logging.getLogger(__name__)

PAUSE: Final = 0.25
"""Seconds between two rounds."""
TENANTS_ANEW: Final = 10.0
"""Seconds after which is asked again which tenants there are."""
LONGEST_BACKING_OFF: Final = 60.0


WITH_A_LOG: Final = (Tenant.State.ACTIVE, Tenant.State.SUSPENDED, Tenant.State.CLOSING)
"""A suspended one too: what staff does with a tenant is in its log. One that is being made has no tables yet, and one
that has left has none any more."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass over one log did."""

    placed: Placed
    signed: Checkpoint | None


def sequence(looked: datetime.datetime | None = None, known: Known | None = None, parts: int | None = None) -> Pass:
    """Places and signs what there is (or so many parts of it), in the log of the tenant whose walls stand, as a
    continuation of what is ``known`` to have been signed. What was placed stays placed where signing fails: the next
    pass signs it.

    Raises what :func:`~apps.audit.placing.place` and :func:`~apps.audit.signing.sign` raise.
    """
    placed = place(looked, parts=parts)
    if rotate_if_asked() is not None:
        more = place()
        placed = Placed(placed.entries + more.entries, more.size, more.busy)
    return Pass(placed, sign(known))


@dataclass(slots=True)
class _Watched:
    """What this process knows of a tenant: when it has last looked in vain, what was signed, and how it failed."""

    looked: datetime.datetime | None = None
    signed: Known | None = None
    failures: int = 0
    not_before: float = 0.0


@dataclass(slots=True)
class Sequencer:
    """All logs, round after round. A log that cannot be gone on with holds no other up."""

    watched: dict[uuid.UUID, _Watched] = field(default_factory=dict)
    tenants: list[Tenant] = field(default_factory=list)
    asked: float = float("-inf")

    def run(self, ended: threading.Event, pause: float = PAUSE) -> None:
        """Until ``ended`` is set. Survives a database that goes away for a while."""
        while not ended.is_set():
            placed = 0
            try:
                placed = self.round()
            except DatabaseError:
                log.exception("The database cannot be reached; the next round tries again.")
                connection.close()
                ended.wait(1.0)
            if placed < TOGETHER:
                ended.wait(pause)

    def round(self) -> int:
        """Each log once. Says how many entries got their places."""
        now = time.monotonic()
        if now - self.asked > TENANTS_ANEW:
            self._ask_for_tenants()
            self.asked = now
        return sum(self._visit(tenant) for tenant in self.tenants)

    def _ask_for_tenants(self) -> None:
        with behind(staff_credentials()):
            self.tenants = list(Tenant.objects.filter(state__in=WITH_A_LOG).order_by("id"))
        known = {tenant.id for tenant in self.tenants}
        self.watched = {id: watched for id, watched in self.watched.items() if id in known}

    def _visit(self, tenant: Tenant) -> int:
        watched = self.watched.setdefault(tenant.id, _Watched())
        if time.monotonic() < watched.not_before:
            return 0
        try:
            with within(tenant):
                if watched.signed is None:
                    watched.signed = Known.newest()
                waits, now = has_work()
                done = self._sequence(watched) if waits else 0
        except Exception as error:  # noqa: BLE001  # whatever is in one log, the others go on
            watched.failures += 1
            wait = min(LONGEST_BACKING_OFF, 2.0**watched.failures)
            watched.not_before = time.monotonic() + wait
            code = getattr(error, "code", type(error).__name__)
            known = isinstance(error, AuditError | VaultError | DatabaseError | SpecwardError)
            # The words of others may quote an entry.
            words = error if known else "It holds what nobody writes into one."
            said = "The log of tenant %s stands still (%s): %s Next try in %d s."
            log.error(said, tenant.id, code, words, wait)  # the words say it
            if not isinstance(error, AuditError | VaultError):
                connection.close()
            return 0
        watched.failures = 0
        watched.looked = now
        return done

    @staticmethod
    def _sequence(watched: _Watched) -> int:
        # A part, and its signature: where entries come as fast as they are placed there is no end to wait for, and the
        # other logs have their turn.
        done = sequence(watched.looked, watched.signed, parts=1)
        if done.signed is not None:
            watched.signed = Known(done.signed.size, bytes(done.signed.root))
        return done.placed.entries
