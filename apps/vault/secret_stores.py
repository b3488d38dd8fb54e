"""What a secret store is to the apps: credentials by name, in versions, of which stages say which is used.

Two are meant: sealed rows (``sealed_rows``), and AWS Secrets Manager, whose names of stages these are. Both pass
``tests/apps/vault/test_secret_stores.py``.

A rotation: ``put(name, new, Stage.PENDING)``, try it, ``promote(name, version)``. The one before stays readable as
``PREVIOUS`` until the next; what came before that is gone.
"""

from __future__ import annotations

import datetime
import re
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from apps.vault.errors import NameRefused
from apps.vault.secret import Secret

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_+=.@-]{0,199}")


class Stage(StrEnum):
    """AWS Secrets Manager's staging labels. Each is on one version of a secret at most."""

    PENDING = "AWSPENDING"
    CURRENT = "AWSCURRENT"
    PREVIOUS = "AWSPREVIOUS"


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """A version, without its value."""

    id: uuid.UUID
    stage: Stage
    created: datetime.datetime


def checked_secret_name(name: str) -> str:
    """Raises :class:`~apps.vault.errors.NameRefused` for what is no name in both stores."""
    if not _NAME.fullmatch(name):
        raise NameRefused(
            "This is no name of a secret.", "Use up to 200 letters, digits and /_+=.@-, with a letter or digit first."
        )
    return name


class SecretStore(Protocol):
    """Whose secrets they are is decided by the walls.

    All but :meth:`put` raise :class:`~apps.vault.errors.NoSuchObject` where there is no such name, version or stage.
    """

    def put(self, name: str, value: Secret[bytes], stage: Stage = Stage.CURRENT) -> SecretVersion:
        """A new version. As CURRENT, the one before becomes PREVIOUS. As PENDING, raises
        :class:`~apps.vault.errors.SecretPending` where one waits already. Never as PREVIOUS (ValueError)."""
        ...

    def read(self, name: str, stage: Stage = Stage.CURRENT) -> Secret[bytes]:
        """The value of the version with that stage."""
        ...

    def versions(self, name: str) -> list[SecretVersion]:
        """All versions, newest first, without their values."""
        ...

    def promote(self, name: str, version: uuid.UUID) -> None:
        """Makes the PENDING version CURRENT, the current one PREVIOUS; the previous one is gone."""
        ...

    def abandon(self, name: str) -> None:
        """Takes the PENDING version away."""
        ...

    def delete(self, name: str) -> None:
        """Takes all versions away, for good."""
        ...
