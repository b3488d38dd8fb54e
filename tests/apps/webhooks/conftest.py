"""A receiver, and leave to send to the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apps.webhooks.tasks import deliver
from tests.apps.webhooks.receiver import Receiver, receiving


@pytest.fixture
def to_loopback(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True


@pytest.fixture
def receiver(to_loopback: None) -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The deliveries that workers are woken for, where none work."""
    found: list[str] = []
    monkeypatch.setattr(deliver, "delay", found.append)
    return found
