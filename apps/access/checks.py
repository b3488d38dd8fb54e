"""``manage.py check``: each address says what it needs (at every start too), and which entries it leaves in the log."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error

from apps.access.endpoints import endpoints, where
from apps.access.trail import trail_of


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


def everything_leaves_a_trail(**_: Any) -> list[CheckMessage]:
    """An error for every address and method that does not say which entries it leaves, or why none."""
    return [
        Error(
            f"{method} {endpoint} ({endpoint.name}) does not say which entries of the log it leaves.",
            hint=f"Say it in the app's module trails: say({endpoint.name!r}, {method}=reads(...), writes(...) or "
            "nothing('because ...')).",
            id="access.E002",
        )
        for endpoint in endpoints()
        for method in endpoint.methods
        if trail_of(endpoint, method) is None
    ]
