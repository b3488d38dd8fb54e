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

    ``asked`` is the tenant's writer; there is no ``client`` where that asks nobody, or this installation has no key for
    it. ``seconds`` is the limit for all calls of one spec together.
    """

    asked: Writer
    client: ModelClient | None
    shapes_only: bool
    seconds: float

    @property
    def writer(self) -> Writer:
        """Who writes."""
        return self.asked if self.client is not None else Writer.BASELINE

    @property
    def fallback(self) -> Failure | None:
        """Why it is not who was asked."""
        return None if self.writer is self.asked else Failure.NOT_CONFIGURED


def writing_for_tenant(recording_id: uuid.UUID) -> Chosen:
    """For the spec of this recording, of the tenant behind whose walls this runs. Each question that is put to the
    client is a row (:class:`~apps.inference.models.ModelCall`)."""
    wanted = configuring.current()
    asked = Writer(wanted.writer)
    seconds = float(settings.MODEL_SECONDS)
    if asked is Writer.BASELINE:
        return Chosen(asked, None, wanted.shapes_only, seconds)
    try:
        plain = installation.plain_client(wanted)
    except AddressRefused:
        plain = None
    if plain is None:
        return Chosen(asked, None, wanted.shapes_only, seconds)
    purpose = ModelCall.Purpose.REFINE if asked is Writer.REFINED else ModelCall.Purpose.AUTHOR
    return Chosen(asked, Metered(plain, wanted, purpose, recording_id), wanted.shapes_only, seconds)
