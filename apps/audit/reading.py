"""Reading the log is an access to it: an entry for who reads it, once an hour, and not for each page that is turned."""

from __future__ import annotations

import datetime
from typing import Final

from django.utils import timezone

from apps.audit.acting import current
from apps.audit.models import Entry
from apps.audit.recording import record
from apps.audit.vocabulary import Action

THE_LOG: Final = "audit.entry"
AGAIN_AFTER: Final = datetime.timedelta(hours=1)


def note_reading() -> None:
    """Records that whoever acts reads the log, unless that stands there within the last hour: for them by this token,
    or by a browser. Says nothing of what they looked for. An export is an entry by itself, each."""
    acting = current()
    actor = None if acting is None else acting.actor
    if actor is None or actor.id is None:
        return
    since = timezone.now() - AGAIN_AFTER
    read = Entry.objects.filter(object_type=THE_LOG, object_pk="", timestamp__gte=since, action=Action.ACCESS)
    if not read.filter(actor_id=actor.id, actor_token=actor.token_id).exists():
        record(Action.ACCESS, kind=THE_LOG, narrative="Reads the audit log (noted once an hour)")
