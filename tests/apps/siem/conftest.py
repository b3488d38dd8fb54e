"""A log with entries, and collectors with certificates of an authority that the tests trust."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import trustme

from apps.audit.placed import signed_size
from apps.audit.recording import record
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action
from apps.siem import sinks
from apps.siem.models import Sink
from apps.siem.tasks import push, try_out
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.siem.collector import Collector, collecting


@pytest.fixture
def to_loopback(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Leave to send to this machine, and an authority to trust."""
    settings.WEBHOOKS_TO_LOOPBACK = True
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return authority


@pytest.fixture
def another_collector(to_loopback: trustme.CA) -> Callable[[], AbstractContextManager[Collector]]:
    def make() -> AbstractContextManager[Collector]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        to_loopback.issue_cert("127.0.0.1").configure_cert(context)
        return collecting(context)

    return make


@pytest.fixture
def collector(another_collector: Callable[[], AbstractContextManager[Collector]]) -> Iterator[Collector]:
    with another_collector() as found:
        yield found


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sinks that workers are woken for, where none work."""
    found: list[str] = []
    monkeypatch.setattr(push, "delay", found.append)
    monkeypatch.setattr(try_out, "delay", lambda id: found.append(f"test {id}"))
    return found


@pytest.fixture
def log(in_acme: Tenant) -> Tenant:
    """Acme, whose log is signed up to now."""
    settle()
    return in_acme


def settle() -> int:
    """Places and signs what there is, the entry about the log's key included. Gives the size."""
    while sequence().placed.entries:
        pass
    return signed_size()


def happen(count: int) -> int:
    """So many entries more, in the log of whose walls stand. Gives the size."""
    for number in range(count):
        record(Action.CHECK, details={"number": number}, narrative="Something happened")
    return settle()


def sink_to(collector: Collector, **given: Any) -> Sink:
    """A sink that wants everything from the beginning."""
    wanted: dict[str, Any] = {"format": "json", "from_the_beginning": True, **given}
    return sinks.make(collector.url, **wanted)


def in_globex(globex: Tenant) -> AbstractContextManager[None]:
    return within(globex)
