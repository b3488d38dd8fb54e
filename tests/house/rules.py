"""Rules that no off-the-shelf linter knows. Each is a function from the tree to its findings."""

import ast
import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from tests.house.pins import NPM, declared, normal
from tests.house.tree import Finding, Tree

VAGUE = frozenset({"utils", "util", "helpers", "common", "core", "misc"})
LONGEST = 500
GENERATED = frozenset({"docs/examples/client.py"})
"""Grows with the API, and is to be copied as one file: its writer beside it is what keeps to the rule."""
# Written in halves, so that this file keeps the rule as well.
ADDRESSES = re.compile(
    "|".join(["index" + "-url", "python" + "hosted", "pypi" + r"\.org", "registry" + r"\.npmjs", "npmjs" + r"\.org"])
)
WAITING = re.compile(r"(?<!\w)sleep" + r"\(|wait_for_" + r"timeout\(")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(r"`((?:tests|script|docs|requirements|\.ci)/[\w./-]+)(?:::(\w+))?`")
HEADING = re.compile(r"^#{1,6} +(.+?) *$")

# The sections that promises and threats refer to.
SECTIONS = {
    "docs/03-architecture.md": ("§3",),
    "docs/04-generation.md": ("§6",),
    "docs/05-security.md": ("§1", "§2", "§3", "§4", "§5", "§6"),
}


def plain_names(tree: Tree) -> Iterator[Finding]:
    """A folder or module is named after what it does."""
    seen = set()
    for path in tree.matching(".py"):
        parts = PurePosixPath(path).with_suffix("").parts
        for depth, part in enumerate(parts, start=1):
            place = "/".join(parts[:depth])
            if part in VAGUE and place not in seen:
                seen.add(place)
                yield Finding(path, 0, f"`{part}` says nothing; name it after what it does")


def short_files(tree: Tree) -> Iterator[Finding]:
    """A file that needs a table of contents is two files."""
    for path in tree.matching(".py"):
        length = sum(1 for _ in tree.lines(path))
        if length > LONGEST and path not in GENERATED:
            yield Finding(path, length, f"{length} lines; more than {LONGEST} are two files")


def no_addresses(tree: Tree) -> Iterator[Finding]:
    """Where packages come from is the business of the machine, not of the repository."""
    for path in tree.paths:
        for number, line in tree.lines(path):
            if found := ADDRESSES.search(line):
                yield Finding(path, number, f"`{found[0]}` belongs to the machine's settings; take it out")


def no_waiting(tree: Tree) -> Iterator[Finding]:
    """A test waits for a condition, not for a time."""
    for path in tree.matching(".py", under="tests/"):
        for number, line in tree.lines(path):
            if WAITING.search(line):
                yield Finding(path, number, "a test that sleeps is slow or flaky; wait for what it waits for")


def links_resolve(tree: Tree) -> Iterator[Finding]:
    """A link of the documentation to a file, a heading or a test finds it."""
    for path in tree.matching(".md"):
        for number, line in tree.lines(path):
            for inline, image in LINK.findall(line):
                if why := _broken_link(tree, path, inline or image):
                    yield Finding(path, number, why)
            for name, test in NAMED.findall(line):
                if why := _broken_name(tree, name, test):
                    yield Finding(path, number, why)


def _broken_link(tree: Tree, path: str, target: str) -> str | None:
    if re.match(r"[a-z]+:", target):
        return None
    place, _, anchor = target.partition("#")
    wanted = (tree.root / path).parent / place if place else tree.root / path
    if not wanted.resolve().is_relative_to(tree.root.resolve()) or not wanted.exists():
        return f"the link to {target} leads nowhere in this repository"
    if anchor and wanted.suffix == ".md" and anchor not in set(_anchors(wanted.read_text("utf-8"))):
        return f"the link to {target}: there is no such heading"
    return None


def _anchors(text: str) -> Iterator[str]:
    """The anchors that GitHub gives to a page's headings."""
    for line in text.splitlines():
        if heading := HEADING.match(line):
            yield re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")


def _broken_name(tree: Tree, name: str, test: str) -> str | None:
    wanted = tree.root / name
    if not wanted.exists():
        return f"`{name}` is not in this repository"
    if test and not re.search(rf"^\s*(?:async )?(?:def|class) {test}\b", wanted.read_text("utf-8"), re.MULTILINE):
        return f"`{name}` holds no {test}"
    return None


def sections_stand(tree: Tree) -> Iterator[Finding]:
    """Every section that a promise refers to has its heading."""
    for path, sections in SECTIONS.items():
        if not (tree.root / path).exists():
            yield Finding(path, 0, "is missing")
            continue
        headings = [match[1] for _, line in tree.lines(path) if (match := HEADING.match(line))]
        for section in sections:
            if not any(heading.split()[0] == section for heading in headings):
                yield Finding(path, 0, f"has no heading that begins with {section}")


def dependencies_are_explained(tree: Tree) -> Iterator[Finding]:
    """Every dependency that we chose has its row in docs/dependencies.md, and no row outlives its dependency."""
    page = "docs/dependencies.md"
    rows = {
        normal(match[1]): number for number, line in tree.lines(page) if (match := re.match(r"\| *`([^`]+)` *\|", line))
    }
    chosen = {normal(requirement.name): path for path, requirement in declared(tree)}
    for path in (f"{folder}package.json" for folder in NPM):
        package = json.loads(tree.text(path) or "{}")
        for kind in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies"):
            chosen.update(dict.fromkeys(map(normal, package.get(kind, {})), path))
    for name in sorted(chosen.keys() - rows.keys()):
        yield Finding(chosen[name], 0, f"{name} has no row in {page}")
    for name in sorted(rows.keys() - chosen.keys()):
        yield Finding(page, rows[name], f"{name} is no dependency any more; take its row out")


def one_version(tree: Tree) -> Iterator[Finding]:
    """The package's version is the same where it is written twice."""
    project = tomllib.loads(tree.text("pyproject.toml") or "")["project"]
    for node in ast.parse(tree.text("specward/__init__.py") or "").body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__version__":
            written = getattr(node.value, "value", None)
            if written != project["version"]:
                yield Finding(
                    "specward/__init__.py", node.lineno, f"says {written}; pyproject.toml {project['version']}"
                )


def shell_parses(tree: Tree) -> Iterator[Finding]:
    """Every shell script is read by its own shell without an error, and can be started."""
    for path in tree.paths:
        first = (tree.text(path) or "").split("\n", 1)[0]
        if not (shell := re.match(r"#! ?(?:/bin/|/usr/bin/env )(sh|bash)$", first)):
            continue
        result = subprocess.run([shell[1], "-n", str(tree.root / path)], capture_output=True, text=True, check=False)
        if result.returncode:
            yield Finding(path, 0, result.stderr.strip())
        if not (tree.root / path).stat().st_mode & 0o100:
            yield Finding(path, 0, "cannot be started; chmod +x")


HOUSE: tuple[Callable[[Tree], Iterator[Finding]], ...] = (
    plain_names,
    short_files,
    no_addresses,
    no_waiting,
    links_resolve,
    sections_stand,
    dependencies_are_explained,
    one_version,
)
