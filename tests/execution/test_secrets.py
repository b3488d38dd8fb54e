"""Secrets are supplied by name, and no value of one is in anything that a run leaves behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from specward.execution.concealing import Concealer
from specward.execution.junit import junit_xml
from specward.execution.limits import Limits
from specward.execution.running import RunSettings, run_spec
from specward.execution.supplies import (
    SecretsRefused,
    Supplies,
    SupplyMissing,
    secret_from_pair,
    secrets_from_environment,
    secrets_from_file,
    state_secrets,
)
from specward.language import parse
from tests.execution.site import Site, serving, text

VALUE = 'Pa<ss> "w\u00f6rd" & 4711'


def spec(*calls: str, requires: str = ""):
    body = "\n".join(f"    {call}" for call in calls)
    needed = f'requires("{requires}")\n' if requires else ""
    return parse(f'spec("Alice signs in", origin="https://acme.example")\n{needed}\nwith step("Sign in"):\n{body}\n')


@pytest.mark.parametrize(
    "written",
    [
        VALUE,
        VALUE.upper(),
        quote(VALUE, safe=""),
        quote_plus(VALUE),
        "Pa&lt;ss&gt; &quot;w\u00f6rd&quot; &amp; 4711",
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        VALUE.replace(" ", "\n  "),
    ],
)
def test_a_secret_is_concealed_however_a_page_writes_it(written: str):
    concealed = Concealer({"PASSWORD": VALUE}).text(f"before {written} after")
    assert "4711" not in concealed and "<PASSWORD>" in concealed
    assert concealed.startswith("before ") and concealed.endswith(" after")


def test_a_short_secret_is_concealed_where_it_stands_alone_and_an_empty_one_never():
    concealer = Concealer({"PIN": "42", "EMPTY": "", "BLANK": "  "})
    assert concealer.text("pin 42, order 14299, 42.") == "pin <PIN>, order 14299, <PIN>."


def test_the_longest_of_overlapping_secrets_is_concealed_whole():
    assert Concealer({"A": "tulip", "B": "tulip-bulb"}).text("a tulip-bulb") == "a <B>"


def test_control_characters_of_a_page_do_not_reach_a_terminal():
    assert Concealer({}).text("\x1b[31mred\x00\ud800\n") == "\ufffd[31mred\ufffd\ufffd\n"


def test_sessions_of_a_stored_state_count_as_secrets():
    state = {"cookies": [{"name": "sid", "value": "0123456789abcdef"}, {"name": "lang", "value": "en"}], "origins": []}
    assert list(state_secrets(state)) == ["0123456789abcdef"]


def test_secrets_come_from_the_environment_a_file_and_pairs(tmp_path: Path):
    assert secrets_from_environment({"SPECWARD_SECRET_A": "1", "SPECWARD_SECRET_b": "2", "HOME": "3"}) == {"A": "1"}
    path = tmp_path / "secrets"
    path.write_text("# Acme\n\nUSER=alice\nPASSWORD=a=b c\n")
    assert secrets_from_file(path) == {"USER": "alice", "PASSWORD": "a=b c"}
    assert secret_from_pair("A=", "x") == ("A", "")


def test_a_line_that_is_no_secret_is_named_by_its_number_and_not_by_what_it_holds(tmp_path: Path):
    path = tmp_path / "secrets"
    path.write_text("USER=alice\nhunter2hunter2\n")
    with pytest.raises(SecretsRefused, match="Line 2") as refused:
        secrets_from_file(path)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(SecretsRefused):
        secrets_from_file(tmp_path / "none")


def test_supplies_do_not_show_their_secrets():
    assert "hunter2" not in repr(Supplies({"A": "hunter2"}))
    assert "hunter2" not in repr(RunSettings(supplies=Supplies({"A": "hunter2"})))


def test_what_is_missing_is_named_with_the_way_to_supply_it(tmp_path: Path):
    supplies = Supplies({}, tmp_path, tmp_path)
    for needed, words in (
        (spec('fill(label("a"), secret("PASSWORD"))'), "SPECWARD_SECRET_PASSWORD"),
        (spec('set_input_files(label("a"), fixture("a.txt"))'), "a plain file a.txt"),
        (spec("reload()", requires="signed in"), "--states"),
    ):
        with pytest.raises(SupplyMissing) as missing:
            supplies.check(needed)
        assert words in missing.value.hint


def test_a_fixture_is_a_plain_file_of_the_folder_itself(tmp_path: Path):
    folder = tmp_path / "fixtures"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text("x")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "own.txt").write_text("x")
    supplies = Supplies({}, folder)
    assert supplies.fixture("own.txt") == folder / "own.txt"
    for name in ("link.txt", "../outside.txt", "none.txt", "."):
        with pytest.raises(SupplyMissing):
            supplies.fixture(name)
    with pytest.raises(SupplyMissing, match="not supplied"):
        Supplies().fixture("own.txt")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cookies": 1, "origins": []}', "\x00", "[" * 100_000])
def test_a_file_that_is_no_stored_state_is_refused(tmp_path: Path, content: str):
    (tmp_path / "signed-in.json").write_text(content)
    with pytest.raises(SupplyMissing, match="not a stored browser state"):
        Supplies({}, None, tmp_path).state(spec("reload()", requires="signed in"))


@pytest.fixture(scope="module")
def acme() -> Iterator[Site]:
    page = """<title>Sign in</title><form><label>Password <input name="password"></label><button>Sign in</button></form>
        <p id="echo"></p><p role="status">waiting</p>
        <script>const p = new URLSearchParams(location.search).get("password");
        if (p) { document.title = p; echo.textContent = "You typed " + p + "; " + escape(p); }</script>"""
    with serving(
        {"/": text(page), "/set": text("<h1>Set</h1>", "text/html", ("Set-Cookie", "sid=0123456789abcdef"))}
    ) as site:
        yield site


@pytest.mark.chromium
@pytest.mark.parametrize(
    "fails", ['expect_title("Nope")', 'fill(css("p"), secret("PASSWORD"))'], ids=["title", "typing"]
)
def test_the_value_of_a_secret_is_in_nothing_that_a_failed_run_leaves(acme: Site, chromium: str, tmp_path: Path, fails):
    sign_in = spec('goto("/")', 'fill(label("Password"), secret("PASSWORD"))', 'click(role("button"))', fails)
    settings = RunSettings(
        base_url=acme.origin,
        supplies=Supplies({"PASSWORD": VALUE}),
        chromium=chromium,
        limits=Limits(run=60, assertion=1, action=2),
        screenshots=tmp_path,
    )
    result = run_spec(sign_in, settings)
    assert not result.passed and "<PASSWORD>" in result.excerpt and "<PASSWORD>" in result.url
    (picture,) = tmp_path.iterdir()
    left = json.dumps(result.to_json()) + junit_xml([result]).decode() + repr(result) + picture.name
    for trace in ("4711", "w\u00f6rd", "rd%22"):
        assert trace not in left


@pytest.mark.chromium
def test_a_set_up_leaves_its_state_and_a_spec_that_requires_it_starts_signed_in(
    acme: Site, chromium: str, tmp_path: Path
):
    acme.page("/who", "<p role=status></p><script>document.querySelector('p').textContent = document.cookie</script>")
    stored = tmp_path / "signed-in.json"
    settings = RunSettings(base_url=acme.origin, chromium=chromium, save_state=stored, limits=Limits(run=60))
    assert run_spec(spec('goto("/set")'), settings).passed
    assert stored.stat().st_mode & 0o077 == 0
    needs = spec('goto("/who")', 'expect_text(role("status"), "sid=0123456789abcdef")', requires="signed in")
    supplied = RunSettings(
        base_url=acme.origin,
        chromium=chromium,
        supplies=Supplies({}, None, tmp_path),
        limits=Limits(run=60, assertion=2),
    )
    assert run_spec(needs, supplied).passed
    wrong = spec('goto("/who")', 'expect_text(role("status"), "sid=")', requires="signed in")
    result = run_spec(wrong, supplied)
    assert "0123456789abcdef" not in json.dumps(result.to_json())
