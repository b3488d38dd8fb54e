"""A log of Acme's to export, an object store of each test's own, and a queue that nobody works on."""

from __future__ import annotations

import pytest

from apps.audit.tasks import make_export
from tests.apps.recordings.conftest import store  # noqa: F401


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is put into the queue."""
    found: list[str] = []
    monkeypatch.setattr(make_export, "delay", found.append)
    return found
