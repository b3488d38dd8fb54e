"""The keys that sign a tenant's log: made with its first checkpoint, and changed by an entry that both keys sign.

A key's seed is sealed under the platform's key, in the platform's schema, whatever becomes of the tenant's own key.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.audit.errors import LogKeyMissing
from apps.audit.models import Entry
from apps.audit.recording import record
from apps.audit.tree import Leaf, LogKey, LogSeed
from apps.audit.vocabulary import Action
from apps.tenants.models import Domain
from apps.tenants.walls import PLATFORM_ID, Walls, behind, schema_of
from apps.vault.binding import tenant_here
from apps.vault.secret import Secret
from specward.tlog import SigningKey, VerifierKey

APART: Final = datetime.timedelta(hours=1)
"""Between two new keys of a log: each of them is in every bundle for ever, and those have a limit."""

MOST: Final = 4_900
"""Keys of a log: a bundle with more than 5,000 is refused (``specward.tlog.bundle``), and none can be taken back."""
_OF_PLATFORM: Final = Walls(schema_of(PLATFORM_ID), PLATFORM_ID)


@dataclass(frozen=True, slots=True)
class Reign:
    """A key, and the index of the entry by which it took over: 0 for the first, None while that has no place yet."""

    id: uuid.UUID
    key: VerifierKey
    since: int | None


def reigns() -> list[Reign]:
    """The keys of the log of the tenant whose walls stand, the first one first."""
    keys = list(LogKey.objects.all())
    entries = [key.entry_id for key in keys if key.entry_id is not None]
    places = dict(Leaf.objects.filter(entry_id__in=entries).values_list("entry_id", "index")) if entries else {}
    found = [
        Reign(key.id, VerifierKey.parse(key.vkey), 0 if key.entry_id is None else places.get(key.entry_id))
        for key in keys
    ]
    return sorted(found, key=lambda one: (one.since is None, one.since or 0))


def ensure_key() -> None:
    """Makes the first key where there is none. Raises what the key service raises."""
    if LogKey.objects.exists():
        return
    with transaction.atomic():
        _make(SigningKey.generate(_name()), None)


def ask_for_another() -> None:
    """Asks the sequencer for a new key, by an entry: it makes one within a second or so (:func:`rotate_if_asked`)."""
    record(Action.LOG_KEY, narrative="Asks for a new key of the log")


def rotate_if_asked() -> Reign | None:
    """Makes the new key that somebody has asked for since the last one was made. None where nobody has, or where there
    are as many as a bundle holds; or the last one is younger than :data:`APART`: then it is made later."""
    said = Entry.objects.filter(action=Action.LOG_KEY).order_by()
    told = said.filter(additional_data__isnull=False).aggregate(id=Max("id"))["id"] or 0
    if not said.filter(additional_data__isnull=True, id__gt=told).exists():
        return None
    if LogKey.objects.filter(entry_id__isnull=False, made__gt=timezone.now() - APART).exists():
        return None
    return rotate() if LogKey.objects.count() < MOST else None


def rotate() -> Reign:
    """A new key, which takes over with the entry that says so. Both sign the first checkpoint that covers it.

    For the sequencer alone. Raises what the key service raises.
    """
    ensure_key()
    with transaction.atomic():
        key = SigningKey.generate(reigns()[0].key.name)
        told = record(
            Action.LOG_KEY,
            details={"log_key": str(key.verifier)},
            narrative="A new key signs the log from here on",
        )
        made = _make(key, told.id)
    return Reign(made.id, key.verifier, None)


def signing_key(reign: Reign) -> SigningKey:
    """The key itself, of the tenant whose walls stand, by its seed and by its name: a row by which another tenant's key
    signs here is somebody's who wants that signature. Raises :class:`LogKeyMissing`, and what the key service raises.
    """
    tenant = tenant_here()
    if not reign.key.name.endswith(f"/log/{tenant}"):
        raise LogKeyMissing(str(reign.key))
    with behind(_OF_PLATFORM):
        seed = LogSeed.objects.filter(id=reign.id, tenant_id=tenant).first()
        opened: Secret[bytes] | None = None if seed is None else seed.seed
        key = None if opened is None else SigningKey(reign.key.name, opened.reveal())
    if key is None or key.verifier != reign.key:
        raise LogKeyMissing(str(reign.key))
    return key


def _name() -> str:
    """What the log is called for ever: by the host that the tenant had when its log began, and by its id."""
    tenant = tenant_here()
    host = Domain.objects.filter(tenant_id=tenant, is_primary=True).values_list("domain", flat=True).first()
    return f"{host or 'specward'}/log/{tenant}"


def _make(key: SigningKey, entry_id: int | None) -> LogKey:
    made = LogKey.objects.create(vkey=str(key.verifier), entry_id=entry_id)
    tenant = tenant_here()
    with behind(_OF_PLATFORM):
        LogSeed.objects.create(id=made.id, tenant_id=tenant, seed=Secret(key.seed))
    return made
