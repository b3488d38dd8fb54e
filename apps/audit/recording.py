"""The application's own entries: what is no write of a row.

**Rows of tables are recorded by the database, and by nothing else.** A trigger sees a bulk update, a through table and
raw SQL, which no signal of Django's sees; two entries of one write would have to be told apart for ever by everybody
who reads. So the application does not record writes. What it knows and the row does not (who, in which request, doing
what) it says beforehand (``apps.audit.acting``), and the trigger writes it into the entry. An entry to which nobody
said anything shows just that: ``Entry.is_narrated`` is false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model
from django.http import HttpRequest

from apps.audit.errors import NoLogHere, TriggerWritesThis
from apps.audit.models import Entry
from apps.audit.vocabulary import WRITES, Action
from apps.tenants.walls import Walls, behind, connection, tenant_of

_INSISTED: Final = "_audit_insisted"


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry of the application says; who and when is added by the database."""

    action: Action
    object_type: str = ""
    object_pk: str = ""
    object_repr: str = ""
    details: Mapping[str, Any] | None = None
    narrative: str = ""


def record(
    action: Action,
    obj: Model | None = None,
    *,
    kind: str = "",
    details: Mapping[str, Any] | None = None,
    narrative: str = "",
) -> Entry:
    """Records what was done, in the log of the tenant whose schema this connection stands in. Gives the entry.

    ``kind`` is a kind of object as app_label.model, where it is about no single one. ``details`` is JSON and goes to
    auditors: ids and words of ours, no secrets, no content of recordings. It is part of the transaction. Raises
    :class:`TriggerWritesThis` for a write, :class:`NoLogHere` outside of a tenant.
    """
    return _write(_told(action, obj, details, narrative, kind))


def insist(
    request: HttpRequest,
    action: Action,
    obj: Model | None = None,
    *,
    details: Mapping[str, Any] | None = None,
    narrative: str = "",
) -> None:
    """Records what must stand in the log even if the request is rolled back, such as a sign-in that failed.

    It then takes the place of the general entry about the refusal.
    """
    told = _told(action, obj, details, narrative)
    _write(told)
    setattr(request, _INSISTED, [*insisted(request), told])


def insisted(request: HttpRequest) -> list[Told]:
    """What was insisted on in this request."""
    found: list[Told] = getattr(request, _INSISTED, [])
    return found


def forget_insisted(request: HttpRequest) -> None:
    """For when it is saved."""
    request.__dict__.pop(_INSISTED, None)


def record_again(told: Told) -> None:
    """Writes what a rollback took back."""
    _write(told)


def _told(action: Action, obj: Model | None, details: Mapping[str, Any] | None, narrative: str, kind: str = "") -> Told:
    if action in WRITES:
        raise TriggerWritesThis(action.label)
    if obj is None:
        return Told(action, kind, details=details, narrative=narrative)
    return Told(action, obj._meta.label_lower, str(obj.pk), str(obj)[:200], details, narrative)


def _write(told: Told) -> Entry:
    schema = connection().walls.schema
    tenant_id = tenant_of(schema)
    if tenant_id is None:
        raise NoLogHere
    # What happens at a tenant's host belongs into that tenant's log, also when nobody has proven who they are. This
    # needs the tenant's own name for one statement that reads nothing.
    with behind(Walls(schema, tenant_id)):
        entry: Entry = Entry.objects.create(
            action=told.action,
            object_type=told.object_type,
            object_pk=told.object_pk[:255],
            object_repr=told.object_repr,
            additional_data=None if told.details is None else dict(told.details),
            narrative=told.narrative[:200],
        )
    return entry
