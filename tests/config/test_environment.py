"""A setting that is missing or wrong stops the start, by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.environment import SettingRefused, flag, number, one_of, text


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPECWARD_X", raising=False)
    with pytest.raises(SettingRefused, match=r"SPECWARD_X is not set.*SPECWARD_X_FILE"):
        text("SPECWARD_X")


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("open sesame\n", "utf-8")
    monkeypatch.setenv("SPECWARD_X_FILE", str(tmp_path / "x"))
    assert text("SPECWARD_X") == "open sesame"


def test_two_places_for_one_secret_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPECWARD_X", "a")
    monkeypatch.setenv("SPECWARD_X_FILE", str(tmp_path / "x"))
    with pytest.raises(SettingRefused, match="both set"):
        text("SPECWARD_X")


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPECWARD_X_FILE", str(tmp_path / "gone"))
    with pytest.raises(SettingRefused, match=r"SPECWARD_X_FILE names .*gone"):
        text("SPECWARD_X")


@pytest.mark.parametrize("value", ["maybe", "", "2"])
def test_a_flag_is_yes_or_no(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SPECWARD_X", value)
    with pytest.raises(SettingRefused, match="SPECWARD_X is"):
        flag("SPECWARD_X", default=True)


@pytest.mark.parametrize("value", ["-1", "1.5", "١", "101", ""])
def test_a_number_keeps_its_bounds(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SPECWARD_X", value)
    with pytest.raises(SettingRefused, match="from 0 to 100"):
        number("SPECWARD_X", 5, least=0, most=100)


def test_a_choice_names_what_may_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECWARD_X", "blue")
    with pytest.raises(SettingRefused, match="one of: red, green"):
        one_of("SPECWARD_X", ["red", "green"], "red")
