"""A worker that asks a model and is killed while it waits: ``python -m tests.apps.inference.dying``."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

if __name__ == "__main__":
    import django

    django.setup()
    from apps.tenants.walls import Walls, behind, schema_of
    from tests.apps.inference.conftest import PROMPT, client_of_acme
    from tests.cast import ACME

    with behind(Walls(schema_of(ACME.id), ACME.id)):
        client_of_acme().ask(PROMPT, seconds=60)
