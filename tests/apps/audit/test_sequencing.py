"""Entries get their places: gap-free, in the order in which transactions ended, each once."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from apps.audit import placed
from apps.audit.errors import EntriesNotSettled
from apps.audit.models import Checkpoint, Entry, Leaf
from apps.audit.placing import has_work, place
from apps.audit.sequencing import sequence
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from specward.tlog import VerifierKey, open_checkpoint
from tests.apps.audit.fleet import Ship
from tests.apps.conftest import tenant
from tests.cast import ACME

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Tenant:
    return tenant(ACME)


def test_everything_that_was_committed_gets_a_place_and_a_signature(acme: Tenant) -> None:
    with within(acme):
        done = sequence()
        entries = Entry.objects.count()
        # The log's own key became an entry meanwhile.
        sequence()
        assert done.placed.entries == entries - 1
        assert list(Leaf.objects.values_list("index", flat=True)) == list(range(entries))
        newest = Checkpoint.objects.first()
        assert newest is not None
        key = VerifierKey.parse(placed_key())
        assert open_checkpoint(newest.note.encode(), [key]).size == entries == newest.size
        assert all(isinstance(one, placed.Placed) and one.is_as_logged for one in placed.read(0, entries - 1))


def placed_key() -> str:
    from apps.audit.models import LogKey

    return LogKey.objects.get().vkey
