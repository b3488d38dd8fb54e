"""``specward run`` as people and CI systems use it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from specward.cli.main import main
from specward.execution.wall.namespace import probe
from tests.execution.site import Site, serving, text

PASSES = 'goto("/")\n    expect_visible(role("heading", name="Acme"))'
SECRET = "tulip-4711"
ANY = {"SPECWARD_CHROMIUM": sys.executable}
"""A browser for commands that end before one is started."""


@pytest.fixture
def site() -> Iterator[Site]:
    page = "<title>Acme</title><h1>Acme</h1><label>Code <input></label>"
    cookie = ("Set-Cookie", "signed=in")
    who = "<p role=status></p><script>document.querySelector('p').textContent = document.cookie</script>"
    with serving({"/": text(page), "/sign-in": text(page, "text/html", cookie), "/who": text(who)}) as running:
        yield running


def write(folder: Path, name: str, body: str, requires: str = "", title: str = "") -> Path:
    path = folder / f"{name}.spec.py"
    needed = f'requires("{requires}")\n' if requires else ""
    path.write_text(f'spec("{title or name}", origin="https://acme.example")\n{needed}\nwith step("Go"):\n    {body}\n')
    return path


def run(*words: object, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["run", *(str(word) for word in words)], env=env)


@pytest.mark.chromium
def test_bob_runs_two_specs_and_ci_reads_which_one_failed(site: Site, tmp_path: Path):
    good = write(tmp_path, "good", PASSES + '\n    fill(label("Code"), secret("CODE"))')
    bad = write(tmp_path, "bad", 'goto("/")\n    fill(label("Code"), secret("CODE"))\n    expect_title("Globex")')
    junit, pictures = tmp_path / "junit.xml", tmp_path / "pictures"
    result = run(
        good,
        bad,
        "--base-url",
        site.origin,
        "--secret",
        f"CODE={SECRET}",
        "--junit",
        junit,
        "--screenshots",
        pictures,
        "--workers",
        2,
    )
    assert result.exit_code == 1, result.stderr
    assert 'the title "Globex"; it is "Acme"' in result.stderr and "1 of 2 runs passed" in result.stderr
    (picture,) = pictures.iterdir()
    assert str(picture) in result.stderr
    root = ElementTree.parse(junit).getroot()
    assert root is not None and (root.get("tests"), root.get("failures")) == ("2", "1")
    assert SECRET not in result.output + junit.read_text()


@pytest.mark.chromium
def test_a_set_up_spec_runs_before_the_spec_that_requires_it(site: Site, tmp_path: Path):
    buys = write(
        tmp_path, "buys", 'goto("/who")\n    expect_text(role("status"), "signed=in")', requires="signed in as Alice"
    )
    signs_in = write(tmp_path, "signs-in", 'goto("/sign-in")', title="signed in as Alice")
    alone = run(buys, "--base-url", site.origin)
    assert alone.exit_code == 2 and "[supply-missing]" in alone.stderr and "--states" in alone.stderr
    both = run(buys, signs_in, "--base-url", site.origin, "--json", "--repeat", 2)
    document = json.loads(both.stdout)
    assert both.exit_code == 0 and document["ok"], both.stdout
    assert [(Path(one["spec"]).name, one["repetition"]) for one in document["runs"]] == [
        ("buys.spec.py", 1),
        ("buys.spec.py", 2),
        ("signs-in.spec.py", 1),
        ("signs-in.spec.py", 2),
    ]


def test_a_missing_secret_is_named_with_the_way_to_supply_it(tmp_path: Path):
    path = write(tmp_path, "a", 'fill(label("Code"), secret("CODE"))')
    result = run(path, "--json", env=ANY)
    error = json.loads(result.stdout)["error"]
    assert result.exit_code == 2 and error["code"] == "supply-missing"
    assert "CODE" in error["message"] and "SPECWARD_SECRET_CODE" in error["hint"]


def test_a_spec_that_the_gate_refuses_is_not_run(tmp_path: Path):
    path = write(tmp_path, "a", 'goto("https://evil.example/")')
    result = run(path, env=ANY)
    assert result.exit_code == 2 and "[url]" in result.stderr and "evil.example" in result.stderr
    path.write_text("import os\n")
    assert run(path, "--json", env=ANY).exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--base-url", "https://acme.example/path"], "url-refused"),
        (["--allow-origin", "ftp://acme.example"], "url-refused"),
        (["--secret", "tulip-4711"], "secrets-refused"),
        (["--secrets-file", "/none"], "secrets-refused"),
    ],
)
def test_unusable_words_end_with_two(tmp_path: Path, words: list[str], said: str):
    path = write(tmp_path, "a", PASSES)
    result = run(path, *words, env=ANY)
    assert result.exit_code == 2 and said in result.stderr and "tulip" not in result.stderr


def test_without_a_browser_the_way_out_is_said(tmp_path: Path):
    path = write(tmp_path, "a", PASSES)
    result = run(path, env={"SPECWARD_CHROMIUM": "", "PATH": str(tmp_path)})
    assert result.exit_code == 2 and "[browser-missing]" in result.stderr and "SPECWARD_CHROMIUM" in result.stderr
    result = run(path, env={"SPECWARD_CHROMIUM": str(tmp_path / "none")})
    assert result.exit_code == 2 and "cannot be started" in result.stderr


def test_a_set_up_that_requires_itself_is_refused(tmp_path: Path):
    one = write(tmp_path, "one", PASSES, requires="two")
    two = write(tmp_path, "two", PASSES, requires="one")
    result = run(one, two, env=ANY)
    assert result.exit_code == 2 and "circular-set-up" in result.stderr


def test_allowed_origins_let_a_spec_name_them(tmp_path: Path):
    path = write(tmp_path, "a", 'goto("https://pay.example/")\n    fill(label("a"), secret("NONE"))')
    result = run(path, "--allow-origin", "https://pay.example", env=ANY)
    assert "[supply-missing]" in result.stderr, "past the gate"


@pytest.mark.chromium
def test_a_spec_of_a_phone_runs_in_its_own_size_unless_another_is_asked_for(tmp_path: Path):
    page = "<h1></h1><script>document.querySelector('h1').textContent = innerWidth + 'x' + innerHeight</script>"
    with serving({"/": text(page)}) as site:
        for given, wanted, found in (
            ('viewport="390x844"', [], "390x844"),
            ('viewport="390x844"', ["--window", "500x400"], "500x400"),
            ("", [], "1280x720"),
        ):
            path = write(tmp_path, "sized", f'goto("/")\n    expect_visible(role("heading", name="{found}"))')
            path.write_text(path.read_text().replace('.example"', f'.example", {given}' if given else '.example"', 1))
            result = run(path, "--base-url", site.origin, *wanted)
            assert result.exit_code == 0, result.stderr


@pytest.mark.chromium
def test_ci_reads_behind_which_wall_a_run_was_and_requires_the_one_it_wants(site: Site, tmp_path: Path):
    path, junit = write(tmp_path, "good", PASSES), tmp_path / "junit.xml"
    words = [path, "--base-url", site.origin, "--junit", junit]
    assert "behind the proxy alone" in run(*words, "--namespace", "off").stderr
    root = ElementTree.parse(junit).getroot()
    assert root is not None and root.find(".//property[@name='wall']").get("value") == "proxy"  # type: ignore[union-attr]
    required = run(*words, "--namespace", "required", "--json")
    if probe():
        assert required.exit_code == 2 and "namespace-unavailable" in required.output
        return
    assert json.loads(required.stdout)["runs"][0]["wall"] == "proxy+netns"
    assert "in a network namespace" in run(*words).stderr
    root = ElementTree.parse(junit).getroot()
    assert root is not None and root.find(".//property[@name='wall']").get("value") == "proxy+netns"  # type: ignore[union-attr]


@pytest.mark.chromium
def test_a_namespace_that_is_not_to_be_had_is_refused_before_anything_runs(tmp_path: Path):
    path = write(tmp_path, "good", PASSES)
    shell = 'for limit in net mnt user; do echo 0 > /proc/sys/user/max_${limit}_namespaces; done && exec "$@"'
    inside = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no user namespace to make such a host in")
    command = [
        sys.executable,
        "-c",
        "from specward.cli.main import main; main()",
        "run",
        str(path),
        "--namespace",
        "required",
        "--json",
    ]
    said = subprocess.run([*inside, "sh", "-c", shell, "sh", *command], capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert json.loads(said.stdout)["error"]["code"] == "namespace-unavailable", said.stdout
