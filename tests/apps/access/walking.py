"""Asks every address as somebody who may, with an object of each kind, and says what the log got."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.test.client import ClientHandler
from django.utils.module_loading import autodiscover_modules

from apps.access.endpoints import Endpoint, endpoints
from apps.access.personas import Persona, Place, insiders, settle
from apps.access.positions import Asked, ask
from apps.access.specimen import registered
from apps.access.trail import Entry as Wanted
from apps.accounts.models import Role
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.tenants.routing import route_to
from apps.tenants.walls import PLATFORM_ID, behind


@dataclass(frozen=True, slots=True)
class Walked:
    """What became of a request: its status, and the entries that it left."""

    endpoint: Endpoint
    method: str
    status: int
    entries: tuple[tuple[Wanted, str], ...]
    ids: Mapping[str, str]
    said: str

    @property
    def done(self) -> bool:
        return self.status < 400


def walk(host: str, bodies: Mapping[str, Mapping[str, Any]]) -> Iterator[Walked]:
    """Each address and method that answers at this host. ``bodies`` are forms by the names of their addresses.

    Everything is taken back, each by itself.
    """
    autodiscover_modules("specimens")
    route = route_to(host)
    assert route is not None
    handler = ClientHandler(enforce_csrf_checks=False)
    with transaction.atomic():
        here = settle(host, route)
        [owner] = [one for one in insiders(here) if one.name == f"session of {Role.OWNER.value}"]
        for endpoint in endpoints():
            if endpoint.at_platform not in (None, here.tenant_id == PLATFORM_ID):
                continue
            for method in endpoint.methods:
                yield _one(handler, here, owner, endpoint, method, bodies)
        transaction.set_rollback(True)


def _one(
    handler: ClientHandler, here: Place, owner: Persona, endpoint: Endpoint, method: str, bodies: Mapping[str, Any]
) -> Walked:
    asked = ask(endpoint, method, here.ids, registered())
    body = {**asked.body, **bodies.get(f"{endpoint.name} {method}", {})}
    with transaction.atomic():
        with behind(here.walls):
            before = Entry.objects.order_by("-id").values_list("id", flat=True)[0]
        response = _send(handler, owner, asked, body)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        with behind(here.walls):
            found = Entry.objects.filter(id__gt=before).order_by("id").values_list("action", "object_type", "object_pk")
            entries = tuple((Wanted(Action(action), kind), key) for action, kind, key in found)
        transaction.set_rollback(True)
    return Walked(endpoint, method, response.status_code, entries, here.ids, content.decode("utf-8", "replace"))


def _send(handler: ClientHandler, persona: Persona, asked: Asked, body: Mapping[str, Any]) -> Any:
    client = persona.client()
    client.handler = handler
    address = asked.path + (f"?{asked.query}" if asked.query else "")
    if asked.method == "GET":
        return client.get(address)
    if asked.as_json:
        return client.generic(asked.method, address, json.dumps(body), "application/json")
    return client.post(address, body) if asked.method == "POST" else client.generic(asked.method, address)
