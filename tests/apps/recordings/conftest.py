"""Recordings of the demo's shop, an object store of each test's own, and the cast's own words in a session."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import User
from apps.audit.acting import Actor
from apps.recordings.models import Recording
from apps.recordings.receiving import receive
from apps.specs.tasks import generate_spec
from apps.vault import configured
from config.embedded.place import ROOT

SHOP = ROOT / "demo/recordings"


def packed(name: str) -> bytes:
    """A recording of the shop, as its recorder wrote it."""
    return (SHOP / f"{name}.json.gz").read_bytes()


def events(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(gzip.decompress(packed(name)))
    return found


def as_json(of: list[dict[str, Any]]) -> bytes:
    return json.dumps(of).encode()


def upload(content: bytes, by: User, **given: Any) -> Recording:
    """Somebody uploads it; behind the walls that stand."""
    return receive([content], name=given.pop("name", "session.json"), by=Actor.user(by), **given)


@pytest.fixture
def store(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """The folder of the objects, this test's own; the keys are those of the tenants."""
    settings.OBJECT_FOLDER = tmp_path / "objects"
    configured.forget()
    yield tmp_path / "objects"
    configured.forget()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is put into the queue, which nobody works on."""
    found: list[str] = []
    monkeypatch.setattr(generate_spec, "delay", found.append)
    return found


def stored(folder: Path) -> list[Path]:
    """The files of the store that are objects."""
    return sorted(path for path in folder.rglob("recordings/*") if path.is_file()) if folder.exists() else []
