"""Who writes the next spec of a tenant, by which client, under which limits: read once, when its generation begins."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings

from apps.inference import configuring, installation
from apps.inference.metered import Metered
from apps.inference.models import ModelCall
from specward.writing.models.addresses import AddressRefused
from specward.writing.models.client import Failure, ModelClient
from specward.writing.models.writers import Writer


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a tenant has chosen, and what comes of it here.

    ``asked`` is the tenant's writer; ``writer`` is who writes: the baseline, and ``fallback`` says why, where there is
    no key for the tenant's client. ``seconds`` is the limit for all calls of one spec together.
    """

    asked: Writer
    writer: Writer
    client: ModelClient | None
    shapes_only: bool
    seconds: float
    fallback: Failure | None = None


def writing_for_tenant(recording_id: uuid.UUID) -> Chosen:
    """For the spec of this recording, of the tenant behind whose walls this runs. Each question that is put to the
    client is a row (:class:`~apps.inference.models.ModelCall`)."""
    wanted = configuring.current()
    asked = Writer(wanted.writer)
    seconds = float(settings.MODEL_SECONDS)
    if asked is Writer.BASELINE:
        return Chosen(asked, asked, None, wanted.shapes_only, seconds)
    try:
        plain = installation.plain_client(wanted)
    except AddressRefused:
        plain = None
    if plain is None:
        return Chosen(asked, Writer.BASELINE, None, wanted.shapes_only, seconds, Failure.NOT_CONFIGURED)
    purpose = ModelCall.Purpose.REFINE if asked is Writer.REFINED else ModelCall.Purpose.AUTHOR
    return Chosen(asked, asked, Metered(plain, wanted, purpose, recording_id), wanted.shapes_only, seconds)
