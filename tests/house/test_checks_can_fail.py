"""A check that cannot fail checks nothing: each is broken here once, beside the sound tree that it lets pass."""

import gzip
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.__main__ import findings
from tests.house.breaking import EXPORT, INTEGRITY, PACKAGE, replace, sound, tool, with_our_settings, write
from tests.house.tree import ROOT, Tree

# Made up here, in pieces, so that this file passes the scan.
AWS = "AKIA" + "Z3MPLQ7RT4VNB2XK"
GITHUB = "ghp" + "_k3Jd9fLq2ZpVt8Rw1Xn5Bc7Ym4Hs6Gu0TaEo"
ANTHROPIC = "sk-" + "ant-api03-k3Jd9fLq2ZpVt8Rw1Xn5Bc7Ym4Hs6Gu0TaEo"
SPECWARD = "swd_" + "7d0c2f1e_k3Jd9fLq2ZpVt8Rw1Xn5Bc7Ym4Hs6Gu0TaEo"
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----"
REGISTRY = "https://" + "pypi" + ".org/simple"

Break = Callable[[Path], None]


def edit(path: str, old: str, new: str) -> Break:
    return lambda root: replace(root, path, old, new)


def add(path: str, text: str) -> Break:
    return lambda root: write(root, path, text)


def drop(path: str) -> Break:
    return lambda root: (root / path).unlink()


def not_startable(root: Path) -> None:
    (root / "script/test").chmod(0o644)


def hidden_in_a_recording(root: Path) -> None:
    write(root, "demo/recordings/one.json.gz", "")
    (root / "demo/recordings/one.json.gz").write_bytes(gzip.compress(f'["{GITHUB}"]'.encode()))


