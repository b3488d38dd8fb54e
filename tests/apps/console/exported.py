"""Exports of the log as rows, without a worker having been at them."""

from __future__ import annotations

import datetime
from hashlib import sha256
from typing import Any

from django.utils import timezone

from apps.audit.exports.models import Export, Format, State


def an_export(state: State = State.READY, format: Format = Format.JSONL, **given: Any) -> Export:
    """One of no entries, behind the walls that stand."""
    now = timezone.now()
    ready = {"digest": sha256().hexdigest(), "ended": now, "expires": now + datetime.timedelta(days=7)}
    whole = {"size": 0, "by_kind": "user", "by_name": "Cora", "next_look": now + datetime.timedelta(days=1), **given}
    return Export.objects.create(state=state, format=format, **(ready if state == State.READY else {}), **whole)
