"""For the IDOR harness: a recording that failed, which the most can be done with, and somebody's upload."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping

from django.utils import timezone

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.recordings.models import Recording, State, Upload


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


def _upload(_: Mapping[str, str]) -> str:
    expires = timezone.now() + datetime.timedelta(days=1)
    return str(Upload.objects.create(name="specimen.json", size=1, by_id=uuid.uuid4(), expires=expires).id)


register(Specimen("upload", _upload, Permission.RECORDINGS_UPLOAD, Upload))
register(Specimen("recording", _recording, Permission.RECORDINGS_READ, Recording))
