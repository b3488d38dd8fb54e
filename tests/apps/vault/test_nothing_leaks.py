"""No refusal shows content or keys: not its words, not its chain, not the variables of the frames it came through."""

from __future__ import annotations

import base64
import logging
import traceback
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from apps.tenants.models import Tenant
from apps.vault import ciphers, configured, local_keys, tenant_keys
from apps.vault.errors import VaultError
from apps.vault.objects import ObjectStore
from apps.vault.sealed import Sealed
from apps.vault.sealing import open_sealed, seal
from apps.vault.secret import Secret
from tests.apps.vault.conftest import CANARY
from tests.apps.vault.ledger import Page
from tests.cast import ACME

SECRET = Secret(CANARY.encode())


@pytest.fixture
def keys_seen(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The 32 bytes of every key that is made."""
    seen: list[bytes] = []
    for module, name in ((local_keys, "new_wrapping_key"), (ciphers, "new_data_key")):
        original: Callable[[], Secret[bytes]] = getattr(module, name)

        def spied(original: Callable[[], Secret[bytes]] = original) -> Secret[bytes]:
            key = original()
            seen.append(key.reveal().partition(b'"\x1a ')[2][:32])  # AesGcmKey.key_value in its keyset
            return key

        monkeypatch.setattr(module, name, spied)
    from apps.vault import data_keys

    monkeypatch.setattr(data_keys, "new_data_key", ciphers.new_data_key)
    return seen


def refusals(objects: ObjectStore, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What is refused, as it is asked for: by callers that hold no content of their own in a variable."""
    sealed = seal(SECRET, tenant=ACME.id, kind="k", object_id="1")
    page = Page.objects.create(title="t", text=Secret(CANARY), sums=Secret([CANARY]))
    objects.put("o", _pieces())
    file = folder / "objects" / "tenants" / str(ACME.id) / "o"
    whole = file.read_bytes()
    file.write_bytes(whole[:70_000] + bytes([whole[70_000] ^ 1]) + whole[70_001:])
    yield "moved", lambda: open_sealed(sealed, tenant=ACME.id, kind="k", object_id="2")
    yield (
        "altered",
        lambda: open_sealed(Sealed(sealed.to_bytes()[:-1] + b"\0"), tenant=ACME.id, kind="k", object_id="1"),
    )
    yield "a bad chunk", lambda: _read(objects)
    yield "by value", lambda: list(Page.objects.filter(text=Secret(CANARY)))
    yield "no text", lambda: Page(title="u", text=Secret(CANARY.encode())).save()
    yield "no JSON", lambda: Page(title="u", sums=Secret({CANARY: {CANARY}})).save()
    yield "a kind that is none", lambda: seal(SECRET, tenant=ACME.id, kind="", object_id="1")
    yield "another tenant", lambda: seal(SECRET, tenant=uuid.uuid4(), kind="k", object_id="1")
    yield "unreadable", lambda: configured.secret_store().put("no name", SECRET)
    yield "a row that was moved", lambda: _moved(page).text.reveal()
    yield "disabled", lambda: (tenant_keys.disable(), seal(SECRET, tenant=ACME.id, kind="k", object_id="1"))
    yield "disabled, at saving", lambda: Page(title="u", text=Secret(CANARY)).save()
    yield "keys of another", lambda: _foreign_keys(folder)


def _pieces() -> Iterator[bytes]:
    for _ in range(20):
        yield SECRET.reveal() * 1000


def _read(objects: ObjectStore) -> None:
    with objects.opened("o") as stream:
        stream.read()


def _moved(page: Page) -> Page:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_page SET text = sums WHERE id = %s", [page.id])
    return Page.objects.get(id=page.id)


def _foreign_keys(folder: Path) -> None:
    file = folder / "keys" / f"{ACME.id.hex}.keys"
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    tenant_keys.enable()


def caught(ask: Callable[[], Any]) -> BaseException:
    """The refusal. This frame is its first one, and holds nothing."""
    with pytest.raises((VaultError, TypeError)) as refused, transaction.atomic():
        ask()
    return refused.value


def shown(error: BaseException) -> str:
    """All that a reporter could show of it: Django's page, its mail, and every variable of every frame."""
    reporter = ExceptionReporter(RequestFactory().get("/"), type(error), error, error.__traceback__)
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    variables = [repr(frame.locals) for each in _chain(told) for frame in each.stack]
    pages = [reporter.get_traceback_html(), reporter.get_traceback_text()]
    return "".join([repr(error), str(error), *pages, *told.format(), *variables])


def _chain(told: traceback.TracebackException | None) -> Iterator[traceback.TracebackException]:
    """Also what is not printed: an error that was raised `from None` still holds the one before."""
    while told is not None:
        yield told
        told = told.__cause__ or told.__context__


def forms(secret: bytes) -> set[str]:
    """How bytes may be written."""
    return {secret.decode("latin-1"), repr(secret)[2:-1], secret.hex(), base64.b64encode(secret).decode()[:-4]}


def test_no_refusal_shows_content_or_keys(
    keys_seen: list[bytes], in_acme: Tenant, objects: ObjectStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tenant_keys.rotate()  # with a key that is known
    asked = 0
    for what, ask in refusals(objects, folder):
        refused = caught(ask)
        said = shown(refused)
        assert refused.__context__ is None, what
        assert "vault" in said
        for secret in (CANARY.encode(), *keys_seen):
            for form in forms(secret):
                assert form not in said, f"{what} shows {form[:20]!r}"
        asked += 1
    assert asked == 13 and len(keys_seen) >= 2 and {len(key) for key in keys_seen} == {32}
    assert CANARY not in caplog.text


def test_the_way_of_looking_finds_what_it_looks_for() -> None:
    """The test above would pass with a reporter that shows nothing."""

    def holds(content: bytes) -> None:
        raise VaultError("no")

    with pytest.raises(VaultError) as refused:
        holds(CANARY.encode())
    assert CANARY in shown(refused.value)


def test_objects_of_ours_show_nothing(in_acme: Tenant, keys_seen: list[bytes], folder: Path) -> None:
    tenant_keys.rotate()
    service = configured.key_service()
    data_key = configured.data_keys().to_seal(ACME.id)
    sealed = seal(SECRET, tenant=ACME.id, kind="k", object_id="1")
    told = repr(
        [
            service,
            data_key,
            data_key.cipher,
            data_key.wrapped,
            sealed,
            sealed.header,
            open_sealed(sealed, tenant=ACME.id, kind="k", object_id="1"),
            service.describe(ACME.id),
            vars(service),
            vars(configured.data_keys()),
        ]
    )
    assert CANARY not in told and data_key.wrapped.ciphertext.hex() not in told
    assert not any(form in told for key in keys_seen for form in forms(key))


def test_nothing_of_it_is_in_any_file(
    in_acme: Tenant, keys_seen: list[bytes], objects: ObjectStore, folder: Path
) -> None:
    tenant_keys.rotate()
    objects.put("o", _pieces())
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 4
    for file in files:
        content = file.read_bytes()
        for secret in (CANARY.encode(), *keys_seen):
            assert secret not in content and base64.b64encode(secret)[:-4] not in content
