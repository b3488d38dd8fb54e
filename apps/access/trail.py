"""Which entries of the log a request leaves, said for each address and method, as what it needs is.

An app says it in its module ``trails``, which is found by name, by the names of its addresses::

    say("api:version-detail", GET=reads("specs.specversion"))
    say("api:version-list", GET=nothing("a list names versions, and says nothing of what stands in them"))

It is data: a test asks every address with an object of each kind and compares, and a page of the docs is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.module_loading import autodiscover_modules

from apps.access.endpoints import Endpoint
from apps.audit.vocabulary import WRITES, Action


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry by what was done and the kind of object (app_label.model, or empty)."""

    action: Action
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Trail:
    """The entries of a request that was answered; none, and why not. A refused one leaves its refusal."""

    entries: frozenset[Entry]
    because: str = ""

    def __or__(self, other: Trail) -> Trail:
        return Trail(self.entries | other.entries, self.because or other.because)

    def __post_init__(self) -> None:
        if not self.entries and len(self.because.split()) < 3:
            raise ValueError("Say why it leaves no entry, in a sentence.")


def leaves(*entries: tuple[Action, str]) -> Trail:
    """These, at least one of them; which of them depends on what is asked and what is there."""
    return Trail(frozenset(Entry(action, kind) for action, kind in entries))


def reads(*kinds: str) -> Trail:
    """An access to each object of these kinds that is shown."""
    return leaves(*((Action.ACCESS, kind) for kind in kinds))


def writes(*kinds: str) -> Trail:
    """What it creates, updates or deletes of these kinds, as the database records it."""
    return leaves(*((action, kind) for kind in kinds for action in sorted(WRITES)))


def nothing(because: str) -> Trail:
    """No entry, for this reason."""
    return Trail(frozenset(), because)


_SITES: Final = ("tenant:", "platform:")
_said: Final[dict[tuple[str, str], Trail]] = {}


def say(*names: str, **by_method: Trail) -> None:
    """Says it of addresses. A page of the console is named without its site: ``audit_entry``."""
    for name in names:
        for method, trail in by_method.items():
            _said[name, method] = trail


def trail_of(endpoint: Endpoint, method: str) -> Trail | None:
    """What is said of an address; None where nobody has said anything."""
    autodiscover_modules("trails")
    return _said.get((plain(endpoint.name), method))


def plain(name: str) -> str:
    """The name of an address without the site of the console that it is of."""
    for site in _SITES:
        name = name.removeprefix(site)
    return name


def all_said() -> Mapping[tuple[str, str], Trail]:
    """Everything that was said, by name and method."""
    autodiscover_modules("trails")
    return dict(_said)
