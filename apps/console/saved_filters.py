"""Filters of lists under a name of one's own: kept, shown as links, deleted. Nobody else's are ever seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict

from apps.access.objects import Id, one_for, own_id
from apps.access.permissions import Permission, may
from apps.accounts.models import User
from apps.audit.acting import narrating
from apps.console.models import SavedFilter
from apps.console.sites import ConsoleSite
from apps.vault.errors import VaultError

MOST: Final = 20
"""Saved filters of one person and list: more are no shortcut."""
LONGEST_QUERY: Final = 2000
_PLACES: Final = frozenset({"p", "e", "after", "csrfmiddlewaretoken"})
"""Where in a list somebody stood, which is no filter."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved filter as a link. ``query`` begins with a question mark; ``is_here``: the list shows just this."""

    id: object
    name: str
    query: str
    is_here: bool


def visible_to(request: HttpRequest) -> QuerySet[SavedFilter]:
    """One's own."""
    if not may(request, Permission.ACCOUNT_OWN):
        return SavedFilter.objects.none()
    return SavedFilter.objects.filter(user_id=own_id(request))


def saved_filter_for(request: HttpRequest, id: Id) -> SavedFilter:
    """One's own saved filter with this id. Raises Http404 for everybody else's as for none."""
    return one_for(request, visible_to(request), id, Permission.ACCOUNT_OWN)


def saved_here(request: HttpRequest, listing: str) -> list[Saved]:
    """Those of whoever asks for one list, the oldest first. One query."""
    here = plain_query(request.GET.urlencode())
    found = []
    for one in visible_to(request).filter(listing=listing).defer(None):
        try:
            name, query = str(one.name.reveal()), str(one.query.reveal())
        except VaultError:
            continue  # its key is disabled: there is a list without it
        found.append(Saved(one.pk, name, f"?{query}", query == here))
    return found


def plain_query(query: str) -> str:
    """A query without what is empty and without the place in the list, in one order, so that two can be compared."""
    asked = QueryDict(query.removeprefix("?"), mutable=True)
    kept = sorted((k, v) for k, values in asked.lists() for v in values if v and k not in _PLACES)
    plain = QueryDict(mutable=True)
    for name, value in kept:
        plain.appendlist(name, value)
    return plain.urlencode()


def save(user: User, listing: str, name: str, query: str) -> SavedFilter:
    """Keeps it. The same name again replaces what it stood for. Raises ValidationError with a sentence."""
    plain = plain_query(query)
    if not plain:
        raise ValidationError("The list is not filtered: choose a filter first, then save it.")
    if len(plain) > LONGEST_QUERY:
        raise ValidationError("This filter is too long to be saved. Search for fewer words.")
    with transaction.atomic(), narrating("Saves a filter of a list"):
        # Two of one person at once would both count one too few.
        User.objects.select_for_update().filter(pk=user.pk).first()
        own = list(SavedFilter.objects.filter(user=user, listing=listing).defer(None))
        same = next((one for one in own if one.name.reveal() == name), None)
        if same is not None:
            same.query = plain
            same.save(update_fields=["query"])
            return same
        if len(own) >= MOST:
            raise ValidationError(f"There are {MOST} saved filters of this list. Delete one first.")
        return SavedFilter.objects.create(user=user, listing=listing, name=name, query=plain)


def address_of(site: ConsoleSite, listing: str) -> str:
    """The address of a list by its key. Raises Http404 for what is no list of this site."""
    names = {f"{m._meta.app_label}_{m._meta.model_name}_changelist" for m in site._registry} | {"audit"}
    if listing not in names:
        raise Http404
    return site.address(listing)
