"""The object store: large things of a tenant's, sealed while they are written. Recordings live here, and only here.

::

    stored = objects.put(f"recordings/{recording.id}", chunks)     # Stored(name, size, sha256)
    with objects.opened(f"recordings/{recording.id}") as stream:   # a binary file to read
        trace(stream)
    objects.delete(f"recordings/{recording.id}")

Whose objects they are is decided by the walls. A name may also be the whole path, ``tenants/<tenant id>/...``: another
tenant's is refused.

What is not told: an older object that somebody with write access to the store put back under the same name. Compare
``sha256`` with what the database knows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, Final

from apps.tenants.walls import PLATFORM_ID
from apps.vault.binding import Binding, tenant_here
from apps.vault.blobs import Blob, Blobs, checked_name, checked_prefix
from apps.vault.data_keys import DataKeys
from apps.vault.errors import AnotherTenant, KeyDestroyed, NameRefused
from apps.vault.sealed import Header
from apps.vault.streams import CHUNK, OpeningStream, SealingStream, Summary, read_header

KIND: Final = "object"
_PATHS: Final = "tenants/"


@dataclass(frozen=True, slots=True)
class Stored:
    """An object. ``size`` and ``sha256`` are those of its content; ``key_version`` is what it is sealed under."""

    tenant: uuid.UUID
    name: str
    size: int
    sha256: str
    key_version: uuid.UUID

    @property
    def path(self) -> str:
        """Its name with its tenant's."""
        return f"{_PATHS}{self.tenant}/{self.name}"


class _TakenBack(Exception):
    """Ends a writing that is not meant to stay."""


class ObjectStore:
    """Objects in ``blobs``, sealed with ``keys``. All methods raise what the key service raises, and:

    :class:`~apps.vault.errors.NameRefused` for a name that could lead elsewhere,
    :class:`~apps.vault.errors.AnotherTenant`, and
    :class:`~apps.vault.errors.StoreTampered` for what is there and none of ours.
    """

    def __init__(self, blobs: Blobs, keys: DataKeys) -> None:
        self._blobs = blobs
        self._keys = keys

    def try_writing(self, name: str) -> None:
        """Writes under this name as far as it can be taken back, and takes it back: nothing is left. Raises what
        ``put`` would. For whoever asks whether the store works, behind whoever's walls: it is the platform's folder."""
        with suppress(_TakenBack), self._blobs.write(PLATFORM_ID, checked_name(name)) as writing:
            writing.write(b"\0")
            raise _TakenBack

    def put(self, name: str, content: Iterable[bytes] | BinaryIO, *, replace: bool = False) -> Stored:
        """Stores content, whole or not at all, and on the disk when it returns. Memory: a chunk of 64 KiB.

        ``content``: pieces of any size, or a binary file. An error that it raises ends the storing, and is passed on.
        Raises :class:`~apps.vault.errors.ObjectExists` where there is one, unless it is to be replaced.
        """
        tenant, name = _of(name)
        with self._blobs.write(tenant, name, anew=not replace) as writing:
            sealing = SealingStream(Binding(tenant, KIND, name), writing, self._keys)
            for piece in _pieces(content):
                sealing.write(piece)
            summary = sealing.finish()
            version = sealing.header.key.version
            self._refuse_destroyed(tenant, version)
        return _stored(tenant, name, summary, version)

    @contextmanager
    def opened(self, name: str) -> Iterator[OpeningStream]:
        """The content, to read as a binary file. Raises :class:`~apps.vault.errors.NoSuchObject`, and
        :class:`~apps.vault.errors.DoesNotOpen` (see :class:`~apps.vault.streams.OpeningStream`)."""
        tenant, name = _of(name)
        with self._blobs.read(tenant, name) as blob:
            stream = OpeningStream(Binding(tenant, KIND, name), blob, self._keys)
            try:
                yield stream
            finally:
                stream.close()

    def describe(self, name: str) -> Stored:
        """Its size and digest, proven, without reading it. Raises as :meth:`opened` does."""
        tenant, name = _of(name)
        with self._blobs.read(tenant, name) as blob:
            stream = OpeningStream(Binding(tenant, KIND, name), blob, self._keys)
            return _stored(tenant, name, stream.summary, read_header(blob).key.version)

    def delete(self, name: str) -> None:
        """Takes it away for good. Raises :class:`~apps.vault.errors.NoSuchObject`."""
        self._blobs.delete(*_of(name))

    def names(self, prefix: str = "") -> Iterator[str]:
        """The names that begin with whole parts and a slash (``recordings/``), in order; all of them without."""
        if prefix.startswith(_PATHS):
            tenant, _, rest = prefix.removeprefix(_PATHS).partition("/")
            prefix = _own(tenant, rest)
        return self._blobs.names(tenant_here(), checked_prefix(prefix))

    def header(self, name: str) -> Header:
        """What an object is sealed under, opening nothing. Raises NoSuchObject and DoesNotOpen."""
        with self._blobs.read(*_of(name)) as blob:
            return read_header(blob)

    def seal_again(self, name: str) -> Stored:
        """Seals an object under the primary version of the key. At any moment the old one or the new one is there.

        Raises :class:`~apps.vault.errors.ObjectExists` where it was deleted or replaced meanwhile, and then leaves
        it so.
        """
        tenant, name = _of(name)
        binding = Binding(tenant, KIND, name)
        with self._blobs.read(tenant, name) as blob:
            stream = OpeningStream(binding, blob, self._keys)
            with self._blobs.write(tenant, name, replacing=_mark(blob)) as writing:
                sealing = SealingStream(binding, writing, self._keys)
                for piece in stream.chunks():
                    sealing.write(piece)
                summary = sealing.finish()
        return _stored(tenant, name, summary, sealing.header.key.version)

    def remove_unfinished(self) -> int:
        """Takes away what processes that are gone had begun to store. Says how many."""
        return self._blobs.remove_unfinished(tenant_here())

    def _refuse_destroyed(self, tenant: uuid.UUID, version: uuid.UUID) -> None:
        """A very long upload may have begun under a version that is gone by now: it would never open."""
        found = self._keys.service.describe(tenant).version(version)
        if found is None or found.destroyed:
            raise KeyDestroyed("The version of the key under which this was begun to be sealed")


def _mark(blob: Blob) -> str:
    return blob.mark


def _stored(tenant: uuid.UUID, name: str, summary: Summary, version: uuid.UUID) -> Stored:
    return Stored(tenant, name, summary.size, summary.sha256, version)


def _of(name: str) -> tuple[uuid.UUID, str]:
    """The tenant that is here, and the name of an object of its."""
    if name.startswith(_PATHS):
        tenant, _, rest = name.removeprefix(_PATHS).partition("/")
        name = _own(tenant, rest)
    return tenant_here(), checked_name(name)


def _own(tenant: str, rest: str) -> str:
    here = tenant_here()
    try:
        named = uuid.UUID(tenant)
    except ValueError:
        named = None
    if named is None or str(named) != tenant:
        raise NameRefused("The path of an object begins with tenants/<tenant id>/.")
    if named != here:
        raise AnotherTenant("This object belongs to another tenant than the one whose walls stand.")
    return rest


def _pieces(content: Iterable[bytes] | BinaryIO) -> Iterator[bytes]:
    read = getattr(content, "read", None)
    if read is None:
        yield from content
        return
    while piece := read(CHUNK):
        yield piece
