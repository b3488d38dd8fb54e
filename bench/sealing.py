"""What sealing costs: against plain AES-256-GCM in the same run, for a row, and with and without kept data keys."""

from __future__ import annotations

import io
import os
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.table import Row, paired

MEGABYTES = 64
CHUNK = 65_536
ROWS = 400


class _Bytes(io.BytesIO):
    @property
    def size(self) -> int:
        return len(self.getbuffer())


class _Nowhere:
    def write(self, data: bytes, /) -> int:
        return len(data)


class _NoDigest:
    def update(self, _: bytes) -> None:
        return

    def digest(self) -> bytes:
        return bytes(32)


def sealing() -> list[Row]:
    """In-process, one thread; the key service is the local one, its files on the disk of temporary files."""
    os.environ.setdefault("SPECWARD_STATE", str(Path(__file__).resolve().parents[1] / ".state" / "tests"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    with tempfile.TemporaryDirectory(prefix="specward-bench-") as folder:
        return [*_large(Path(folder)), *_values(Path(folder)), _row(Path(folder))]


def _keys(folder: Path, **limits: Any) -> tuple[Any, Any]:
    from apps.vault.binding import Binding
    from apps.vault.data_keys import DataKeys, Limits
    from apps.vault.local_keys import LocalKeyService
    from apps.vault.master_keyset import MasterKeyset

    tenant = uuid.uuid4()
    service = LocalKeyService(folder / "keys", MasterKeyset(file=folder / "master", made_here=True).cipher)
    service.create(tenant)
    return DataKeys(service, lambda _: None, Limits(**limits)), Binding(tenant, "object", "bench")


def _plain() -> tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(AESGCM.generate_key(256))

    def seal(content: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + cipher.encrypt(nonce, content, b"bench")

    return seal, lambda sealed: cipher.decrypt(sealed[:12], sealed[12:], b"bench")


def _large(folder: Path) -> list[Row]:
    import hashlib

    from apps.vault.streams import OpeningStream, SealingStream

    keys, binding = _keys(folder)
    seal, open_ = _plain()
    pieces = [os.urandom(CHUNK)] * (MEGABYTES * 1_048_576 // CHUNK)
    sealed = [seal(piece) for piece in pieces]
    into = _Bytes()
    stream = SealingStream(binding, into, keys)
    for piece in pieces:
        stream.write(piece)
    stream.finish()

    def ours() -> None:
        writing = SealingStream(binding, _Nowhere(), keys)
        for piece in pieces:
            writing.write(piece)
        writing.finish()

    def sealing_alone() -> None:
        writing = SealingStream(binding, _Nowhere(), keys)
        writing._digest = _NoDigest()  # type: ignore[assignment]  # it is taken by the way, and is no sealing
        for piece in pieces:
            writing.write(piece)
        writing.finish()

    def plain_and_digest() -> None:
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
            seal(piece)
        digest.hexdigest()

    def opening() -> None:
        into.seek(0)
        for _ in OpeningStream(binding, into, keys).chunks():
            pass

    on = f"{MEGABYTES} MB in chunks of 64 KiB"
    return [
        _speed("seal a stream / AES-256-GCM", on, sealing_alone, lambda: _each(seal, pieces), 0.5),
        _speed("the same with the digest of what came / AES-256-GCM", on, ours, lambda: _each(seal, pieces), None),
        _speed("the same / AES-256-GCM and SHA-256", on, ours, plain_and_digest, None),
        _speed("open a stream / AES-256-GCM", on, opening, lambda: _each(open_, sealed), 0.5),
    ]


def _each(run: Callable[[bytes], bytes], pieces: list[bytes]) -> None:
    for piece in pieces:
        run(piece)


def _speed(what: str, on: str, ours: Callable[[], object], plain: Callable[[], object], aim: float | None) -> Row:
    mine, other, ratio = paired(ours, plain)
    size = MEGABYTES * 1.048576
    figure = f"{size / mine:.0f} MB/s / {size / other:.0f} MB/s"
    share = 1 / ratio
    if aim is None:
        return Row(what, on, figure, f"{share:.2f}x")
    return Row(what, on, figure, f"{share:.2f}x", f"over {aim}x", share > aim)


def _values(folder: Path) -> list[Row]:
    from apps.vault.sealing import open_for, seal_for
    from apps.vault.secret import Secret

    seal, _ = _plain()
    content = os.urandom(2_000)
    secret = Secret(content)
    kept, binding = _keys(folder)
    fresh, other = _keys(folder, seconds=0.0, uses=1, kept=0)
    sealed, sealed_fresh = seal_for(binding, secret, kept), seal_for(other, secret, fresh)
    count = 500

    def often(run: Callable[[], object], times: int = count) -> Callable[[], None]:
        def repeated() -> None:
            for _ in range(times):
                run()

        return repeated

    rows: list[Row] = []
    for what, ours, against in (
        ("seal a value / AES-256-GCM", lambda: seal_for(binding, secret, kept), lambda: seal(content)),
        (
            "seal, data key kept / a new one each time",
            lambda: seal_for(binding, secret, kept),
            lambda: seal_for(other, secret, fresh),
        ),
        (
            "open, data key kept / unwrapped each time",
            lambda: open_for(binding, sealed, kept),
            lambda: open_for(other, sealed_fresh, fresh),
        ),
    ):
        mine, theirs, ratio = paired(often(ours), often(against))
        figure = f"{mine / count * 1e6:.1f} us / {theirs / count * 1e6:.1f} us"
        rows.append(Row(what, "2,000 bytes", figure, f"{ratio:.2f}x"))
    return rows


def _row(folder: Path) -> Row:
    """A row with a sealed column, saved in PostgreSQL, against the same bytes in a plain one."""
    from django.conf import settings
    from django.db import models, transaction

    from apps.tenants.walls import Walls, behind, schema_of
    from apps.vault import configured
    from apps.vault.master_keyset import MasterKeyset
    from config import embedded
    from config.embedded.place import default_place
    from tests.apps import databases
    from tests.apps.tenants.connecting import through, wrapper
    from tests.apps.vault.ledger import Page
    from tests.cast import ACME

    class Plain(models.Model):
        id = models.UUIDField(primary_key=True, default=uuid.uuid4)
        title = models.CharField(max_length=50)
        scan = models.BinaryField()

        class Meta:
            app_label = "bench"
            db_table = "vault_page"
            managed = False

    place = default_place()
    embedded.ensure(place, quick=True)
    databases.copy(place, "bench_sealing")
    settings.MASTER_KEYSET = MasterKeyset(file=folder / "master", made_here=True)
    settings.KEY_FOLDER, settings.OBJECT_FOLDER = str(folder / "keys"), str(folder / "objects")
    configured.forget()
    configured.key_service().create(ACME.id)
    content = os.urandom(2_000)

    def sealed() -> None:
        with transaction.atomic():
            for n in range(ROWS):
                Page(title=str(n), scan=content).save(force_insert=True)
            transaction.set_rollback(True)

    def plain() -> None:
        with transaction.atomic():
            for n in range(ROWS):
                Plain(title=str(n), scan=content).save(force_insert=True)
            transaction.set_rollback(True)

    with through(wrapper("bench_sealing")), behind(Walls(schema_of(ACME.id), ACME.id)):
        mine, theirs, ratio = paired(sealed, plain)
    figure = f"{mine / ROWS * 1e6:.0f} us / {theirs / ROWS * 1e6:.0f} us"
    return Row(
        "insert: a sealed column / a plain one", "2,000 bytes", figure, f"{ratio:.2f}x", "under 1.5x", ratio < 1.5
    )
