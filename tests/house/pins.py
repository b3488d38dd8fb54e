"""Every dependency is pinned by version and by hash, and no file says where it comes from.

A .txt of pins begins with a digest of the .in that it was made from, so that an outdated one is found without a
network. ``script/lock`` writes both: for this repository, and for the projects that specs are exported to.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import Finding, Tree

STAMP = "# made by script/lock from inputs with sha256 "
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
INTEGRITY = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")
EXACT = re.compile(r"\d+\.\d+\.\d+(?:-[\w.]+)?")
NPM_SETTINGS = ("omit-lockfile-registry-resolved=true", "ignore-scripts=true", "save-exact=true")


PYTHON = ("requirements/", "specward/language/export/python_project/")
NPM = ("", "specward/language/export/typescript_project/")


def normal(name: str) -> str:
    """PyPI's canonical form; an npm scope stays as it is."""
    return name if name.startswith("@") else canonicalize_name(name)


def sources(tree: Tree) -> list[str]:
    return [path for folder in PYTHON for path in tree.matching(".in", under=folder)]


def source_lines(tree: Tree, path: str) -> Iterator[str]:
    """The lines of an .in that say something."""
    for _, line in tree.lines(path):
        if stripped := line.partition("#")[0].strip():
            yield stripped


def declared(tree: Tree) -> Iterator[tuple[str, Requirement]]:
    """What we chose: every requirement that stands in an .in, with the file."""
    for path in sources(tree):
        for line in source_lines(tree, path):
            if not line.startswith("-"):
                yield path, Requirement(line)


def with_included(tree: Tree, path: str) -> list[str]:
    """The file and all that it includes by ``-r``."""
    found = [path]
    for line in source_lines(tree, path):
        if line.startswith("-r "):
            found += with_included(tree, str(PurePosixPath(path).parent / line[3:].strip()))
    return found


def stamp(tree: Tree, path: str) -> str:
    """The first line that the .txt of this .in must have. Comments and order do not count."""
    wanted = sorted(line for each in with_included(tree, path) for line in source_lines(tree, each))
    return STAMP + hashlib.sha256("\n".join(wanted).encode()).hexdigest()


def write_stamps(tree: Tree) -> None:
    for path in sources(tree):
        target = tree.root / path.replace(".in", ".txt")
        pins = "".join(
            line for line in target.read_text("utf-8").splitlines(keepends=True) if not line.startswith(STAMP)
        )
        target.write_text(f"{stamp(tree, path)}\n{pins}", "utf-8")


def pinned(tree: Tree, path: str) -> Iterator[tuple[int, str]]:
    """The logical lines of a .txt of pins (a backslash joins), with the number of the first."""
    started, logical = 0, ""
    for number, line in tree.lines(path):
        started = started or number
        logical += line.rstrip("\\").strip() + " "
        if not line.endswith("\\"):
            if (statement := logical.strip()) and not statement.startswith("#"):
                yield started, statement
            started, logical = 0, ""


def python_pins(tree: Tree) -> Iterator[Finding]:
    versions: dict[str, tuple[str, str]] = {}
    for path in (path for folder in PYTHON for path in tree.matching(".txt", under=folder)):
        if path.replace(".txt", ".in") not in tree.paths:
            yield Finding(path, 0, "was made from nothing: its .in is missing")
    for source in sources(tree):
        path = source.replace(".in", ".txt")
        if path not in tree.paths:
            yield Finding(source, 0, "has no .txt; run script/lock")
            continue
        if (tree.text(path) or "").split("\n", 1)[0] != stamp(tree, source):
            yield Finding(path, 1, f"is not what {source} asks for now; run script/lock")
        here: dict[str, str] = {}
        for number, statement in pinned(tree, path):
            requirement, why = _pin(statement)
            if requirement is None:
                yield Finding(path, number, why)
                continue
            name, version = normal(requirement.name), str(requirement.specifier).removeprefix("==")
            here[name] = version
            other, place = versions.setdefault(name, (version, path))
            if other != version:
                yield Finding(path, number, f"{name} is {version} here and {other} in {place}; run script/lock")
        yield from _unmet(tree, source, here)


