"""The IDOR harness: every address, method and place for an id, asked by everybody who should not get an answer.

Two things are asked of every answer. *Alike*: whoever may not know that an object is there gets for its id what they
get for an id that nothing has: status, headers, body and queries. *Allowed*: nobody is answered without the permission
that the endpoint declares, by the permission table. And of the harness itself: whoever may, does get another answer for
an object than for none; otherwise it would be blind there, and says so.

It makes its own people and objects in two tenants, and takes all of it back.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import Model
from django.test import override_settings
from django.test.client import ClientHandler
from django.utils.module_loading import autodiscover_modules

from apps.access.answers import Answer, send
from apps.access.declarations import Declared, Public
from apps.access.endpoints import METHODS, Endpoint, endpoints
from apps.access.personas import Persona, Place, insiders, neighbours, settle, strangers, without
from apps.access.positions import Asked, NoSpecimen, Position, ask, positions, tried
from apps.access.specimen import Specimen, registered
from apps.accounts.models import Role
from apps.tenants.routing import route_to
from apps.tenants.walls import PLATFORM_ID, behind


class Found(StrEnum):
    """What the harness finds. Each is a failure."""

    LEAK = "leak"
    """An id that is there is answered otherwise than one that is not, to somebody who may not know."""
    UNALLOWED = "unallowed"
    """An answer without the permission."""
    BROKEN = "broken"
    """A 5xx."""
    UNDECLARED = "undeclared"
    """An endpoint that does not say what it needs."""
    NO_SPECIMEN = "no-specimen"
    """A place for an id of which there is no specimen."""
    BLIND = "blind"
    """Nobody gets another answer for an object than for none: nothing is proven here."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One failure, and where."""

    found: Found
    endpoint: str
    method: str
    position: str
    persona: str
    detail: str

    def __str__(self) -> str:
        place = f" in {self.position}" if self.position else ""
        who = f" as {self.persona}" if self.persona else ""
        return f"{self.found.value}: {self.method} {self.endpoint}{place}{who}: {self.detail}"


@dataclass(slots=True)
class Report:
    """What was asked, and what was found. ``covered`` are the pairs of endpoint and method that do something."""

    endpoints: int = 0
    covered: set[tuple[str, str]] = field(default_factory=set)
    asked: int = 0
    findings: list[Finding] = field(default_factory=list)


class NoSuchHost(Exception):
    """A host at which there is no tenant."""


_QUIET: Final = ("django.request", "django.security", "django.security.csrf")


def run(
    host: str,
    other_host: str,
    urlconf: str | None = None,
    tell: Callable[[str], None] = lambda line: None,
    *,
    together: bool = False,
) -> Report:
    """Asks everything at the host of one tenant, and at that of another one with the first one's ids.

    Runs in one transaction that is rolled back; ``tell`` hears of each endpoint. Places for an id that an endpoint does
    not declare are tried for one kind of object after the other; ``together``: for all kinds in one request, and one
    by one where that makes a difference. It is several times quicker, and misses what an endpoint does for one kind
    only where the id of another is not there beside it. Raises :class:`NoSuchHost`.
    """
    autodiscover_modules("specimens")
    report = Report()
    # It asks thousands of times in a minute; what a limit answers would hide what it is after.
    with _quiet(), override_settings(API_LIMITS={}), transaction.atomic():
        _Harness(_settle(host), _settle(other_host), report, tell, together).run(urlconf)
        transaction.set_rollback(True)
    return report


