"""Columns that are sealed in the database and secrets in Python.

::

    class Sheet(models.Model):
        id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
        steps = SealedJSONField()
        objects = SealedManager()

    sheet = Sheet.objects.create(steps={"...": 1})    # sealed as it is written
    sheet.steps                                       # Secret(hidden)
    sheet.steps.reveal()                              # opened, as the row's tenant
    Sheet.objects.with_sealed()                       # loads it with the rows; by itself it is loaded when asked for

A ciphertext is bound to its row: the tenant whose walls stand, ``app.model.field`` (or ``sealed_as``, to keep what is
sealed through a renaming), and the primary key, a UUID that is there before the row is. NULL is NULL: that there is
none can be seen, and so can the length.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, TypeVar

from django.core import checks
from django.db import models
from django.db.models.lookups import IsNull
from django.db.models.query_utils import DeferredAttribute

from apps.vault import configured
from apps.vault.binding import Binding, tenant_here
from apps.vault.errors import DoesNotOpen, SealedByRow
from apps.vault.sealed import Sealed
from apps.vault.sealing import open_for, seal_for
from apps.vault.secret import Secret, hidden

T = TypeVar("T")
M = TypeVar("M", bound=models.Model)

if TYPE_CHECKING:

    class _Field(models.Field[Any, Any], Generic[T]): ...
else:

    class _Field(models.Field):
        def __class_getitem__(cls, item):
            return cls


class _ForRow:
    """A ciphertext on its way into the row that it was sealed for. Nothing but ``pre_save`` makes one."""

    __slots__ = ("sealed",)

    def __init__(self, sealed: Sealed) -> None:
        self.sealed = sealed


class _FromRow(Secret[T]):
    """What a row holds, opened when it is revealed."""

    __slots__ = ("sealed",)

    def __init__(self, field: SealedField[T], row: models.Model, sealed: Sealed) -> None:
        self._reveal = lambda: field.open(row, sealed)
        self.sealed = sealed


class _Attribute(DeferredAttribute):
    """In the row's ``__dict__`` stands a ciphertext, or the secret that will be sealed, or None."""

    field: SealedField[Any]

    def __get__(self, row: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if row is None:
            return self
        held = row.__dict__.get(self.field.attname, self)
        if held is self:
            held = super().__get__(row, cls)
        return _FromRow(self.field, row, held) if isinstance(held, Sealed) else held

    def __set__(self, row: models.Model, value: Any) -> None:
        if isinstance(value, _FromRow) and self.field.is_of(row, value.sealed):
            value = value.sealed  # the same row, loaded again
        elif value is not None and not isinstance(value, Sealed):
            value = hidden(value)
        row.__dict__[self.field.attname] = value


class SealedField(_Field[T]):
    """The base of the three. ``sealed_as``: the kind in the associated data, where it is not the field's own name."""

    descriptor_class = _Attribute
    empty_strings_allowed = False

    def __init__(self, *args: Any, sealed_as: str = "", **kwargs: Any) -> None:
        self.sealed_as = sealed_as
        kwargs["editable"] = False
        for option in ("primary_key", "unique", "db_index", "choices", "db_default"):
            if kwargs.get(option):
                raise SealedByRow(
                    f"A sealed field has no {option}: each row has a ciphertext of its own.",
                    "Put a digest under a key, or a plain name, into a column beside it.",
                )
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        if self.sealed_as:
            kwargs["sealed_as"] = self.sealed_as
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    # ---- the row ------------------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        """What it is, in the associated data."""
        return self.sealed_as or f"{self.model._meta.label_lower}.{self.name}"

    def binding(self, row: models.Model) -> Binding:
        """What a row's ciphertext is bound to. Raises :class:`SealedByRow` for a row without a UUID."""
        key = row._meta.pk.to_python(row.pk)
        if not isinstance(key, uuid.UUID):
            raise SealedByRow(
                f"{self.kind} is sealed for the primary key of its row, and this one has none yet.",
                "Let it be a UUIDField with default=uuid.uuid4.",
            )
        return Binding(tenant_here(), self.kind, str(key))

    def is_of(self, row: models.Model, sealed: Sealed) -> bool:
        """Whether a ciphertext says that it was sealed for this row; False while that has no key yet."""
        return row.__dict__.get(row._meta.pk.attname) is not None and sealed.header.is_for(self.binding(row))

    def open(self, row: models.Model, sealed: Sealed) -> T:
        """The content. Raises :class:`~apps.vault.errors.DoesNotOpen`, and what the key service raises."""
        return self.decoded(open_for(self.binding(row), sealed, configured.data_keys()))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        held = model_instance.__dict__.get(self.attname)
        if held is None:
            return None
        binding = self.binding(model_instance)
        if isinstance(held, Sealed):
            if not held.header.is_for(binding):
                raise DoesNotOpen(
                    f"The {self.kind} of this row was sealed for another one.",
                    "Assign what reveal() gives, so that it is sealed for this row.",
                )
            return _ForRow(held)
        sealed = seal_for(binding, self.encoded(held), configured.data_keys())
        model_instance.__dict__[self.attname] = sealed
        return _ForRow(sealed)

    def encoded(self, value: Secret[T]) -> Secret[bytes]:
        """The content as bytes. Raises TypeError for what it cannot be, which quotes nothing."""
        raise NotImplementedError

    def decoded(self, content: Secret[bytes]) -> T:
        raise NotImplementedError

    # ---- the database ---------------------------------------------------------------------------------------------

    def from_db_value(self, value: bytes | None, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if value is None or isinstance(value, _ForRow):
            return None if value is None else connection.Database.Binary(value.sealed.to_bytes())
        raise self._refused("is set by the row that it belongs to", "Load the row, assign, and save it.")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> NoReturn:
        raise self._refused("is not asked for by value", "Ask for the row by what is not sealed.")

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return IsNull
        raise self._refused("is not asked for by value", "Ask for the row by what is not sealed; __isnull is possible.")

    def get_transform(self, lookup_name: str) -> NoReturn:
        raise self._refused("is not asked for by value", "Ask for the row by what is not sealed.")

    def value_to_string(self, obj: models.Model) -> NoReturn:
        raise self._refused("is not written out", "Reveal it where it is used.")

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        return None

    def _refused(self, why: str, way_out: str) -> SealedByRow:
        return SealedByRow(f"{self.kind} {why}: each row has a ciphertext of its own.", way_out)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_row(), *self._check_managers()]

    def _check_row(self) -> Iterable[checks.CheckMessage]:
        pk = self.model._meta.pk
        if not isinstance(pk, models.UUIDField) or not pk.has_default():
            yield checks.Error(
                "The primary key of a row with sealed fields must be there before the row is.",
                hint="Let it be a UUIDField with default=uuid.uuid4.",
                obj=self,
                id="vault.E001",
            )

    def _check_managers(self) -> Iterable[checks.CheckMessage]:
        for manager in self.model._meta.managers:
            if not issubclass(getattr(manager, "_queryset_class", models.QuerySet), SealedQuerySet):
                yield checks.Error(
                    f"The manager {manager.name} would set or load sealed columns past their rows.",
                    hint="Let it be a SealedManager, or one made from a SealedQuerySet.",
                    obj=self,
                    id="vault.E002",
                )


class SealedBytesField(SealedField[bytes]):
    """Bytes."""

    def encoded(self, value: Secret[bytes]) -> Secret[bytes]:
        if not isinstance(value.reveal(), bytes):
            raise TypeError(f"{self.kind} holds bytes.")
        return value

    def decoded(self, content: Secret[bytes]) -> bytes:
        return content.reveal()


class SealedTextField(SealedField[str]):
    """Text, as UTF-8."""

    def encoded(self, value: Secret[str]) -> Secret[bytes]:
        if not isinstance(value.reveal(), str):
            raise TypeError(f"{self.kind} holds text.")
        return Secret(value.reveal().encode("utf-8", "surrogatepass"))

    def decoded(self, content: Secret[bytes]) -> str:
        return content.reveal().decode("utf-8", "surrogatepass")


class SealedJSONField(SealedField[Any]):
    """What JSON can hold. What ``reveal()`` gives is a new value each time: assign it again after changing it."""

    def encoded(self, value: Secret[Any]) -> Secret[bytes]:
        try:
            return Secret(json.dumps(value.reveal(), separators=(",", ":"), allow_nan=False).encode("ascii"))
        except (TypeError, ValueError, RecursionError):
            pass  # their messages and frames quote the value
        raise TypeError(f"{self.kind} holds what JSON can hold.")

    def decoded(self, content: Secret[bytes]) -> Any:
        return json.loads(content.reveal())


def sealed_fields(model: type[models.Model]) -> list[SealedField[Any]]:
    """The sealed fields of a model."""
    return [field for field in model._meta.concrete_fields if isinstance(field, SealedField)]


_SET_BY_ROW: Final = "Load the rows, assign, and save each."


class SealedQuerySet(models.QuerySet[M]):
    """Refuses what would set a sealed column past its row."""

    def with_sealed(self) -> SealedQuerySet[M]:
        """Loads the sealed columns with the rows, instead of each when it is asked for."""
        return self.defer(None)

    def update(self, **kwargs: Any) -> int:
        self._refuse(kwargs, "an update of the table")
        return super().update(**kwargs)

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> int:
        self._refuse(fields := list(fields), "an update of many rows")
        return super().bulk_update(objs, fields, batch_size)

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        self._refuse(kwargs.get("update_fields") or (), "an upsert, which keeps another row's key")
        return super().bulk_create(objs, *args, **kwargs)

    def _refuse(self, names: Iterable[str] | Mapping[str, Any], what: str) -> None:
        sealed = {name for field in sealed_fields(self.model) for name in (field.name, field.attname)}
        if found := sorted(sealed.intersection(names)):
            raise SealedByRow(f"{', '.join(found)} is not set by {what}.", _SET_BY_ROW)


class SealedManager(models.Manager[M]):
    """Loads a sealed column when it is asked for, and not with every list."""

    _queryset_class = SealedQuerySet

    def get_queryset(self) -> SealedQuerySet[M]:
        names = [field.name for field in sealed_fields(self.model)]
        return SealedQuerySet(self.model, using=self._db).defer(*names)

    def with_sealed(self) -> SealedQuerySet[M]:
        """Loads the sealed columns with the rows."""
        return self.get_queryset().with_sealed()
