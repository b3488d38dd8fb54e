"""Controls of isolation, encryption, access and what we are built of."""

from __future__ import annotations

from typing import Final

from apps.compliance.controls import Control

CONTROLS: Final[tuple[Control, ...]] = ()
