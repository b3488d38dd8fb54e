"""What everybody may know: the promises with the state of the platform's own tenant, and what stands around them.

Never a customer's state: it is made behind the walls of the platform, where there is none to be seen. Of a check that
fails strangers learn that and since when; why, and the evidence, is for those who mend it.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from apps.compliance import promises
from apps.compliance.documents.asking import offered
from apps.compliance.documents.models import Document
from apps.compliance.promises import Promise, Threat
from apps.compliance.standing import PromiseStanding, Standing, posture, worst
from apps.compliance.subprocessors import SubProcessor, subprocessors

DESIGNED: Final = (
    "Controls are designed for the SOC 2 Trust Services Criteria that each names. That is a map for auditors, in our "
    "words. It is no certificate, and no auditor's opinion."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A promise or a threat, and how it stands at the platform."""

    promise: Promise | Threat
    standing: Standing
    since: datetime.datetime | None
    last_at: datetime.datetime | None
    controls: int
    checks: int
    kept: int

    @property
    def section(self) -> str:
        """Its section of the docs, as they are served: ``05-security/#2-encryption``."""
        file, _, heading = self.promise.docs[0].partition("#")
        return f"{file.removeprefix('docs/').removesuffix('.md')}/#{heading}"


@dataclass(frozen=True, slots=True)
class Trust:
    """All of the page. Nothing in it is the time of looking: the same state is the same page, byte for byte."""

    version: int
    digest: str
    promises: tuple[Shown, ...]
    threats: tuple[Shown, ...]
    criteria: tuple[str, ...]
    subprocessors: tuple[SubProcessor, ...]
    documents: tuple[Document, ...]

    @property
    def standing(self) -> Standing:
        return worst(one.standing for one in self.promises if one.standing is not Standing.NOT_APPLICABLE)

    @property
    def last_at(self) -> datetime.datetime | None:
        return max((one.last_at for one in (*self.promises, *self.threats) if one.last_at), default=None)

    @property
    def kept(self) -> int:
        return sum(one.standing is Standing.KEPT for one in self.promises)

    @property
    def applicable(self) -> int:
        return sum(one.standing is not Standing.NOT_APPLICABLE for one in self.promises)

    def as_data(self) -> dict[str, Any]:
        """For machines; names as in the API."""
        return {
            "version": self.version,
            "digest": self.digest,
            "standing": self.standing.value,
            "checked": _time(self.last_at),
            "promises": [_told(one) for one in self.promises],
            "threats": [_told(one) for one in self.threats],
            "criteria": list(self.criteria),
            "criteria_note": DESIGNED,
            "subprocessors": [
                {"name": one.name, "does": one.does, "gets": one.gets, "where": one.where, "when": one.when,
                 "possible_here": one.is_possible} for one in self.subprocessors
            ],
            "documents": [
                {"title": one.title, "kind": one.get_kind_display(), "about": one.about, "pages": one.pages}
                for one in self.documents
            ],
        }  # fmt: skip

    @property
    def etag(self) -> str:
        """Over all that is shown."""
        return hashlib.sha256(json.dumps(self.as_data(), sort_keys=True).encode()).hexdigest()[:32]


def look() -> Trust:
    """As it is now. Behind the walls of the platform's own tenant; five queries."""
    stands = posture()
    return Trust(
        version=promises.VERSION,
        digest=promises.digest(),
        promises=tuple(map(_shown, stands.promises)),
        threats=tuple(map(_shown, stands.threats)),
        criteria=tuple(sorted({each for one in stands.controls for each in one.control.criteria})),
        subprocessors=tuple(subprocessors()),
        documents=tuple(offered()),
    )


def _shown(one: PromiseStanding) -> Shown:
    return Shown(
        one.promise, one.standing, one.since, one.last_at, len(one.controls), len(one.checks), one.count(Standing.KEPT)
    )


def _told(one: Shown) -> dict[str, Any]:
    promise = one.promise
    return {
        "key": promise.key,
        "title": promise.title,
        "words": promise.words,
        "how": promise.how if isinstance(promise, Promise) else promise.answer,
        "standing": one.standing.value,
        "since": _time(one.since),
        "checked": _time(one.last_at),
        "controls": one.controls,
        "checks": one.checks,
        "checks_kept": one.kept,
        "not_yet": promise.not_yet,
        "docs": list(promise.docs),
    }


def _time(moment: datetime.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
