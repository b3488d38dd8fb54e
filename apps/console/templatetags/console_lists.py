"""Django's filters and pages of a list, for our own templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django import template
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR, SEARCH_VAR

register = template.Library()
_TYPED: Final = frozenset({SEARCH_VAR, "since", "until"})
"""Filters that are fields of the form; all others are links, and kept as hidden fields."""


@register.filter
def choices_of(spec: Any, changelist: Any) -> Iterable[dict[str, Any]]:
    """The choices of a filter, with their addresses."""
    found: Iterable[dict[str, Any]] = spec.choices(changelist)
    return found


@register.filter
def kept_of(changelist: Any) -> Iterator[tuple[str, str]]:
    """What is chosen by a link, so that searching keeps it."""
    for name, value in changelist.params.items():
        if name not in _TYPED and name not in (PAGE_VAR, ERROR_FLAG):
            yield name, value


@register.filter
def filters_of(changelist: Any) -> str:
    """All that a list is filtered by, as the query of an address; empty where it shows everything."""
    query: str = changelist.get_query_string(remove=[PAGE_VAR, ERROR_FLAG])
    return "" if query == "?" else query


@dataclass(frozen=True, slots=True)
class Step:
    """A page of a list; without an address it is a gap between pages."""

    title: str
    address: str = ""
    is_here: bool = False


@register.filter
def steps_of(changelist: Any) -> Iterator[Step]:
    """The pages of a list, the far ones left out; each keeps search and filters."""
    for page in changelist.paginator.get_elided_page_range(changelist.page_num, on_each_side=2, on_ends=1):
        if not isinstance(page, int):
            yield Step(str(page))
        else:
            yield Step(str(page), changelist.get_query_string({PAGE_VAR: page}), page == changelist.page_num)
