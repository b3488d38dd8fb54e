"""The tests' own services lie in memory where there is room, in nobody else's folder, and do not stay for ever."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import embedded_place
from tests.embedded_place import place


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(embedded_place, "ROOM", 1)
    folder = tmp_path / "memory"
    folder.mkdir()
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    return folder


def test_a_checkout_has_one_of_its_own_for_nobody_else(memory: Path, checkout: Path) -> None:
    found = place(checkout, memory)
    assert found.parent == memory and found.stat().st_mode & 0o777 == 0o700
    assert place(checkout, memory) == found != place(memory, memory)


def test_where_there_is_no_room_it_is_on_the_disk(
    memory: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place(checkout, memory / "not-there") == checkout / ".state" / "tests"
    monkeypatch.setattr(embedded_place, "ROOM", 1024**6)
    assert place(checkout, memory) == checkout / ".state" / "tests"
    assert list(memory.iterdir()) == []


def test_a_folder_that_somebody_else_may_have_filled_is_not_used(memory: Path, checkout: Path) -> None:
    found = place(checkout, memory)
    found.chmod(0o777)
    assert place(checkout, memory) == checkout / ".state" / "tests"
    shutil.rmtree(found)
    found.symlink_to(checkout)
    assert place(checkout, memory) == checkout / ".state" / "tests"


def test_what_a_checkout_that_is_gone_has_left_is_removed(memory: Path, checkout: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    left, kept = place(gone, memory), place(checkout, memory)
    (left / "services").mkdir()
    gone.rmdir()
    assert place(checkout, memory) == kept
    assert sorted(memory.iterdir()) == [kept]
