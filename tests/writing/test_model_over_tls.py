"""A model that is not on this machine is asked over TLS 1.3, of whom the machine trusts, and nothing else."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from specward.doubles.requests import MOST_BYTES
from specward.writing.facts import facts_of
from specward.writing.models import messages_api
from specward.writing.models.addresses import AddressRefused, checked_address
from specward.writing.models.anthropic_api import AnthropicClient
from specward.writing.models.client import Failure, ModelFailed
from specward.writing.models.writers import Writer
from specward.writing.prompting import prompt_for
from tests.writing.sessions import session

COURIER = session("subscribe")
PROMPT = prompt_for(facts_of(COURIER.trace, COURIER.written, Writer.REFINED), Writer.REFINED)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    """One that this machine trusts, for as long as the test runs."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    messages_api._tls.cache_clear()
    yield ca
    messages_api._tls.cache_clear()


def heard(authority: trustme.CA, most: ssl.TLSVersion) -> tuple[Failure, bytes]:
    """What comes of asking a server that speaks no newer TLS than this, and what it got to read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    context.maximum_version = most
    got: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        opened, _ = listener.accept()
        try:
            with context.wrap_socket(opened, server_side=True) as secured:
                got.append(secured.recv(MOST_BYTES))
        except OSError:
            opened.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        client = AnthropicClient("claude-sonnet-5-5", "a-key", f"https://localhost:{listener.getsockname()[1]}")
        with pytest.raises(ModelFailed) as failed:
            client.ask(PROMPT, seconds=10)
        thread.join(20)
    return failed.value.failure, b"".join(got)


def test_a_server_that_speaks_tls_1_3_is_asked(authority: trustme.CA) -> None:
    failure, got = heard(authority, ssl.TLSVersion.TLSv1_3)
    assert got.startswith(b"POST /v1/messages")
    assert failure in (Failure.MALFORMED, Failure.UNAVAILABLE)  # it hangs up without a word


def test_one_that_speaks_less_hears_nothing(authority: trustme.CA) -> None:
    assert heard(authority, ssl.TLSVersion.TLSv1_2) == (Failure.UNAVAILABLE, b"")


def test_one_that_nobody_vouches_for_hears_nothing(authority: trustme.CA) -> None:
    assert heard(trustme.CA(), ssl.TLSVersion.TLSv1_3) == (Failure.UNAVAILABLE, b"")


@pytest.mark.parametrize(
    "address",
    [
        "http://model.example",
        "http://127.0.0.1.model.example",
        "http://127.0.0.1@model.example",
        "https://user@model.example",
        "https://model.example/?x=1",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "model.example",
        "",
    ],
)
def test_an_address_without_tls_that_leaves_this_machine_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        checked_address(address)
    assert refused.value.hint


@pytest.mark.parametrize(
    "address", ["https://api.anthropic.com", "http://127.0.0.1:8099", "http://[::1]:8099/anthropic"]
)
def test_other_addresses_stay_as_they_are(address: str) -> None:
    assert checked_address(address) == address
