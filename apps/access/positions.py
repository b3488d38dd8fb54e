"""Where an endpoint takes ids from, and writing a request with given ids in them."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from apps.access.endpoints import Endpoint
from apps.access.specimen import Carries, Fixed, Specimen

_MODEL_PARAMETERS: Final = ("pk", "id", "object_id", "uuid")


class Where(StrEnum):
    """In what part of a request an id stands."""

    PATH = "path"
    QUERY = "query"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Position:
    """One place for one id. ``tried`` without having been declared: an endpoint may read more than it says."""

    where: Where
    names: tuple[str, ...]
    kind: str
    tried: bool = False

    def each(self) -> Iterator[Position]:
        """One position for each of the names, where they are several."""
        for name in self.names:
            yield replace(self, names=(name,))

    def __str__(self) -> str:
        return f"{self.where.value} {' or '.join(self.names)} ({self.kind})"


class NoSpecimen(Exception):
    """A parameter of a path for which there is no specimen."""


def carried(endpoint: Endpoint, method: str) -> Carries:
    """What an endpoint says about its ids."""
    said = getattr(endpoint.callback, "carries", None)
    if isinstance(said, Carries):
        return said
    holder = getattr(endpoint.callback, "cls", None) or getattr(endpoint.callback, "model_admin", None)
    by_action: Mapping[str, Carries] = getattr(holder, "carries", {})
    actions: Mapping[str, str] = getattr(endpoint.callback, "actions", None) or {}
    page = (endpoint.name or "").rsplit("_", 1)[-1]
    for key in (actions.get(method.lower()), method.lower(), page):
        if key is not None and key in by_action:
            return by_action[key]
    return Carries()


def positions(endpoint: Endpoint, method: str, specimens: Mapping[str, Specimen]) -> Iterator[Position]:
    """The declared places, and those where every kind's id is tried. Raises :class:`NoSpecimen`."""
    said = carried(endpoint, method)
    for name in endpoint.parameters:
        kind = _kind_in_path(endpoint, name, said, specimens)
        if isinstance(kind, str):
            yield Position(Where.PATH, (name,), kind)
    for where, declared in ((Where.QUERY, said.query), (Where.BODY, said.body)):
        for name, kind in (declared or {}).items():
            if kind not in specimens:
                raise NoSpecimen(f"{where.value} {name}: no specimen of kind {kind!r}")
            yield Position(where, (name,), kind)


def tried(method: str, specimens: Mapping[str, Specimen], declared: tuple[Position, ...]) -> Iterator[Position]:
    """Every name that a kind's id goes by, in the query and in a body, where nothing is declared; all names at once."""
    known = {(position.where, name) for position in declared for name in position.names}
    for where in (Where.QUERY,) if method == "GET" else (Where.QUERY, Where.BODY):
        for specimen in specimens.values():
            names = tuple(name for name in specimen.all_names if (where, name) not in known)
            yield Position(where, names, specimen.kind, tried=True)


def _kind_in_path(endpoint: Endpoint, name: str, said: Carries, specimens: Mapping[str, Specimen]) -> str | Fixed:
    declared = (said.path or {}).get(name)
    if isinstance(declared, Fixed):
        return declared
    if declared is None:
        declared = next((s.kind for s in specimens.values() if name in s.all_names), None)
    if declared is None and name in _MODEL_PARAMETERS:
        model = _model(endpoint)
        declared = next((s.kind for s in specimens.values() if model is not None and s.model is model), None)
    if declared not in specimens:
        raise NoSpecimen(f"path parameter {name}: no specimen. Register one, or say @carries(path={{{name!r}: ...}})")
    return str(declared)


def _model(endpoint: Endpoint) -> Any:
    holder = getattr(endpoint.callback, "model_admin", None) or getattr(endpoint.callback, "cls", None)
    if holder is None:
        holder = getattr(endpoint.callback, "view_class", None)
    return getattr(holder, "model", None) or getattr(getattr(holder, "queryset", None), "model", None)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, ready to be sent by anybody."""

    method: str
    path: str
    query: str
    body: Mapping[str, Any]
    as_json: bool


def ask(
    endpoint: Endpoint,
    method: str,
    ids: Mapping[str, str],
    specimens: Mapping[str, Specimen],
    *other: tuple[Position, str],
) -> Asked:
    """The request with the id of its kind in every declared position, and another one in some."""
    said = carried(endpoint, method)
    path_values: dict[str, str] = {}
    query: dict[str, str] = {}
    body: dict[str, Any] = copy.deepcopy(dict(said.example or {}))
    for name in endpoint.parameters:
        kind = _kind_in_path(endpoint, name, said, specimens)
        path_values[name] = kind.value if isinstance(kind, Fixed) else ids[kind]
    for name, of_kind in (said.query or {}).items():
        query[name] = ids[of_kind]
    for name, of_kind in (said.body or {}).items():
        _put(body, name, ids[of_kind])
    for position, value in other:
        for name in position.names:
            if position.where is Where.PATH:
                path_values[name] = value
            elif position.where is Where.QUERY:
                query[name] = value
            else:
                _put(body, name, value)
    path = "/" + endpoint.path % {name: quote(value) for name, value in path_values.items()}
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    return Asked(method, path, text, body, as_json=hasattr(endpoint.callback, "cls"))


def _put(body: dict[str, Any], dotted: str, value: str) -> None:
    """Writes into nested objects and lists; a number is a place in a list."""
    parts = dotted.split(".")
    last = parts[-1]
    holder: Any = body
    for part, following in itertools.pairwise(parts):
        empty: Any = [] if following.isdecimal() else {}
        if isinstance(holder, list):
            while len(holder) <= int(part):
                holder.append(copy.deepcopy(empty))
            holder = holder[int(part)]
        else:
            holder = holder.setdefault(part, empty)
    if isinstance(holder, list):
        holder[int(last) :] = [value]
    else:
        holder[last] = value
