"""The tree of a tenant's log, as rows: places of entries, hashes over them, its head, its signed heads, its keys.

Written by the sequencer (apps/audit/sequencing.py) and the signer (apps/audit/signing.py), and by nothing else. What is
in the tree is in docs/audit-log.md, byte by byte.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.vault.fields import SealedBytesField, SealedManager


class Leaf(models.Model):
    """An entry's place. ``index`` counts from 0, without a gap, in the order in which transactions ended.

    ``salt`` and the entry are gone once it was pruned; ``hash`` stays. ``form`` says how the entry is written where it
    is hashed (apps/audit/content.py). ``logged`` is when it got its place: it never goes down.
    """

    objects: ClassVar[models.Manager[Leaf]] = models.Manager()

    index = models.BigIntegerField(primary_key=True, editable=False)
    entry_id = models.BigIntegerField(unique=True, editable=False)
    form = models.PositiveSmallIntegerField(editable=False)
    hash = models.BinaryField(editable=False)
    salt = models.BinaryField(null=True, editable=False)
    logged = models.DateTimeField(editable=False)

    class Meta:
        ordering: ClassVar = ["index"]
        verbose_name_plural = "leaves"

    def __str__(self) -> str:
        return f"Entry {self.entry_id} at {self.index}"


class Node(models.Model):
    """The hash over a full tile: ``256 ** level`` leaves from ``index * 256 ** level`` on (c2sp.org/tlog-tiles).

    ``level`` is 1 at least: those of level 0 are the leaves.
    """

    objects: ClassVar[models.Manager[Node]] = models.Manager()

    level = models.PositiveSmallIntegerField(editable=False)
    index = models.BigIntegerField(editable=False)
    hash = models.BinaryField(editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["level", "index"], name="one_hash_for_a_tile"),
            models.CheckConstraint(condition=Q(level__gte=1), name="leaves_are_no_nodes"),
        ]

    def __str__(self) -> str:
        return f"Tile {self.level}/{self.index}"


class Head(models.Model):
    """How far the log goes, and what is needed to go on: one row.

    ``frontier`` is the compact range of all leaves, hash behind hash. ``settled`` is the ``pg_snapshot`` of which every
    transaction that it counts as ended has its entries in the tree; ``system`` names the cluster that counts so.
    ``waiting_since`` is since when something waits for a signature.
    """

    objects: ClassVar[models.Manager[Head]] = models.Manager()

    size = models.BigIntegerField(default=0, editable=False)
    frontier = models.BinaryField(default=b"", editable=False)
    logged = models.DateTimeField(null=True, editable=False)
    system = models.CharField(max_length=20, blank=True, editable=False)
    settled = models.TextField(default="1:1:", editable=False)
    waiting_since = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_head")]

    def __str__(self) -> str:
        return f"{self.size} entries"


class Checkpoint(models.Model):
    """A head of the tree, signed: c2sp.org/tlog-checkpoint. ``note`` is the whole of it; the rest is for asking.

    ``waited`` is the merge delay in milliseconds: how long the entry that waited longest had been committed when this
    was signed.
    """

    objects: ClassVar[models.Manager[Checkpoint]] = models.Manager()

    size = models.BigIntegerField(primary_key=True, editable=False)
    root = models.BinaryField(editable=False)
    note = models.TextField(editable=False)
    signed = models.DateTimeField(editable=False)
    entries = models.BigIntegerField(editable=False, help_text="How many it covers that the one before it does not.")
    waited = models.BigIntegerField(editable=False)

    class Meta:
        ordering: ClassVar = ["-size"]

    def __str__(self) -> str:
        return f"Checkpoint of {self.size}"


class LogKey(models.Model):
    """The public part of a key that signs the log. ``entry_id`` is the entry by which it took over; None: the first.

    Its seed stands in the platform's schema, under the platform's key: :class:`LogSeed`, with the same id.
    """

    objects: ClassVar[models.Manager[LogKey]] = models.Manager()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    vkey = models.CharField(max_length=400, unique=True, editable=False)
    entry_id = models.BigIntegerField(null=True, unique=True, editable=False)
    made = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        ordering: ClassVar = ["made"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(entry_id__isnull=True), name="one_first_key_of_the_log"
            )
        ]

    def __str__(self) -> str:
        return self.vkey


class LogSeed(models.Model):
    """The secret part: 32 bytes (RFC 8032), in the platform's schema and sealed under the platform's key.

    So a tenant's log goes on when the tenant has taken its own key back, and no backup of the tenant holds what would
    sign it.
    """

    id = models.UUIDField(primary_key=True, editable=False, default=uuid.uuid4)
    tenant_id = models.UUIDField(editable=False)
    seed = SealedBytesField()

    objects = SealedManager()

    class Meta:
        verbose_name = "seed of a log's key"
        verbose_name_plural = "seeds of logs' keys"

    def __str__(self) -> str:
        return f"Seed of {self.id}"