BREAKS: dict[str, list[tuple[str, Break, str]]] = {
    "house": [
        ("a folder that says nothing", add("specward/utils/words.py", ""), "says nothing"),
        ("a module that says nothing", add("specward/helpers.py", ""), "says nothing"),
        ("a file of 501 lines", add("specward/long.py", "x = 1\n" * 501), "two files"),
        ("a registry's address", add("pip.conf", f"# {REGISTRY}\n"), "machine's settings"),
        ("a test that sleeps", add("tests/test_pay.py", "time.sleep" + "(1)\n"), "sleeps"),
        ("a test that waits for a time", add("tests/test_pay.py", "page.wait_for_" + "timeout(9)\n"), "sleeps"),
        ("a link to no file", add("docs/a.md", "[a](b.md)\n"), "leads nowhere"),
        ("a link out of the repository", add("docs/a.md", "[a](../../..)\n"), "leads nowhere"),
        ("a link to no heading", add("docs/a.md", "# A\n[a](#b)\n"), "no such heading"),
        ("a picture that is missing", add("docs/a.md", "![a](b.png)\n"), "leads nowhere"),
        ("a named file that is missing", add("docs/a.md", "`tests/test_pay.py`\n"), "not in this repository"),
        ("a named test that is missing", add("docs/a.md", "`script/test::test_pay`\n"), "holds no test_pay"),
        ("a page that is missing", drop("docs/04-generation.md"), "is missing"),
        ("a section that is missing", edit("docs/05-security.md", "§4", "4"), "begins with §4"),
        ("a dependency without a row", edit("requirements/test.in", "pytest", "pytest\nattrs"), "attrs has no row"),
        ("an npm dependency without a row", edit("package.json", '{"rr', '{"ts": "5.9.3", "rr'), "ts has no row"),
        (
            "a row without a dependency",
            edit("docs/dependencies.md", "| `click`", "| `attrs` | |\n| `click`"),
            "no depend",
        ),
        ("two versions of ourselves", edit("pyproject.toml", "0.1.0", "0.2.0"), "says 0.1.0"),
    ],
    "pins": [
        (
            "a pin without a hash",
            edit("requirements/test.txt", "pytest==9.2.0 \\\n    --", "pytest==9.2.0\n# --"),
            "no hash",
        ),
        ("a weak hash", edit("requirements/test.txt", "sha256", "md5"), "something else than sha256"),
        ("a range for a pin", edit("requirements/test.txt", "pytest==", "pytest>="), "not pinned with =="),
        (
            "a package from an address",
            edit("requirements/test.txt", "pytest==9.2.0", "pytest @ file:///a"),
            "not pinned",
        ),
        ("an option among the pins", edit("requirements/test.txt", "pytest==", "--find-links /a\npytest=="), "hash"),
        (
            "a new requirement, not locked",
            edit("requirements/test.in", "pytest", "pytest\nattrs"),
            "attrs is not pinned",
        ),
        ("a changed range, not locked", edit("requirements/test.in", "pytest", "pytest<9"), "9.2.0 is pinned"),
        ("a dropped requirement, not locked", edit("requirements/test.in", "pytest", ""), "asks for now"),
        (
            "a changed file that another includes",
            edit("requirements/runtime.in", "8,", "8.1,"),
            "test.txt:1: is not what",
        ),
        ("two versions of one package", edit("requirements/test.txt", "8.5.1", "8.5.0"), "8.5.1 in"),
        ("a .in that was never locked", add("requirements/new.in", "attrs\n"), "has no .txt"),
        ("pins made from nothing", drop("requirements/test.in"), "made from nothing"),
        ("another range in pyproject.toml", edit("pyproject.toml", ">=8,<9", ">=7,<9"), "does not ask for"),
        (
            "an extra that is not locked",
            add("pyproject.toml", f"{PACKAGE}[project.optional-dependencies]\nrun = ['rr>=1']\n"),
            "run.in: does not ask",
        ),
        ("npm without integrity", edit("package-lock.json", INTEGRITY, ""), "no sha512 integrity"),
        (
            "npm with an address",
            edit("package-lock.json", '"version"', '"resolved": "x", "version"'),
            "where it comes from",
        ),
        ("npm with a range", edit("package.json", "2.2.2", "^2.2.2"), "no exact version"),
        (
            "npm that was not locked",
            edit("package.json", '{"rr', '{"ts": "5.9.3", "rr'),
            "are not those of package.json",
        ),
        ("npm that runs what it fetched", edit(".npmrc", "ignore-scripts=true\n", ""), "does not say ignore-scripts"),
        (
            "an exported project whose pins differ from what we test with",
            edit(f"{EXPORT}/python_project/requirements.txt", "9.2.0", "9.1.0"),
            "pytest is 9.",
        ),
        (
            "an exported project's pin without a hash",
            edit(f"{EXPORT}/python_project/requirements.txt", "9.2.0 \\\n    --", "9.2.0\n# --"),
            "has no hash",
        ),
        (
            "an exported project that asks for more than it pins",
            edit(f"{EXPORT}/typescript_project/package.json", '{"rr', '{"ts": "5.9.3", "rr'),
            f"{EXPORT}/typescript_project/package-lock.json: its devDependencies",
        ),
        (
            "an exported project's lock with an address",
            edit(f"{EXPORT}/typescript_project/package-lock.json", '"version"', '"resolved": "x", "version"'),
            "where it comes from",
        ),
        ("a hook that is fetched", edit(".pre-commit-config.yaml", "local", "https://x"), "would be fetched"),
    ],
    "secrets": [
        ("a cloud key", add("specward/a.py", f'KEY = "{AWS}"\n'), "AWS"),
        ("a private key", add("docs/a.md", f"{PRIVATE_KEY}\n"), "Private Key"),
        ("a token in a test", add("tests/test_a.py", f'TOKEN = "{GITHUB}"\n'), "GitHub"),
        ("a token in a recording", hidden_in_a_recording, "GitHub"),
        ("a model's key", add("script/a", f"export KEY={ANTHROPIC}\n"), "Anthropic"),
        ("a token of ours", add("README.md", f"curl -H 'Authorization: Bearer {SPECWARD}'\n"), "Specward"),
        ("a password in an address", add("a.toml", 'db = "postgres://alice:' + 'q8Zk2Lw0@db/x"\n'), "Basic Auth"),
        ("a password in settings", add("a.yaml", 'password: "' + 'q8Zk2Lw0vT"\n'), "Secret Keyword"),
    ],
    "shell": [
        ("a script that does not parse", edit("script/test", "set -eu", "if true; then"), "script/test"),
        ("a script that cannot be started", not_startable, "chmod"),
    ],
}
CASES = [
    pytest.param(name, break_it, said, id=f"{name}: {what}")
    for name, breaks in BREAKS.items()
    for what, break_it, said in breaks
]

