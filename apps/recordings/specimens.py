"""A recording, for the IDOR harness: one that failed, which the most can be done with."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping

from django.utils import timezone

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.recordings.models import Recording, State


def _recording(_: Mapping[str, str]) -> str:
    tag = uuid.uuid4().hex
    recording = Recording.objects.create(
        name=f"specimen-{tag}.json",
        keep_days=30,
        next_look=timezone.now() + datetime.timedelta(days=1),
        discard_after=timezone.now() + datetime.timedelta(days=30),
        uploaded_by_kind="nobody",
    )
    for columns in (
        {"state": State.RECEIVED, "digest": tag * 2, "size": 1},
        {"state": State.GENERATING},
        {"state": State.FAILED, "reason": "recording.unreadable"},
    ):
        # Its life as the database wants it, without the queue that a receipt would ask.
        Recording.objects.filter(id=recording.id).update(**columns)
    return str(recording.id)


register(Specimen("recording", _recording, Permission.RECORDINGS_READ, Recording))
