"""What the platform's staff did in a tenant, as its own log tells: for whoever looks."""

from __future__ import annotations

import datetime

from django.db.models import QuerySet
from django.utils import timezone

from apps.audit.models import Entry
from apps.audit.vocabulary import Action, ActorKind


def entries_of_staff(within: datetime.timedelta) -> QuerySet[Entry]:
    """What staff did, newest first, within a time from now. That the tenant as a whole was suspended, resumed or closed
    is theirs to do, and is left out."""
    theirs = Entry.objects.filter(actor_kind=ActorKind.STAFF, timestamp__gte=timezone.now() - within)
    return theirs.exclude(action=Action.STATE_CHANGE).order_by("-timestamp", "-id")


def operations(within: datetime.timedelta) -> QuerySet[Entry]:
    """The commands that an operator ran on the tenant, newest first, within a time from now."""
    since = timezone.now() - within
    return Entry.objects.filter(action=Action.OPERATION, timestamp__gte=since).order_by("-timestamp", "-id")
