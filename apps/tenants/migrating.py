"""Django's migrate, for one schema at a time."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate


class Command(migrate.Command):
    """Does not ask first whether the walls stand: they are put up again after each schema."""

    def check(self, *args: Any, **kwargs: Any) -> None:
        """Nothing; ``manage.py check --database default`` asks."""
