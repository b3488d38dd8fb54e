"""Logs of the tests that commit: writers beside the sequencer, and what a log holds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from apps.audit import placed
from apps.audit.log_keys import reigns
from apps.audit.models import Checkpoint, Entry, Leaf
from apps.audit.tiles import hashes_over, root_of
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from specward.tlog import CompactRange, VerifierKey, open_checkpoint, verify_consistency
from specward.tlog.proofs import consistency_proof
from tests.apps.audit.conftest import as_role


def ship(writer: psycopg.Connection, name: str) -> None:
    """One row, and so one entry, by somebody with a connection of their own."""
    writer.execute(
        "INSERT INTO audit_ship (name, bearing, api_key, story) VALUES (%s, 0, '', '')", [name], prepare=False
    )


@contextmanager
def at_work(tenant: Tenant, count: int = 1) -> Iterator[list[psycopg.Connection]]:
    """Writers as the app role, each within a transaction of its own once it has begun one."""
    writers = [as_role(Role.APP, tenant) for _ in range(count)]
    try:
        yield writers
    finally:
        for writer in writers:
            writer.close()


def names_in_order() -> list[str]:
    """What the entries are about, in the order of the log."""
    ids = list(Leaf.objects.order_by("index").values_list("entry_id", flat=True))
    names = dict(Entry.objects.filter(object_type="audit.ship").values_list("id", "object_repr"))
    return [names[id] for id in ids if id in names]


def keys() -> list[VerifierKey]:
    return [reign.key for reign in reigns()]


def assert_whole() -> int:
    """Every entry has one place, without a gap, as it was hashed; each checkpoint is the beginning of the next, signed,
    and the tiles agree with it. Gives the size."""
    indices = list(Leaf.objects.order_by("index").values_list("index", flat=True))
    assert indices == list(range(len(indices)))
    assert set(Leaf.objects.values_list("entry_id", flat=True)) == set(Entry.objects.values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_leaf a JOIN audit_leaf b ON b.index = a.index + 1 WHERE b.logged < a.logged"
        )
        assert cursor.fetchone() == (0,)
    leaves = CompactRange()
    for place in placed.read(0, len(indices) - 1):
        assert isinstance(place, placed.Placed)
        assert place.is_as_logged
        leaves.append(place.hash)
    checkpoints = list(Checkpoint.objects.order_by("size"))
    assert checkpoints[-1].size == len(indices)
    assert bytes(checkpoints[-1].root) == leaves.root() == root_of(len(indices))
    known = keys()
    for one in checkpoints:
        assert open_checkpoint(one.note.encode(), known).size == one.size
    for first, second in itertools.pairwise(checkpoints):
        path = consistency_proof(first.size, second.size, hashes_over(second.size))
        verify_consistency(first.size, second.size, path, bytes(first.root), bytes(second.root))
    return len(indices)
