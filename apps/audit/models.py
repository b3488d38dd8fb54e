"""The entries of a tenant's audit log, in its own schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Index, Model, QuerySet

from apps.audit import vocabulary
from apps.audit.errors import LogOnlyGrows
from apps.audit.exports.models import Export
from apps.audit.holds import Hold
from apps.audit.tree import Checkpoint, Head, Leaf, LogKey, LogSeed, Node
from apps.audit.vocabulary import ActorKind, Source

__all__ = [
    "Checkpoint", "DigestKey", "Entry", "EntryManager", "EntryQuerySet", "Export", "Head", "Hold", "Leaf", "LogKey",
    "LogSeed", "Node",
]  # fmt: skip


class EntryQuerySet(QuerySet["Entry"]):
    """Entries to read. What would change one is refused here already; the database refuses it in any case."""

    def update(self, **_: Any) -> NoReturn:
        raise LogOnlyGrows("an update")

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        raise LogOnlyGrows("an update")

    def update_or_create(self, *_: Any, **__: Any) -> NoReturn:
        raise LogOnlyGrows("an update")

    def delete(self) -> NoReturn:
        raise LogOnlyGrows("a deletion")

    def _raw_delete(self, using: str | None) -> NoReturn:
        raise LogOnlyGrows("a deletion")

    def select_for_update(self, *_: Any, **__: Any) -> NoReturn:
        raise LogOnlyGrows("a lock")

    def bulk_create(self, objs: Iterable[Entry], *args: Any, **kwargs: Any) -> list[Entry]:
        if kwargs.get("update_conflicts") or kwargs.get("ignore_conflicts"):
            raise LogOnlyGrows("an upsert")
        return super().bulk_create(objs, *args, **kwargs)


class EntryManager(LogEntryManager.from_queryset(EntryQuerySet)):  # type: ignore[misc]  # the library is not typed
    """django-auditlog's manager, whose narrative of writes is left out: the database's triggers have recorded them.

    What the library records beyond writes (an access, by its mixins and its signal) becomes an entry.
    """

    def log_create(self, instance: Model, force_log: bool = False, **kwargs: Any) -> None:
        from apps.audit.recording import record

        action = vocabulary.Action(kwargs["action"])
        if action not in vocabulary.WRITES:
            record(action, instance, details=kwargs.get("additional_data"))

    def log_m2m_changes(self, *_: Any, **__: Any) -> None:
        """Nothing: the rows of the table between are captured like all others."""

    def get_for_object(self, instance: Model) -> QuerySet[Entry]:
        return self.filter(object_type=instance._meta.label_lower, object_pk=str(instance.pk))

    def get_for_objects(self, queryset: QuerySet[Any]) -> QuerySet[Entry]:
        keys = [str(key) for key in queryset.values_list("pk", flat=True)]
        return self.filter(object_type=queryset.model._meta.label_lower, object_pk__in=keys)

    def get_for_model(self, model: type[Model]) -> QuerySet[Entry]:
        return self.filter(object_type=model._meta.label_lower)


class Entry(AbstractLogEntry):
    """One thing that happened, as it was known then.

    ``id``, ``timestamp``, ``transaction_id``, ``source``, ``database_role`` and everything about the actor and the
    request are assigned by the database (apps/audit/functions.py), whatever an INSERT says. ``id`` is not the position
    in the log: transactions commit in another order than they take ids. The position is its leaf's
    (apps/audit/tree.py), which the sequencer makes once the transaction has ended.

    ``content_type`` stays empty: its numbers differ between databases. ``object_type`` says it in words.
    """

    Action = vocabulary.Action

    id = models.BigAutoField(primary_key=True, editable=False)
    timestamp = models.DateTimeField(editable=False, help_text="When it was written, by the database's clock.")
    transaction_id = models.BigIntegerField(editable=False, help_text="Entries of one transaction share it.")
    action = models.PositiveSmallIntegerField(choices=vocabulary.Action)
    source = models.CharField(max_length=20, choices=Source, editable=False)
    narrative = models.CharField(max_length=200, blank=True, help_text="What the application said it was doing.")

    object_type = models.CharField(max_length=100, blank=True, help_text="app_label.model, or a table's name.")
    object_pk = models.CharField(max_length=255, blank=True)
    object_repr = models.CharField(max_length=200, blank=True)
    changes = models.JSONField(null=True, help_text='{"column": [before, after]}; a secret is {"digest": ...}.')
    additional_data = models.JSONField(null=True, help_text="What belongs to the action beside changes.")

    actor_kind = models.CharField(max_length=20, choices=ActorKind, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        editable=False,
    )
    actor_name = models.CharField(max_length=200, blank=True, editable=False)
    actor_email = models.CharField(max_length=254, blank=True, editable=False)
    actor_token = models.UUIDField(null=True, editable=False)
    database_role = models.CharField(max_length=63, editable=False)
    request_id = models.UUIDField(null=True, editable=False)
    client_request_id = models.CharField(max_length=200, blank=True, editable=False)
    remote_addr = models.GenericIPAddressField(null=True, editable=False)

    content_type = models.ForeignKey(
        ContentType, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+", editable=False
    )
    object_id = None
    serialized_data = None
    changes_text = None
    remote_port = None

    objects = EntryManager()

    class Meta:
        ordering: ClassVar = ["-timestamp", "-id"]
        verbose_name_plural = "entries"
        # Each ends with the order of reading, so that a page is a stretch of one index. All columns are leakproof to
        # compare: behind the wall another index would not be used.
        indexes: ClassVar = [
            Index(fields=["timestamp", "id"], name="audit_by_time"),
            Index(fields=["actor", "timestamp", "id"], name="audit_by_actor"),
            Index(fields=["action", "timestamp", "id"], name="audit_by_action"),
            Index(fields=["object_type", "object_pk", "timestamp", "id"], name="audit_by_object"),
            Index(fields=["object_type", "timestamp", "id"], name="audit_by_kind"),
            # Two that are frequent, and seldom together: by either index alone all of one would be read.
            Index(fields=["object_type", "action", "timestamp", "id"], name="audit_by_kind_and_action"),
            Index(
                fields=["actor_token", "action", "timestamp", "id"],
                name="audit_by_token_and_action",
                condition=models.Q(actor_token__isnull=False),
            ),
            Index(
                fields=["actor_token", "object_type", "timestamp", "id"],
                name="audit_by_token_and_kind",
                condition=models.Q(actor_token__isnull=False),
            ),
            Index(
                fields=["actor_token", "timestamp", "id"],
                name="audit_by_token",
                condition=models.Q(actor_token__isnull=False),
            ),
            Index(fields=["request_id"], name="audit_by_request", condition=models.Q(request_id__isnull=False)),
            # For the sequencer: what it asks is which transactions have ended since it last looked.
            Index(fields=["transaction_id"], name="audit_by_transaction"),
        ]

    def __str__(self) -> str:
        told = "" if self.is_narrated else " (no application narrative)"
        return f"{self.get_action_display()} {self.object_type} {self.object_repr or self.object_pk}".strip() + told

    @property
    def is_narrated(self) -> bool:
        """Whether the application said what it was doing. If not, the write came past its request, task or command."""
        return bool(self.narrative) or self.source == Source.APPLICATION

    @property
    def cid(self) -> str:
        """The request id, by the library's name."""
        return "" if self.request_id is None else str(self.request_id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LogOnlyGrows("an update")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise LogOnlyGrows("a deletion")


class DigestKey(models.Model):
    """The key of a tenant's digests: 32 bytes that the database made, and that no runtime role can read.

    With it the same secret has the same digest in all entries of the tenant, so that a change is seen; without it no
    short secret can be guessed from its digest.
    """

    key = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="one_digest_key")]

    def __str__(self) -> str:
        return "Key of the digests"