# Checks that are a tool with our settings: a sound tree, a broken one, what the tool says of it.
SOUND_MODULE = '"""A page."""\n\n\ndef total(prices: list[int]) -> int:\n    return sum(prices)\n'
LAYERS = {
    f"specward/{name}.py": '"""A layer."""\n'
    for name in ("__init__", "errors", "recording", "language", "writing", "execution", "doubles", "tlog", "cli")
}
TOOLS = {
    "format": (
        ("ruff", "format", "--check", "."),
        {"specward/cart.py": SOUND_MODULE},
        {"specward/cart.py": SOUND_MODULE.replace("    return", "  return")},
        "would be reformatted|unformatted",
    ),
    "lint": (
        ("ruff", "check", "."),
        {"specward/cart.py": SOUND_MODULE},
        {"specward/cart.py": SOUND_MODULE.replace("return", "assert prices\n    return")},
        "S101",
    ),
    "types": (
        ("mypy", "--cache-dir", ".cache", "specward"),
        {"specward/cart.py": SOUND_MODULE},
        {"specward/cart.py": SOUND_MODULE.replace(": list[int]", "")},
        "no-untyped-def",
    ),
    "imports": (
        ("lint-imports", "--no-cache"),
        LAYERS,
        {"specward/recording.py": "import specward.writing\n"},
        "recording <- language <- writing, execution, doubles <- agent, cli BROKEN",
    ),
    "imports of Django": (
        ("lint-imports", "--no-cache"),
        LAYERS,
        {"specward/recording.py": "import django\n"},
        "neither the SaaS nor Django nor a database BROKEN",
    ),
    "imports in a circle": (
        ("lint-imports", "--no-cache"),
        LAYERS | {"specward/language.py": "import specward.recording\n"},
        {"specward/recording.py": "import specward.language\n"},
        "no circles between siblings, at any depth BROKEN",
    ),
    "imports of a new package": (
        ("lint-imports", "--no-cache"),
        LAYERS,
        {"specward/guessing.py": '"""A package without its place in the layers."""\n'},
        "guessing",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_sound_tree_passes(name: str, tmp_path: Path) -> None:
    assert findings(name, Tree.at(sound(tmp_path))) == []


@pytest.mark.parametrize(("name", "break_it", "said"), CASES)
def test_a_broken_tree_is_refused(name: str, break_it: Break, said: str, tmp_path: Path) -> None:
    break_it(sound(tmp_path))
    found = findings(name, Tree.at(tmp_path))
    assert any(said in str(finding) for finding in found), found


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_with_our_settings_passes_what_is_sound_and_refuses_what_is_broken(name: str, tmp_path: Path) -> None:
    command, sound_files, broken_files, said = TOOLS[name]
    passed = tool(with_our_settings(tmp_path, sound_files), *command)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    refused = tool(with_our_settings(tmp_path, broken_files), *command)
    assert refused.returncode != 0
    assert re.search(said, refused.stdout + refused.stderr), refused.stdout + refused.stderr


# Checks that need a database or the whole of Django: the test that breaks what they look at.
BROKEN_ELSEWHERE = {
    "migrations": "tests/apps/access/test_declarations.py",
    "openapi": "tests/apps/api/test_openapi.py",
}


def checks_of_the_script() -> list[str]:
    return re.findall(r"^check (\w+) ", (ROOT / "script/check").read_text("utf-8"), re.MULTILINE)


def test_every_check_of_the_script_is_broken_here() -> None:
    broken = {name.split()[0] for name in (*BREAKS, *TOOLS, *BROKEN_ELSEWHERE)}
    assert set(checks_of_the_script()) == broken
    assert all((ROOT / test).is_file() for test in BROKEN_ELSEWHERE.values())


def test_the_script_goes_on_after_a_failure_and_names_all_that_failed(tmp_path: Path) -> None:
    broken = {"specward/cart.py": SOUND_MODULE.replace("    return", "  assert prices\n  return")}
    with_our_settings(tmp_path, broken | {"requirements/none": "", "script/prepare": STUB})
    shutil.copy(ROOT / "script/check", tmp_path / "script/check")
    result = subprocess.run(
        ["sh", "script/check", "format", "lint"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HERE": str(Path(sys.prefix))},
        timeout=60,
    )
    assert result.returncode == 1
    assert re.search(r"^format +FAILED +\d+s$", result.stdout, re.MULTILINE)
    assert re.search(r"^lint +FAILED +\d+s$", result.stdout, re.MULTILINE)
    assert result.stderr.splitlines()[-1] == "Failed: format lint"


# Stands in for the preparation: this environment is there already.
STUB = 'venv=$HERE\nneed_test() { :; }\nsay() { echo "$@" >&2; }\nmissing() { say "$@"; exit 2; }\n'
