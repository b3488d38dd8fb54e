"""One object of each kind, for the IDOR harness: how to make it, who may know of it, and under which names its id goes.

An app registers its kinds in its module ``specimens``, which is found by name.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model

from apps.access.permissions import Permission


def _no_such_uuid() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Specimen:
    """A kind of object. ``make`` runs behind the walls of a tenant, is given the ids that were made there before it by
    kind, and returns the id of a new one. The object must belong to nobody who asks."""

    kind: str
    make: Callable[[Mapping[str, str]], str]
    read: Permission | None
    """Who has it may know that the object is there; None: nobody."""
    model: type[Model] | None = None
    names: tuple[str, ...] = ()
    """Names of parameters that carry its id, besides ``kind``, ``kind_id`` and ``kind_pk``."""
    missing: Callable[[], str] = _no_such_uuid
    is_secret: bool = False
    """The id is a credential itself (a link in a mail): who has it may use it, at the tenant's own host."""

    @property
    def all_names(self) -> tuple[str, ...]:
        return (self.kind, f"{self.kind}_id", f"{self.kind}_pk", *self.names)


_registered: Final[dict[str, Specimen]] = {}


def register(specimen: Specimen) -> None:
    """Adds a kind; the order is that of making. Registering a kind again replaces it."""
    _registered[specimen.kind] = specimen


def registered() -> Mapping[str, Specimen]:
    """All kinds, in the order of making."""
    return dict(_registered)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A parameter that is no id, and what the harness writes there."""

    value: str


@dataclass(frozen=True, slots=True)
class Carries:
    """Where an address takes ids from, as kinds by name; in a body nested names are joined by dots (``items.0.user``).

    ``example`` is a body that would be taken, without the ids.
    """

    path: Mapping[str, str | Fixed] | None = None
    query: Mapping[str, str] | None = None
    body: Mapping[str, str] | None = None
    example: Mapping[str, Any] | None = None


def carries(**given: Any) -> Callable[[Any], Any]:
    """Says for a view where its ids are (:class:`Carries`). A viewset has ``carries = {action: Carries(...)}``."""

    def decorate(view: Any) -> Any:
        view.carries = Carries(**given)
        return view

    return decorate
