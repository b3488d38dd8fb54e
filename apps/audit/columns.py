"""Which columns stand in the log as they are, which as digests, and which change too often to be entries.

An app says it of its own tables, by the attribute ``audited`` of its AppConfig::

    audited = {"accounts_token": Audited(named_by="name", shown={"token_hint": "its first characters, to tell it by"})}

What nobody has declared is decided by its name and type: a column named like a secret, and every column of bytes, is a
digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from django.apps import apps

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Audited:
    """What the log shows of a table's columns. Each mapping is column -> reason.

    ``named_by``: the column that tells a person which row it is; must not be a secret. ``secret``: digests, whatever
    the name. ``shown``: as they are, although named like a secret. ``churning``: an update of these alone is no entry.
    """

    named_by: str = ""
    secret: Mapping[str, str] = field(default_factory=lambda: _NONE)
    shown: Mapping[str, str] = field(default_factory=lambda: _NONE)
    churning: Mapping[str, str] = field(default_factory=lambda: _NONE)

    def __post_init__(self) -> None:
        for which in (self.secret, self.shown, self.churning):
            if not all(which.values()):
                raise ValueError("Each of these columns needs the reason why it is one.")
        if set(self.secret) & set(self.shown):
            raise ValueError("A column is shown or secret, not both.")


_SECRET_ANYWHERE: Final = re.compile(r"passw|passphrase|secret|token|credential|cookie|api_?key|private|cipher|sealed")
_SECRET_WORD: Final = re.compile(
    r"(^|_)(pw|pwd|pin|otp|totp|mfa|hash|digest|hmac|mac|salt|pepper|nonce|key|keys|keyset|session|jwt|bearer|signature|"
    r"seed|code|codes|ciphertext|iban|card|ssn)(_|$)"
)


def is_named_like_a_secret(column: str) -> bool:
    """Whether a column is to be a digest when nobody has said what it holds."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column).lower()
    return bool(_SECRET_ANYWHERE.search(name) or _SECRET_WORD.search(name))


def secrets_among(columns: Mapping[str, str], audited: Audited, keys: frozenset[str]) -> Iterator[str]:
    """The columns that are shown as digests. ``columns`` is name -> type as PostgreSQL names it; a primary key is the
    name of the row, and never a secret."""
    for name, kind in columns.items():
        if name in audited.shown or (name in keys and name not in audited.secret):
            continue
        if name in audited.secret or kind == "bytea" or is_named_like_a_secret(name):
            yield name


UNDECLARED: Final = Audited()

NOT_CAPTURED: Final[Mapping[str, str]] = {
    "audit_entry": "the log itself, which only grows",
    "audit_digestkey": "made once for a tenant and never changed; its value must not reach the log",
    "audit_leaf": "the places of entries: the log itself",
    "audit_node": "hashes over those",
    "audit_head": "how far the log's tree goes",
    "audit_checkpoint": "its signed heads, each of which can be verified by itself",
    "webhooks_attempt": "itself a record of what was done, of which nothing is changed",
    "compliance_run": "each is an entry of its own, with its digest",
    "compliance_change": "the state that changed is an entry",
    "compliance_day": "sums of runs, for pictures",
    "django_migrations": "which code made the schema; no runtime role reads or writes it",
    "api_idempotentanswer": "what was answered, a day long; what the request did is an entry where it was done",
}
"""Tables of a tenant's schema without capture, each with its reason."""


def declared() -> Mapping[str, Audited]:
    """What the apps say of their tables, by table."""
    found: dict[str, Audited] = {}
    for config in apps.get_app_configs():
        found.update(getattr(config, "audited", {}))
    return found


def object_types() -> Mapping[str, str]:
    """``app_label.model`` by table, through tables included."""
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model._meta.label_lower for model in models if not model._meta.proxy}
