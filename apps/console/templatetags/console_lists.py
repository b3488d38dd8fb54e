"""Django's filters of a list, for our own templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

register = template.Library()


@register.filter
def choices_of(spec: Any, changelist: Any) -> Iterable[dict[str, Any]]:
    """The choices of a filter, with their addresses."""
    found: Iterable[dict[str, Any]] = spec.choices(changelist)
    return found
