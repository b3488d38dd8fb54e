"""``manage.py check``, and every start: each address says what it needs."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error

from apps.access.endpoints import endpoints, where


def everything_is_declared(**_: Any) -> list[CheckMessage]:
    """An error for every view, viewset's action and admin page that does not say what it needs."""
    return [
        Error(
            f"{endpoint}: {missing} ({where(endpoint)}) does not say what it needs.",
            hint='Use @needs(Permission...), `permissions = {...}`, or @public("because ...").',
            id="access.E001",
        )
        for endpoint in endpoints()
        for missing in endpoint.undeclared
    ]
