"""A tenant's settings of models: what they are, and changing them. What does not go together is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from apps.audit.acting import narrating
from apps.inference.errors import SettingsRefused
from apps.inference.models import (
    AWS_REGION,
    GEOS,
    LONGEST_MODEL_ID,
    MODEL_ID,
    MOST_TOKENS_A_MONTH,
    Client,
    ModelSettings,
    Retention,
)
from specward.writing.models.writers import Writer

_MODELS: Final = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")
OFFERED: Final[Mapping[str, tuple[str, ...]]] = {
    Client.ANTHROPIC: _MODELS,
    Client.BEDROCK: tuple(f"anthropic.{model}" for model in _MODELS),
}
"""Models to choose from, by client; any other id may be written."""
_EMPTY: Final = "Leave it empty, or choose a client."
FIELDS: Final = ("writer", "client", "model", "region", "retention", "shapes_only", "monthly_tokens")


def current() -> ModelSettings:
    """The settings of the tenant behind whose walls this runs; the default ones (no model), unsaved, where nobody has
    changed any."""
    found = ModelSettings.objects.filter(id=1).first()
    return found or ModelSettings(id=1, monthly_tokens=settings.MODEL_MONTHLY_TOKENS)


def change(**wanted: Any) -> ModelSettings:
    """Changes what is given of :data:`FIELDS`. Raises :class:`SettingsRefused`, and nothing is changed.

    With the client *none* model and region go; a client that is new has its first offered model unless one is given.
    """
    if unknown := set(wanted) - set(FIELDS):
        raise TypeError(f"No settings of models: {', '.join(sorted(unknown))}.")
    with transaction.atomic(), narrating("The settings of models were changed"):
        first = ModelSettings(id=1, monthly_tokens=settings.MODEL_MONTHLY_TOKENS)
        if not ModelSettings.objects.filter(id=1).exists():
            ModelSettings.objects.bulk_create([first], ignore_conflicts=True)
        # Two who change them do so one after the other: each is held against what the other has left.
        changed = ModelSettings.objects.select_for_update().get(id=1)
        before = {name: getattr(changed, name) for name in FIELDS}
        for name, value in _completed(changed, wanted).items():
            setattr(changed, name, value)
        refuse(changed)
        fields = [name for name in FIELDS if getattr(changed, name) != before[name]]
        if fields:
            changed.save(update_fields=[*fields, "changed"])
    return changed


def _completed(before: ModelSettings, wanted: dict[str, Any]) -> dict[str, Any]:
    client = wanted.get("client", before.client)
    if client == Client.NONE:
        return {"model": "", "region": "", **wanted}
    if client != before.client:
        wanted = {"model": "", "region": "", **wanted}
    if client in OFFERED and not wanted.get("model", before.model):
        return {**wanted, "model": OFFERED[client][0]}
    return wanted


def refuse(wanted: ModelSettings) -> None:
    """Raises :class:`SettingsRefused` for what does not go together. The database refuses the same."""
    if wanted.writer not in {writer.value for writer in Writer}:
        raise SettingsRefused("writer", "There is no such writer.", "Choose baseline, refined or authored.")
    if wanted.client not in Client.values:
        raise SettingsRefused("client", "There is no such client.", "Choose none, anthropic or bedrock.")
    if wanted.retention not in Retention.values:
        raise SettingsRefused("retention", "There is no such retention.", "Choose standard or zero.")
    if wanted.writer != Writer.BASELINE.value and wanted.client == Client.NONE:
        way_out = "Choose anthropic or bedrock, or the baseline writer."
        raise SettingsRefused("client", "This writer needs a model.", way_out)
    _refuse_model(wanted)
    _refuse_region(wanted)
    tokens = wanted.monthly_tokens
    most = min(MOST_TOKENS_A_MONTH, settings.MODEL_MOST_MONTHLY_TOKENS)
    if type(tokens) is not int or not 0 <= tokens <= most:
        way_out = f"Write a whole number from 0 to {most}: the operator of this installation allows no more."
        raise SettingsRefused("monthly_tokens", "This is no number of tokens.", way_out)


def _refuse_model(wanted: ModelSettings) -> None:
    if wanted.client == Client.NONE:
        if wanted.model:
            raise SettingsRefused("model", "Without a client there is no model.", _EMPTY)
    elif len(wanted.model) > LONGEST_MODEL_ID or not re.fullmatch(MODEL_ID, wanted.model):
        raise SettingsRefused(
            "model",
            "This is no id of a model.",
            f"Write small letters, digits, dashes, dots and colons, {LONGEST_MODEL_ID} at most, such as "
            f"{OFFERED[wanted.client][0]}.",
        )


def _refuse_region(wanted: ModelSettings) -> None:
    if wanted.client == Client.NONE and wanted.region:
        raise SettingsRefused("region", "Without a client there is no region.", _EMPTY)
    if wanted.client == Client.ANTHROPIC and wanted.region not in ("", *GEOS):
        raise SettingsRefused("region", "Anthropic computes in us or global.", "Write one of them, or leave it empty.")
    if wanted.client == Client.BEDROCK and not re.fullmatch(AWS_REGION, wanted.region):
        raise SettingsRefused("region", "This is no region of AWS.", "Write one such as eu-central-1.")
