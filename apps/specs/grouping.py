"""Sessions of one path make one spec: the first makes it, the others are counted on it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from django.db import connection

from apps.specs.models import Sighting, Spec
from apps.vault.keyed_digests import keyed_digest
from specward.recording.actions import Trace
from specward.recording.signature import path_signature

_KEY: Final = "specs/path-key"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the sessions that were observed walked one path."""

    sessions: int
    observed: int

    @property
    def percent(self) -> float:
        """0 where nothing was observed."""
        return 100 * self.sessions / self.observed if self.observed else 0.0


def path_of(trace: Trace) -> str:
    """What is equal for sessions of the tenant that walked the same path. The signature itself is not kept: whoever
    knows the site could try paths out. Asks the vault: not within a transaction."""
    return keyed_digest(_KEY, path_signature(trace))


def spec_on(path: str) -> Spec | None:
    """The spec of a path that is in use. Nobody makes another one until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"specs path {path}"])
    return Spec.objects.filter(path=path, retired__isnull=True).first()


def is_specified(path: str) -> bool:
    """Is there a spec of this path by now? Holds nobody up, so the next moment it may be otherwise."""
    return Spec.objects.filter(path=path, retired__isnull=True).exists()


def count_in(spec: Spec, recording: uuid.UUID) -> None:
    """Counts a session on the path of a spec."""
    Sighting.objects.create(spec=spec, recording_id=recording)


def share_of(spec: Spec) -> Share:
    """How much of what was observed the spec covers."""
    return Share(Sighting.objects.filter(spec=spec).count(), observed())


def observed() -> int:
    """Sessions that were understood: each walked the path of some spec."""
    return Sighting.objects.count()
