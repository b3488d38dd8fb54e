"""What is shown and measured on the shop could also go the other way: each of these can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.dropping import Noticed, Place, Walker, places, without
from demo.fault_matrix import survey
from demo.matrix_drawing import Matrix, drawn, written
from demo.running import job
from demo.try_out import main

pytestmark = pytest.mark.chromium


@pytest.fixture(autouse=True)
def browser(chromium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECWARD_CHROMIUM", chromium)


def shown(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["try_out", str(folder), *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.timeout(300)
def test_the_demo_finds_its_fault_and_keeps_a_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert shown(monkeypatch, tmp_path, "--only", "subscribe", "--fault", "newsletter-silent") == 0
    said = "".join(capfd.readouterr())
    assert "1 of 1 runs passed" in said and "This is no e-mail address" in said and "screenshot: " in said
    assert [picture.suffix for picture in (tmp_path / "screenshots").iterdir()] == [".png"]


@pytest.mark.timeout(300)
def test_the_demo_fails_where_its_fault_is_not_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert shown(monkeypatch, tmp_path, "--only", "keep-an-address", "--fault", "deletes-unasked") == 1
    assert "the fault deletes-unasked was not found" in "".join(capfd.readouterr())


def test_the_demo_without_a_browser_says_what_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert shown(monkeypatch, tmp_path, "--no-browser", "--only", "subscribe") == 0
    assert "Left out" in "".join(capfd.readouterr())
    assert (tmp_path / "subscribe.spec.py").exists()


@pytest.mark.timeout(300)
def test_a_small_matrix_tells_caught_from_missed_and_benign_from_broken() -> None:
    given, among = ["newsletter-silent", "wrong-title", "reordered-attributes"], ["subscribe", "browse-and-go-back"]
    found = survey(given, 1, 2, say=lambda words: None, among=among)
    assert (found.caught, found.failing("wrong-title"), found.failing("reordered-attributes")) == (
        ["newsletter-silent"],
        [],
        [],
    )
    again = Matrix.from_json(found.to_json())
    assert written(again) == written(found) and drawn(again) == drawn(found)


@pytest.mark.timeout(300)
def test_no_assertion_of_a_spec_holds_before_its_action() -> None:
    with Walker() as walker:
        assert walker.early(job("subscribe")) == (4, [])


@pytest.mark.timeout(300)
def test_a_click_that_is_left_out_is_missed_and_a_value_that_is_typed_over_is_not() -> None:
    one = job("subscribe")
    click = next(place for place in places(one.spec) if place.action.primitive == "click")
    first = next(place for place in places(one.spec) if place.action.primitive == "fill")
    with Walker() as walker:
        assert walker.dropped(one, click).noticed is Noticed.OWN
        assert walker.dropped(one, first).noticed is Noticed.NOT


def test_leaving_an_action_out_keeps_every_assertion() -> None:
    spec = job("subscribe").spec
    place: Place = next(iter(places(spec)))
    calls = [call for step in spec.steps for call in step.calls]
    left = [call for step in without(spec, place).steps for call in step.calls]
    assert left == [call for call in calls if call is not place.action]
