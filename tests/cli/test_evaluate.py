"""A folder of recordings is written by whoever is chosen, and measured against what the baseline makes of it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard

from specward.cli.choosing import Chosen
from specward.cli.evaluating import evaluated, raw_size
from specward.cli.simplified_pages import simplified, simplified_pages
from specward.doubles import Double
from specward.doubles.reasonable import grouped, spec_text
from specward.doubles.requests import Asked
from specward.language.gate import check
from specward.recording.reading import Event
from specward.writing.models.writers import Writer
from tests.cli.test_commands import run
from tests.recording.replay import Replay
from tests.writing.harmless import Beside
from tests.writing.test_baseline import checkout


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "AWS_BEARER_TOKEN_BEDROCK", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "recordings"
    (made / "older").mkdir(parents=True)
    (made / "alice pays.json.gz").write_bytes(gzip.compress(checkout().bytes()))
    (made / "older" / "bob looks.json").write_bytes(Replay().bytes())
    (made / "notes.txt").write_text("no recording")
    return made


def measured(*words: object) -> dict[str, Any]:
    result = run("evaluate", *words, "--json")
    data: dict[str, Any] = json.loads(result.stdout)
    return data


def test_without_a_key_the_reasonable_double_is_asked_and_it_is_said_plainly(folder: Path) -> None:
    result = run("evaluate", folder)
    assert result.exit_code == 0, result.stderr
    assert "no key: the reasonable double answers, by rules, and no model" in result.stderr
    data = measured(folder)
    assert data["client"] == "double:reasonable" and data["model_asked"] is False and "no model" in data["note"]


@pytest.mark.parametrize("writer", ["refined", "authored"])
def test_each_recording_is_measured_and_all_of_them(folder: Path, writer: str) -> None:
    data = measured(folder, "--writer", writer)
    assert data["ok"] and [one["recording"] for one in data["recordings"]] == [
        "alice pays.json.gz",
        "older/bob looks.json",
    ]
    alice = data["recordings"][0]
    assert alice["valid"] and alice["written_by"] == writer and alice["fallback"] is None and alice["rounds"] == 0
    assert alice["actions_equal"] and alice["must_keep"] == alice["must_keep_kept"] > 3
    assert alice["raw_bytes"] == len(checkout().bytes())
    assert 0 < alice["document_bytes"] < alice["request_bytes"] and alice["html_bytes"] > 100
    assert alice["tokens_in"] > alice["tokens_out"] > 0
    assert data["total"]["tokens_in"] == sum(one["tokens_in"] for one in data["recordings"])
    assert data["total"]["median_request_of_raw"] > 0 and data["total"]["fallbacks"] == {}


def test_a_baseline_is_measured_without_anybody_asked(folder: Path) -> None:
    data = measured(folder, "--writer", "baseline")
    assert data["ok"] and data["client"] is None and data["total"]["request_bytes"] == 0
    assert "no model is asked" in run("evaluate", folder, "--writer", "baseline").stderr


def test_a_writer_that_fails_is_told_with_its_reason(folder: Path) -> None:
    data = measured(folder, "--client", "double:chaotic:refusal")
    assert data["ok"] and data["total"]["fallbacks"] == {"model.refused": 2}
    assert data["recordings"][0]["written_by"] == "baseline"
    told = run("evaluate", folder, "--client", "double:chaotic:overloaded", "--writer", "authored").stderr
    assert "baseline: unavailable" in told and "2 model.unavailable" in told


def test_a_writer_is_not_waited_for_beyond_its_time(folder: Path) -> None:
    data = measured(folder, "--client", "double:chaotic:hang_in_body", "--model-seconds", "1")
    assert data["total"]["fallbacks"] == {"model.timed_out": 2}
    assert all(1 <= one["seconds"] < 5 for one in data["recordings"])


def test_an_obedient_model_changes_nothing(folder: Path) -> None:
    for writer in ("refined", "authored"):
        data = measured(folder, "--client", "double:obedient", "--writer", writer)
        assert data["total"]["actions_equal"] == data["total"]["valid"] == 2
        assert data["total"]["must_keep_kept"] == data["total"]["must_keep"]


class PointingOtherwise(Double):
    """Writes each action as the last of the ways that it is offered."""

    def write(self, request: Asked) -> str:
        otherwise = [{**one, "write": [one["write"], *one.get("or", [])][-1]} for one in request.actions]
        return json.dumps({"spec": spec_text("Pay", request.origin, grouped(tuple(otherwise)), plain=True)})


def test_another_way_to_point_at_the_same_element_is_the_same_action(folder: Path) -> None:
    who = Chosen(Writer.AUTHORED, Beside(PointingOtherwise()), False, 60, "a double", True)
    one = evaluated(folder / "alice pays.json.gz", "alice", who)
    assert one.composed.fallback is None
    assert 'fill(label("Name"), "Alice")' in one.composed.text and "label(" not in one.baseline.text
    assert one.actions_equal
    for was, now in (
        ('fill(label("Name"), "Alice")', 'fill(label("Card number"), "Alice")'),
        ('fill(label("Name"), "Alice")', 'fill(label("Name"), "Mallory")'),
        ('fill(label("Name"), "Alice")', 'click(label("Name"))'),
        ('    goto("/")\n', '    goto("/")\n    reload()\n'),
    ):
        checked = check(one.composed.text.replace(was, now, 1))
        assert checked.spec is not None
        assert not replace(one, composed=replace(one.composed, checked=checked)).actions_equal, now


def test_shapes_only_says_less(folder: Path) -> None:
    whole, shapes = measured(folder), measured(folder, "--shapes-only")
    assert shapes["shapes_only"] and shapes["total"]["valid"] == 2
    assert shapes["recordings"][0]["request_bytes"] != whole["recordings"][0]["request_bytes"]


def test_what_cannot_be_used_is_named_and_the_rest_measured(folder: Path) -> None:
    (folder / "broken.json").write_bytes(b'[{"type": 4')
    result = run("evaluate", folder)
    assert result.exit_code == 2 and "recording-refused" in result.stderr and "2 recordings, 1 refused" in result.stderr


def test_a_folder_without_recordings_ends_with_two(tmp_path: Path) -> None:
    result = run("evaluate", tmp_path, "--json")
    assert result.exit_code == 2 and json.loads(result.stdout)["error"]["code"] == "file-refused"


@pytest.mark.parametrize(
    ("client", "hint"), [("anthropic", "ANTHROPIC_API_KEY"), ("bedrock", "--region"), ("nobody", "double:reasonable")]
)
def test_a_client_that_cannot_be_asked_is_refused_with_the_way_out(folder: Path, client: str, hint: str) -> None:
    result = run("evaluate", folder, "--client", client)
    assert result.exit_code == 2 and hint in result.stderr


def test_a_key_is_never_an_argument() -> None:
    for command in ("evaluate", "generate"):
        told = run(command, "--help").stdout
        assert "--key" not in told and "ANTHROPIC_API_KEY" in told


@pytest.mark.parametrize(("writer", "by"), [("refined", "refined"), ("authored", "authored")])
def test_generate_says_who_wrote_a_spec(folder: Path, tmp_path: Path, writer: str, by: str) -> None:
    words = ("generate", folder / "alice pays.json.gz", "--out", tmp_path / "out", "--writer", writer)
    result = run(*words, "--client", "double:reasonable")
    assert result.exit_code == 0 and f"written by {by}" in result.stderr
    assert "a double answers, and no model" in result.stderr
    made = json.loads(run(*words, "--client", "double:reasonable", "--json").stdout)["specs"][0]
    assert (made["asked"], made["written_by"], made["fallback"]) == (writer, by, None)


def test_generate_says_why_the_baseline_wrote_it_after_all(folder: Path, tmp_path: Path) -> None:
    words = ("generate", folder / "alice pays.json.gz", "--out", tmp_path / "out", "--writer", "refined")
    told = run(*words).stderr
    assert "there is no key for a model" in told and "model.not_configured" in told
    told = run(*words, "--client", "double:chaotic:no_json").stderr
    assert "written by the baseline: refined gave no spec (model.malformed)" in told
    plain = (tmp_path / "out" / "alice-pays.spec.py").read_bytes()
    assert run("generate", folder / "alice pays.json.gz", "--out", tmp_path / "plain").exit_code == 0
    assert plain == (tmp_path / "plain" / "alice-pays.spec.py").read_bytes()


def test_a_recording_is_as_large_as_its_json(tmp_path: Path) -> None:
    raw = checkout().bytes()
    for name, data in (("a.json", raw), ("b.gz", gzip.compress(raw)), ("c.zst", zstandard.compress(raw))):
        (tmp_path / name).write_bytes(data)
        assert raw_size(tmp_path / name) == len(raw)


def test_simplified_html_is_what_a_careful_person_would_send() -> None:
    replay = Replay()
    n = replay.node
    page = n(
        "body",
        {"class": "shop", "style": "margin: 0"},
        [
            n("script", {}, "track()"),
            n("style", {}, "b { color: red }"),
            n("div", {"class": "a b c"}, [n("span", {"style": "color: red"}, "  Two \n words ")]),
            n("div", {"style": "display: none"}, "unseen"),
            n("input", {"type": "hidden", "name": "csrf", "value": "x"}),
            n("input", {"type": "email", "placeholder": "E-mail", "class": "wide", "value": "alice@acme.example"}),
            n("button", {"aria-label": "Pay now"}, [n("svg", {}, [n("path", {"d": "M0 0"})])]),
            n("div", {"role": "status"}, "Paid"),
        ],
    )
    assert simplified(page).split("\n") == [
        "<body>", "Two words", '<input type="email" placeholder="E-mail">',
        '<button aria-label="Pay now">', "</button>", '<div role="status">', "Paid", "</div>", "</body>",
    ]  # fmt: skip


def test_a_page_counts_once_however_often_it_was_captured() -> None:
    def event(number: int, kind: int, data: Any) -> Event:
        return Event(number, "", kind, data, 0.0)

    page = {"node": {"type": 2, "tagName": "h1", "attributes": {}, "childNodes": [{"type": 3, "textContent": "Cart"}]}}
    here, there = {"href": "https://a.example/"}, {"href": "https://a.example/b"}
    kinds = [(4, here), (2, page), (4, here), (2, page), (4, there), (2, page), (2, None), (2, {"node": [1]})]
    found = list(simplified_pages(event(number, kind, data) for number, (kind, data) in enumerate(kinds)))
    assert found[:2] == ["<h1>\nCart\n</h1>"] * 2 and len(found) == 2


def test_a_page_of_any_depth_is_simplified() -> None:
    node: dict[str, Any] = {"type": 3, "textContent": "deep"}
    for _ in range(50_000):
        node = {"type": 2, "tagName": "ul", "attributes": {}, "childNodes": [node]}
    assert simplified(node).count("<ul>") == 50_000
