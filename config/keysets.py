"""Where the platform's master keyset comes from."""

from __future__ import annotations

import os
from pathlib import Path

from apps.vault.master_keyset import MasterKeyset
from apps.vault.secret import Secret


def master_keyset(name: str, default: Path | None) -> MasterKeyset:
    """From the variable, or the file that ``NAME_FILE`` names; else from ``default``, which is made where it is not
    there yet. Read when it is first used; the setting holds nothing that could be shown."""
    text, file = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if text is None and file is None:
        return MasterKeyset(file=default, made_here=default is not None)
    return MasterKeyset(None if text is None else Secret(text), None if file is None else Path(file))
