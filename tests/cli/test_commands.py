"""The commands as people and programs use them: what they write, what they say, how they end."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specward.cli.main import main
from tests.recording.replay import SHOP, Replay
from tests.writing.test_baseline import checkout


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "Alice pays.json.gz"
    path.write_bytes(gzip.compress(checkout().bytes()))
    return path


@pytest.fixture
def spec(tmp_path: Path, recording: Path) -> Path:
    assert run("generate", recording, "--out", tmp_path / "out").exit_code == 0
    return tmp_path / "out" / "alice-pays.spec.py"


def test_generate_writes_the_spec_and_its_sheet(spec: Path) -> None:
    assert spec.read_text().startswith('spec("The mug shop: click Pay now')
    assert json.loads(spec.with_name("alice-pays.sheet.json").read_bytes())["origin"] == SHOP


def test_generate_says_what_it_made(tmp_path: Path, recording: Path) -> None:
    said = run("generate", recording, "--out", tmp_path / "out").stderr
    assert "alice-pays.spec.py" in said and "CARD_NUMBER (a card number)" in said


def test_sessions_of_one_path_become_one_spec_with_their_share(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.json").write_bytes(checkout().bytes())
    (tmp_path / "d.json").write_bytes(Replay().bytes())
    result = run("generate", *sorted(tmp_path.glob("*.json")), "--out", tmp_path / "out", "--json")
    made = json.loads(result.stdout)
    assert [(one["name"], one["sessions"], one["share"]) for one in made["specs"]] == [("a", 3, 0.75), ("d", 1, 0.25)]
    assert result.exit_code == 0


def test_every_dropped_action_stands_with_its_reason_in_the_json(tmp_path: Path, recording: Path) -> None:
    made = json.loads(run("generate", recording, "--out", tmp_path / "out", "--json").stdout)
    dropped = made["specs"][0]["dropped"]
    assert dropped and all(one["reason"] and one["what"] and isinstance(one["event"], int) for one in dropped)


def test_unusable_input_ends_with_two_and_the_rest_is_still_made(tmp_path: Path, recording: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(b'[{"type": 4')
    result = run("generate", broken, recording, tmp_path / "missing.json", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "recording-refused" in result.stderr and "byte" in result.stderr
    assert "missing.json: [file-refused] cannot be read" in result.stderr
    assert (tmp_path / "out" / "alice-pays.spec.py").exists()


def test_a_recording_without_an_origin_says_the_way_out(tmp_path: Path) -> None:
    blank = tmp_path / "blank.json"
    blank.write_bytes(Replay("about:blank").bytes())
    refused = run("generate", blank, "--out", tmp_path / "out")
    assert refused.exit_code == 2 and "--origin" in refused.stderr
    assert run("generate", blank, "--origin", SHOP, "--out", tmp_path / "out").exit_code == 0


def test_check_is_fine_on_the_sheet_and_on_the_recording(spec: Path, recording: Path) -> None:
    sheet = spec.with_name("alice-pays.sheet.json")
    for grounds in (["--sheet", sheet], ["--recording", recording], []):
        result = run("check", spec, *grounds)
        assert result.exit_code == 0, result.stderr
        assert "fine" in result.stderr


def test_check_finds_what_is_not_grounded(spec: Path) -> None:
    spec.write_text(spec.read_text().replace('"Thank you"', '"Thank you, Mallory"'))
    result = run("check", spec, "--sheet", spec.with_name("alice-pays.sheet.json"), "--json")
    finding = json.loads(result.stdout)["findings"][0]
    assert result.exit_code == 1
    assert finding["rule"] == "ungrounded-locator" and finding["line"] > 1 and finding["hint"]


def test_check_refuses_another_origin(spec: Path) -> None:
    result = run("check", spec, "--origin", "https://staging.shop.example")
    assert result.exit_code == 1 and "[origin]" in result.stderr


def test_check_points_at_the_place(spec: Path) -> None:
    spec.write_text(spec.read_text() + "\nimport os\n")
    result = run("check", spec)
    assert result.exit_code == 1 and "import os" in result.stderr and "^" in result.stderr


def test_check_ends_with_two_where_there_is_no_spec(tmp_path: Path) -> None:
    result = run("check", tmp_path / "none.spec.py", "--json")
    assert result.exit_code == 2 and json.loads(result.stdout)["error"]["code"] == "file-refused"


@pytest.mark.parametrize(("to", "words"), [("playwright-ts", "await page.goto("), ("playwright-python", "page.goto(")])
def test_export_prints_a_playwright_test(spec: Path, to: str, words: str) -> None:
    result = run("export", spec, "--to", to)
    assert result.exit_code == 0 and words in result.stdout


def test_export_writes_a_project_and_never_overwrites_one(spec: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    assert run("export", spec, "--to", "playwright-ts", "--project", project).exit_code == 0
    assert (project / "package.json").exists() and (project / "README.md").exists()
    again = run("export", spec, "--to", "playwright-ts", "--project", project)
    assert again.exit_code == 2 and "not empty" in again.stderr
    assert run("export", spec, "--to", "playwright-ts", "--project", tmp_path / "project.zip").exit_code == 0


def test_import_reads_a_devtools_flow(tmp_path: Path) -> None:
    flow = tmp_path / "flow.json"
    flow.write_text(
        json.dumps(
            {
                "title": "Buy a mug",
                "steps": [
                    {"type": "navigate", "url": f"{SHOP}/"},
                    {"type": "click", "selectors": [['aria/Mugs[role="link"]']], "offsetX": 1, "offsetY": 1},
                ],
            }
        )
    )
    result = run("import", flow)
    assert result.exit_code == 0, result.stderr
    assert 'click(role("link", name="Mugs"))' in result.stdout


def test_import_of_rubbish_ends_with_two(tmp_path: Path) -> None:
    flow = tmp_path / "flow.json"
    flow.write_bytes(b"\xff\xfe rubbish")
    assert run("import", flow).exit_code == 2


def test_generated_output_is_the_same_bytes_each_time(tmp_path: Path, recording: Path) -> None:
    for out in ("one", "two"):
        assert run("generate", recording, "--out", tmp_path / out).exit_code == 0
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize("size", ["390", "axb", "0x0", "390x99999", "390x844x2"])
def test_run_says_how_a_window_is_written(spec: Path, size: str) -> None:
    result = run("run", spec, "--window", size)
    assert result.exit_code == 2 and "390x844" in result.stderr


def test_export_puts_several_specs_into_one_project(spec: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.spec.py"
    again.write_text(spec.read_text())
    assert run("export", spec, again, "--to", "playwright-ts").exit_code == 2, "two tests are not printed as one"
    project = tmp_path / "project"
    assert run("export", spec, again, "--to", "playwright-ts", "--project", project).exit_code == 0
    assert len(list((project / "tests").glob("*.spec.ts"))) == 2
    again.write_text("import os")
    refused = run("export", spec, again, "--to", "playwright-python", "--project", tmp_path / "other.zip")
    assert refused.exit_code == 1 and "again.spec.py" in refused.stderr
    assert not (tmp_path / "other.zip").exists()