def _pin(statement: str) -> tuple[Requirement | None, str]:
    """The requirement of a line, or why it is none that is pinned and hashed."""
    text, *hashes = re.split(r" (?=--)", statement)
    if not hashes:
        return None, f"`{text}` has no hash"
    if not all(HASH.fullmatch(each.strip()) for each in hashes):
        return None, f"`{text}` has something else than sha256 hashes"
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return None, f"`{text}` is no requirement"
    specifiers = list(requirement.specifier)
    if requirement.url or len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version:
        return None, f"`{text}` is not pinned with =="
    return requirement, ""


def _unmet(tree: Tree, source: str, here: dict[str, str]) -> Iterator[Finding]:
    included = with_included(tree, source)
    for path, requirement in declared(tree):
        if path not in included:
            continue
        version = here.get(normal(requirement.name))
        if version is None:
            yield Finding(
                path, 0, f"{requirement.name} is not pinned in {source.replace('.in', '.txt')}; run script/lock"
            )
        elif not requirement.specifier.contains(version, prereleases=True):
            yield Finding(path, 0, f"asks for {requirement}, and {version} is pinned; run script/lock")


def package_ranges(tree: Tree) -> Iterator[Finding]:
    """pyproject.toml asks for the same as requirements/runtime.in, and each extra as the .in of its name."""
    project = tomllib.loads(tree.text("pyproject.toml") or "")["project"]
    asked = {"runtime": project["dependencies"], **project.get("optional-dependencies", {})}
    for name, wanted in asked.items():
        path = f"requirements/{name}.in"
        ours = {str(Requirement(line)) for line in wanted}
        theirs = {str(Requirement(line)) for line in source_lines(tree, path) if not line.startswith("-")}
        for line in sorted(ours ^ theirs):
            missing = path if line in ours else "pyproject.toml"
            yield Finding(missing, 0, f"does not ask for `{line}`, as the other does")


def npm_pins(tree: Tree) -> Iterator[Finding]:
    settings = {line.strip() for line in (tree.text(".npmrc") or "").splitlines()}
    for wanted in NPM_SETTINGS:
        if wanted not in settings:
            yield Finding(".npmrc", 0, f"does not say {wanted}")
    for folder in NPM:
        yield from _npm_project(tree, f"{folder}package.json", f"{folder}package-lock.json")


def _npm_project(tree: Tree, package_path: str, lock_path: str) -> Iterator[Finding]:
    package, lock = (json.loads(tree.text(path) or "{}") for path in (package_path, lock_path))
    for kind in ("dependencies", "devDependencies", "optionalDependencies"):
        for name, version in package.get(kind, {}).items():
            if not EXACT.fullmatch(version):
                yield Finding(package_path, 0, f"{name} is {version}, which is no exact version")
        if package.get(kind, {}) != lock["packages"][""].get(kind, {}):
            yield Finding(lock_path, 0, f"its {kind} are not those of package.json; run script/lock")
    for place, locked in lock["packages"].items():
        if not place:
            continue
        if not INTEGRITY.fullmatch(locked.get("integrity", "")):
            yield Finding(lock_path, 0, f"{place} has no sha512 integrity")
        if "resolved" in locked or locked.get("link"):
            yield Finding(lock_path, 0, f"{place} says where it comes from; see .npmrc")


def hooks_are_local(tree: Tree) -> Iterator[Finding]:
    """A commit hook fetches nothing."""
    for number, line in tree.lines(".pre-commit-config.yaml"):
        if (repository := re.match(r"\s*-\s+repo:\s*(\S+)", line)) and repository[1] != "local":
            yield Finding(".pre-commit-config.yaml", number, f"{repository[1]} would be fetched; make it a local hook")


PINS = (python_pins, package_ranges, npm_pins, hooks_are_local)