def _settle(host: str) -> Place:
    route = route_to(host)
    if route is None:
        raise NoSuchHost(f"There is no tenant at {host}. Name the hosts of two tenants.")
    return settle(host, route)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Thousands of refusals are expected here."""
    before = {name: logging.getLogger(name).disabled for name in _QUIET}
    for name in _QUIET:
        logging.getLogger(name).disabled = True
    try:
        yield
    finally:
        for name, disabled in before.items():
            logging.getLogger(name).disabled = disabled


class _Harness:
    def __init__(
        self, here: Place, elsewhere: Place, report: Report, tell: Callable[[str], None], together: bool
    ) -> None:
        self.here, self.elsewhere, self.report, self.tell, self.together = here, elsewhere, report, tell, together
        self.handler = ClientHandler(enforce_csrf_checks=False)
        self.specimens = registered()
        self.insiders = insiders(here)
        self.strangers = strangers(here, elsewhere)
        self.neighbours = neighbours(elsewhere)
        self.without = {permission: without(here, permission) for permission in sorted(here.permissions(Role.OWNER))}
        self._tell_apart()

    def _tell_apart(self) -> None:
        """Makes again what has an id that the other tenant gave too: each log counts from one."""
        for kind, specimen in self.specimens.items():
            while specimen.model is not None and self._is_elsewhere(specimen.model, self.here.ids[kind]):
                with behind(self.here.walls):
                    self.here.ids[kind] = specimen.make(self.here.ids)

    def _is_elsewhere(self, model: type[Model], id: str) -> bool:
        if not id.isdecimal():
            return False  # drawn at random
        with behind(self.elsewhere.walls):
            return model._default_manager.filter(pk=id).exists()

    def run(self, urlconf: str | None) -> None:
        for endpoint in endpoints(urlconf):
            self.report.endpoints += 1
            self.tell(str(endpoint))
            for missing in endpoint.undeclared:
                self._find(Found.UNDECLARED, endpoint, "*", None, None, f"{missing} does not say what it needs")
            for method in METHODS:
                needed = endpoint.needs(method)
                if needed is not None:
                    self._method(endpoint, method, needed)

    def _method(self, endpoint: Endpoint, method: str, needed: Declared) -> None:
        try:
            declared = tuple(positions(endpoint, method, self.specimens))
        except NoSpecimen as refused:
            self._find(Found.NO_SPECIMEN, endpoint, method, None, None, str(refused))
            return
        control = self._control(needed)
        if control is not None and self._send(control, endpoint, method).status == 405:
            return
        self.report.covered.add((str(endpoint), method))
        self._allowed(endpoint, method, needed)
        for position in declared:
            if control is not None:
                self._see(endpoint, method, needed, control, position)
            for persona in self._everybody(needed):
                self._alike(endpoint, method, position, persona)
        few = [self.strangers[0], self.neighbours[0], self._ignorant()]
        undeclared = tuple(tried(method, self.specimens, declared))
        for persona in few:
            if self.together:
                self._alike_together(endpoint, method, undeclared, persona)
            else:
                self._alike_each(endpoint, method, undeclared, persona)

    def _control(self, needed: Declared) -> Persona | None:
        """Somebody who may; None where nobody of this tenant may, as with the pages of the platform."""
        if isinstance(needed, Public):
            return self.strangers[0]
        return next((persona for persona in self.insiders if needed in persona.permissions), None)

    def _everybody(self, needed: Declared) -> list[Persona]:
        scoped = [self.without[needed]] if not isinstance(needed, Public) and needed in self.without else []
        return [*self.strangers, *self.neighbours, *self.insiders, *scoped]

    def _ignorant(self) -> Persona:
        """The insider who lacks most: what is hidden from anybody is hidden from them."""
        return min(self.insiders, key=lambda persona: len(persona.permissions))

    def _allowed(self, endpoint: Endpoint, method: str, needed: Declared) -> None:
        if isinstance(needed, Public):
            return
        for persona in self._everybody(needed):
            if persona.host != self.here.host or needed in persona.permissions:
                continue
            answer = self._send(persona, endpoint, method)
            if answer.succeeded:
                detail = f"{answer.status} without {needed.value}"
                self._find(Found.UNALLOWED, endpoint, method, None, persona, detail)

    def _see(self, endpoint: Endpoint, method: str, needed: Declared, control: Persona, position: Position) -> None:
        specimen = self.specimens[position.kind]
        if specimen.read is None and not specimen.is_secret:
            return  # it is its maker's alone, who is none of those who ask: that they see it, the kind's own tests say
        if isinstance(needed, Public) and not specimen.is_secret:
            return
        if endpoint.at_platform not in (None, self.here.tenant_id == PLATFORM_ID):
            return  # there is nothing to see at this host: what answers is asked at the other kind
        there, missing = self._pair(control, endpoint, method, position)
        if not {"body", "status"} & {word.split()[0] for word in there.differences(missing)}:
            detail = f"{there.status} for an object and for none"
            self._find(Found.BLIND, endpoint, method, position, control, detail)

    def _alike(self, endpoint: Endpoint, method: str, position: Position, persona: Persona) -> bool:
        """Whether an id that is there is answered as one that is not; a difference is a finding."""
        if not self._is_hidden(position, persona):
            return True
        differences = self._differences(persona, endpoint, method, position)
        if not differences:
            return True
        if len(position.names) > 1:
            self._alike_each(endpoint, method, tuple(position.each()), persona)
        else:
            self._find(Found.LEAK, endpoint, method, position, persona, "; ".join(differences))
        return False

    def _alike_each(self, endpoint: Endpoint, method: str, places: tuple[Position, ...], persona: Persona) -> bool:
        alike = [self._alike(endpoint, method, position, persona) for position in places]
        return all(alike)

    def _alike_together(self, endpoint: Endpoint, method: str, places: tuple[Position, ...], persona: Persona) -> None:
        """The same in one request, with all ids in it; one by one to find out which it was."""
        hidden = tuple(position for position in places if self._is_hidden(position, persona))
        differences = self._differences(persona, endpoint, method, *hidden)
        if differences and self._alike_each(endpoint, method, hidden, persona):
            self._find(Found.LEAK, endpoint, method, None, persona, "all ids together: " + "; ".join(differences))

    def _is_hidden(self, position: Position, persona: Persona) -> bool:
        """Whether a persona must not learn that the object is there. Who has a secret may use it, whoever they are."""
        specimen = self.specimens[position.kind]
        return persona.host != self.here.host or not (specimen.is_secret or _may_know(persona, specimen))

    def _differences(self, persona: Persona, endpoint: Endpoint, method: str, *positions: Position) -> list[str]:
        there, missing = self._pair(persona, endpoint, method, *positions)
        if there.differences(missing):
            there, missing = self._pair(persona, endpoint, method, *positions)  # what was kept since is no difference
        return there.differences(missing)

    def _pair(self, persona: Persona, endpoint: Endpoint, method: str, *positions: Position) -> tuple[Answer, Answer]:
        """The answers for ids that are there in the first tenant, and for such that are nowhere."""
        own = self.here if persona.host == self.here.host else self.elsewhere
        there = {position.kind: self.here.ids[position.kind] for position in positions}
        missing = {kind: self.specimens[kind].missing() for kind in there}

        def answer(ids: Mapping[str, str]) -> Answer:
            put = [(position, ids[position.kind]) for position in positions]
            asked = ask(endpoint, method, own.ids, self.specimens, *put)
            return self._answer(persona, endpoint, method, asked, *there.values(), *missing.values())

        return answer(there), answer(missing)

    def _send(self, persona: Persona, endpoint: Endpoint, method: str) -> Answer:
        return self._answer(persona, endpoint, method, ask(endpoint, method, self.here.ids, self.specimens))

    def _answer(self, persona: Persona, endpoint: Endpoint, method: str, asked: Asked, *hidden: str) -> Answer:
        self.report.asked += 1
        answer = send(self.handler, persona, asked, *hidden)
        if answer.status >= 500:
            self._find(Found.BROKEN, endpoint, method, None, persona, str(answer.status))
        return answer

    def _find(
        self,
        found: Found,
        endpoint: Endpoint,
        method: str,
        position: Position | None,
        persona: Persona | None,
        detail: str,
    ) -> None:
        finding = Finding(
            found, str(endpoint), method, str(position or ""), persona.name if persona is not None else "", detail
        )
        if finding not in self.report.findings:
            self.report.findings.append(finding)


def _may_know(persona: Persona, specimen: Specimen) -> bool:
    return specimen.read is not None and specimen.read in persona.permissions
