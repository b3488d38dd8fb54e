"""The log in words: what an entry is about, who did it and what for, as a person would say it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.audit.vocabulary import Action, ActorKind
from apps.console.sites import ConsoleSite
from apps.tenants.roles import Role

KINDS: Final[Mapping[str, str]] = {
    "accounts.user": "Person",
    "accounts.session": "Session",
    "accounts.token": "Access token",
    "accounts.invitation": "Invitation",
    "accounts.passwordreset": "Link for a new password",
    "accounts.signinfailures": "Count of failed sign-ins",
    "accounts.mail": "Mail",
    "console.savedfilter": "Saved filter",
    "recordings.recording": "Recording",
    "recordings.upload": "Upload",
    "recordings.certificate": "Certificate of a discard",
    "specs.spec": "Spec",
    "specs.specversion": "Version of a spec",
    "specs.sighting": "Session on a path",
    "webhooks.endpoint": "Endpoint of webhooks",
    "webhooks.signingkey": "Key of webhooks",
    "webhooks.event": "Event to be told",
    "webhooks.delivery": "Webhook",
    "inference.modelsettings": "Settings of models",
    "inference.modelcall": "Call of a model",
    "inference.monthlyuse": "What models took in a month",
    "siem.sink": "Sink of the SIEM",
    "compliance.run": "Evidence of a check",
    "compliance.checkstate": "Check",
    "compliance.exempt": "Exception for a check",
    "compliance.acceptance": "Acceptance of the promises",
    "compliance.observation": "Observation window",
    "compliance.message": "Request about a control",
    "compliance.mailedcheckpoint": "Checkpoint that was mailed",
    "compliance.document": "Document of the room",
    "compliance.documentrequest": "Request for a document",
    "compliance.documentcopy": "Copy of a document",
    "audit.entry": "Audit log",
    "audit.export": "Export of the log",
    "audit.hold": "Legal hold of the log",
    "tenants.tenant": "Tenant",
    "tenants.provisioning": "New tenant",
    "tenants.statechange": "Change of a tenant",
}
"""What each kind of object is called."""

DONE: Final[Mapping[Action, str]] = {
    Action.CREATE: "Created",
    Action.UPDATE: "Changed",
    Action.DELETE: "Deleted",
    Action.ACCESS: "Read",
    Action.SIGN_IN: "Signed in",
    Action.SIGN_IN_FAILED: "Sign-in failed",
    Action.SIGN_OUT: "Signed out",
    Action.REFUSAL: "Refused",
    Action.FAILURE: "Failed",
    Action.EXPORT: "Exported",
    Action.CHECK: "Checked",
    Action.STATE_CHANGE: "State changed",
    Action.PRUNING: "Announced as pruned",
    Action.LOG_KEY: "New key of the log",
    Action.TOKEN_USE: "Token used from a new place",
    Action.OPERATION: "Operator's command",
}
"""What was done, by action."""

_PAGES: Final = {
    "accounts.user": "accounts_user_change", "accounts.token": "accounts_token_change",
    "recordings.recording": "recordings_recording_change", "tenants.tenant": "tenants_tenant_change",
    "specs.spec": "specs_spec_change",
    "webhooks.endpoint": "webhooks_endpoint_change",
    "siem.sink": "siem_sink_change",
    "inference.modelcall": "inference_modelcall_change",
}  # fmt: skip
_OF_A_PERSON: Final = frozenset({"accounts.session", "accounts.passwordreset"})
_ROUTE: Final = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|OTHER) \S*")


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as a line of a list. ``address`` is the page of its object, where this site has one."""

    entry: Entry
    kind: str
    name: str
    address: str
    who: str
    done: str
    what_for: str
    is_route: bool
    """What it was for is only the route of the request: nobody said more."""


def kind_of(label: str) -> str:
    """What a kind of object is called; a table that nobody has named goes by its own name."""
    if label in KINDS or not label:
        return KINDS.get(label, "")
    try:
        return str(apps.get_model(label)._meta.verbose_name).capitalize()
    except (LookupError, ValueError):
        return label


def done_of(action: int) -> str:
    """An action as what was done."""
    known = Action(action)
    return DONE.get(known, str(known.label).capitalize())


def who_of(entry: Entry) -> str:
    """Whoever acted: a name, or what is known in place of one."""
    if entry.actor_kind == ActorKind.ANONYMOUS:
        return "Somebody not signed in"
    if entry.actor_kind == ActorKind.DATABASE:
        return "Set-up and upkeep" if entry.database_role == Role.MIGRATOR.user else "Past the application"
    return entry.actor_name or str(ActorKind(entry.actor_kind).label)


def lines(entries: Iterable[Entry], site: ConsoleSite) -> list[Line]:
    """The entries in words. One query, for the names of those whose sessions they are."""
    found = list(entries)
    owners = {entry.pk: _owner(entry) for entry in found if entry.object_type in _OF_A_PERSON}
    wanted = {owner for owner in owners.values() if owner is not None}
    names = dict(User.objects.filter(pk__in=wanted).order_by().values_list("pk", "name")) if wanted else {}
    return [_line(entry, site, names.get(owners.get(entry.pk) or uuid.UUID(int=0))) for entry in found]


def _line(entry: Entry, site: ConsoleSite, owner: str | None) -> Line:
    is_route = _ROUTE.fullmatch(entry.narrative) is not None
    name = f"of {owner}" if owner else entry.object_repr
    if not name and entry.object_type:
        name = f"{entry.object_pk[:8]}…" if len(entry.object_pk) > 8 else entry.object_pk
    return Line(
        entry, kind_of(entry.object_type), name, _address(entry, site), who_of(entry), done_of(entry.action),
        entry.narrative, is_route,
    )  # fmt: skip


def _address(entry: Entry, site: ConsoleSite) -> str:
    page = _PAGES.get(entry.object_type)
    if page is None or not site.has_page(page):
        return ""
    try:
        return site.address(page, uuid.UUID(entry.object_pk))
    except ValueError:
        return ""


def _owner(entry: Entry) -> uuid.UUID | None:
    """The person of a session, from what the entry says of it."""
    pair: Any = entry.changes.get("user_id") if isinstance(entry.changes, dict) else None
    given = next((one for one in pair if isinstance(one, str)), None) if isinstance(pair, list) else None
    try:
        return None if given is None else uuid.UUID(given)
    except ValueError:
        return None
