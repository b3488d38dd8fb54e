"""Controls of the life of recordings, what writes specs, the log, and the people."""

from __future__ import annotations

from typing import Final

from apps.compliance.controls import Control

CONTROLS: Final[tuple[Control, ...]] = ()
