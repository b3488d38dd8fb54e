"""What stands in Acme for the pages to show."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE


@pytest.fixture
def ids(alice: User, bob: User) -> dict[str, str]:
    """Ids of Acme's objects, by the names in the addresses of ``pages``."""
    with behind(walls_of(ALICE)):
        soon = timezone.now() + datetime.timedelta(days=9)
        made = tokens.make(alice, "CI of the shop", ["users.read"], soon, grantable=frozenset({"users.read"}))
        entry = Entry.objects.filter(object_type="accounts.token").latest("id")
        return {"bob": str(bob.pk), "token": str(made.token.pk), "entry": str(entry.pk)}
