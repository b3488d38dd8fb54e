"""A sink, for the IDOR harness."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.utils import timezone

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.siem.models import Sink


def _sink(_: Mapping[str, str]) -> str:
    host = f"https://{uuid.uuid4().hex}.specimen.example"
    now = timezone.now()
    made = Sink.objects.create(
        url=f"{host}/collector", origin=host, format=Sink.Format.ARRAY, proof=Sink.Proof.NOTHING, batch_size=10,
        position=0, next_try=now, disabled=now, disabled_why=Sink.Disabled.ASKED,
    )  # fmt: skip
    return str(made.id)


register(Specimen("sink", _sink, Permission.SIEM_READ, Sink))
