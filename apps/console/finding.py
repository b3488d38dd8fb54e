"""Finding a page or an object by a few words: for the command palette, and for its page without scripts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.http import HttpRequest

from apps.access.objects import tokens_visible_to, users_visible_to
from apps.access.permissions import Permission, may
from apps.audit.models import Entry
from apps.console.navigation import links
from apps.console.sites import ConsoleSite
from apps.inference.access import calls_visible_to
from apps.recordings.access import recordings_visible_to
from apps.recordings.models import Recording
from apps.recordings.naming import LOOKED_THROUGH, label_of, name_of
from apps.specs.access import specs_visible_to
from apps.specs.titles import opened_titles
from apps.tenants.models import Tenant

MOST: Final = 5
"""Objects of a kind that are shown."""
LONGEST: Final = 100
P = Permission


@dataclass(frozen=True, slots=True)
class Hit:
    """Something to go to. ``detail`` tells two of the same title apart."""

    title: str
    address: str
    group: str
    detail: str = ""


def pages(request: HttpRequest, site: ConsoleSite, words: str = "") -> list[Hit]:
    """The pages that whoever asks may open, whose titles hold all of the words."""
    wanted = words.casefold().split()
    found = [Hit(link.title, link.address, link.group) for link in links(request, site.pages, site.name)]
    return [hit for hit in found if all(word in f"{hit.title} {hit.group}".casefold() for word in wanted)]


def objects(request: HttpRequest, site: ConsoleSite, words: str) -> list[Hit]:
    """The objects that whoever asks may see, by name or by the beginning of an id; a few of each kind."""
    words = words.strip()[:LONGEST]
    return [hit for find in _FINDERS for hit in find(request, site, words)] if len(words) > 1 else []


def _people(request: HttpRequest, site: ConsoleSite, words: str) -> Iterator[Hit]:
    if not may(request, P.USERS_READ) or not site.has_page("accounts_user_change"):
        return
    known = _each_in(words, "name", "email") | _id(words)
    for user in users_visible_to(request).filter(known).order_by("name", "id")[:MOST]:
        yield Hit(user.name, site.address("accounts_user_change", user.pk), "Person", user.email)


def _tokens(request: HttpRequest, site: ConsoleSite, words: str) -> Iterator[Hit]:
    if not may(request, P.TOKENS_READ) and not may(request, P.TOKENS_OWN):
        return
    page = "accounts_token_change" if may(request, P.TOKENS_READ) else "account_token"
    known = _each_in(words, "name", "prefix") | _id(words)
    for token in tokens_visible_to(request).filter(known).order_by("name", "id")[:MOST]:
        yield Hit(token.name, site.address(page, token.pk), "Access token", token.user.name)


def _recordings(request: HttpRequest, site: ConsoleSite, words: str) -> Iterator[Hit]:
    if not may(request, P.RECORDINGS_READ) or not site.has_page("recordings_recording_change"):
        return
    visible = recordings_visible_to(request).order_by("-created", "-id").defer(None)
    found: dict[uuid.UUID, Recording] = {}
    between = _between(words)
    if between is not None:
        by_digest = Q(digest__startswith=words.lower()) if len(words) > 7 else Q()
        found = {one.pk: one for one in visible.filter(Q(id__range=between) | by_digest)[:MOST]}
    wanted = words.casefold().split()
    for one in visible.filter(name__isnull=False)[:LOOKED_THROUGH]:
        if len(found) >= MOST:
            break
        if all(word in name_of(one).casefold() for word in wanted):
            found[one.pk] = one
    for one in found.values():
        detail = f"{one.get_state_display()}, {str(one.pk)[:8]}"
        yield Hit(label_of(one), site.address("recordings_recording_change", one.pk), "Recording", detail)


def _specs(request: HttpRequest, site: ConsoleSite, words: str) -> Iterator[Hit]:
    if not may(request, P.SPECS_READ) or not site.has_page("specs_spec_change"):
        return
    wanted, found = words.casefold().split(), 0
    for one, title in opened_titles(specs_visible_to(request)):
        if all(word in title.casefold() for word in wanted) or str(one.pk).startswith(words.lower()):
            yield Hit(title, site.address("specs_spec_change", one.pk), "Spec", str(one.pk)[:8])
            found += 1
            if found == MOST:
                return


def _calls(request: HttpRequest, site: ConsoleSite, words: str) -> Iterator[Hit]:
    between = _between(words)
    if between is None or not site.has_page("inference_modelcall_change"):
        return
    for one in calls_visible_to(request).filter(id__range=between).order_by("id")[:MOST]:
        short = f"Call {str(one.pk)[:8]}"
        yield Hit(short, site.address("inference_modelcall_change", one.pk), "Model", f"{one.purpose}, {one.model}")


def _customers(request: HttpRequest, site: ConsoleSite, words: str) -> Iterator[Hit]:
    if not may(request, P.PLATFORM_TENANTS_READ) or not site.has_page("tenants_tenant_change"):
        return
    known = _each_in(words, "name") | Q(domains__domain__icontains=words)
    for tenant in Tenant.objects.filter(known).distinct().order_by("name", "id")[:MOST]:
        yield Hit(tenant.name, site.address("tenants_tenant_change", tenant.pk), "Tenant", tenant.get_state_display())


def _entries(request: HttpRequest, site: ConsoleSite, words: str) -> Iterator[Hit]:
    number = words.removeprefix("#")
    if not may(request, P.AUDIT_READ) or not (number.isascii() and number.isdecimal()) or len(number) > 18:
        return
    if Entry.objects.filter(id=int(number)).order_by().exists():
        yield Hit(f"Entry {int(number)}", site.address("audit_entry", int(number)), "Audit log")


_FINDERS: Final[tuple[Callable[[HttpRequest, ConsoleSite, str], Iterator[Hit]], ...]] = (
    _recordings, _specs, _people, _tokens, _calls, _customers, _entries,
)  # fmt: skip


def _each_in(words: str, *columns: str) -> Q:
    """Every word in one of the columns, in any case."""
    found = Q()
    for word in words.split():
        one = Q()
        for column in columns:
            one |= Q(**{f"{column}__icontains": word})
        found &= one
    return found


def _id(words: str) -> Q:
    between = _between(words)
    return Q(id__range=between) if between is not None else Q(pk__in=[])


def _between(words: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The ids that begin like this, as a range that an index serves; None where it is the beginning of none.

    Four digits at least: fewer begin too many.
    """
    digits = words.lower().replace("-", "")
    if not 4 <= len(digits) <= 32 or not all(c in "0123456789abcdef" for c in digits):
        return None
    return uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))
