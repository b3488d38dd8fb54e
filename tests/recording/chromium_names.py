"""How far our roles and names agree with what Chromium and Playwright say, page by page.

Each recorded page is rebuilt in Chromium by rrweb's own ``rebuild`` (in a sandboxed frame: no script of the page runs,
and nothing is loaded). Chromium's accessibility tree is the measured truth; Playwright's ``get_by_role`` says what a
spec will find. ``python -m tests.recording.chromium_names`` prints the table; ``-v`` lists each difference.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from specward.execution.browser import find_chromium
from specward.recording.dom import DOCUMENT, ELEMENT, Node, Page
from specward.recording.names import Accessible, normalized
from specward.recording.styles import StyleCache
from tests.shared_data import ROOT as SHARED

HOUSE = Path(__file__).resolve().parents[2]
RRWEB = HOUSE / "node_modules" / "rrweb-snapshot" / "umd" / "rrweb-snapshot.js"
PAGES = Path(__file__).parent / "pages"
MARK = "data-rrweb-id"

# Chromium's names for what ARIA calls otherwise.
_ROLES = {
    "DisclosureTriangle": "summary",
    "DisclosureTriangleGrouped": "summary",
    "MenuListOption": "option",
    "ListBoxOption": "option",
    "PopUpButton": "button",
    "ToggleButton": "button",
    "ColorWell": "textbox",
    "Date": "textbox",
    "DateTime": "textbox",
    "InputTime": "textbox",
    "image": "img",
}
INTERACTIVE = frozenset(
    "link button textbox searchbox combobox listbox option checkbox radio switch slider spinbutton tab menuitem "
    "menuitemcheckbox menuitemradio treeitem summary".split()
)

_ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

_REBUILD = """
([root, frames, mark, width, height]) => {
  const { createMirror, createCache, buildNodeWithSN, createSandboxedIframe } = rrwebSnapshot;
  document.body.style.margin = 0;
  const iframe = createSandboxedIframe({ root: document.body, iframeAttributes: {
    width, height, style: 'border: 0; display: block' } });
  const mirror = createMirror();
  const cache = createCache();
  const build = (node, doc) => {
    buildNodeWithSN(node, { doc, mirror, hackCss: false, cache, afterAppend: (built, id) => {
      if (built.nodeType === 1) built.setAttribute(mark, id);
    } });
    // A frame without scripts would show noscript. Case and motion are no part of a name.
    const style = doc.createElement('style');
    style.textContent = `noscript { display: none !important }
      * { text-transform: none !important; transition: none !important; animation: none !important }`;
    (doc.head || doc.documentElement || doc).appendChild(style);
  };
  build(root, iframe.contentDocument);
  for (const [id, node] of frames) {
    const inner = mirror.getNode(id);
    if (inner && inner.contentDocument) build(node, inner.contentDocument);
  }
}
"""
_SNAPSHOT = """
(mark) => {
  const mirror = rrwebSnapshot.createMirror();
  const node = rrwebSnapshot.snapshot(document, { mirror });
  const marked = (id) => {
    const built = mirror.getNode(id);
    if (built && built.nodeType === 1) built.setAttribute(mark, id);
  };
  mirror.getIds().forEach(marked);
  return node;
}
"""
_IDS = "(found, mark) => found.map((one) => Number(one.getAttribute(mark)))"


@dataclass(frozen=True, slots=True)
class Measured:
    """One element as Chromium exposes it."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Where we and Chromium, or we and Playwright, do not agree."""

    what: str
    id: int
    tag: str
    ours: str
    theirs: str


@dataclass(slots=True)
class Agreement:
    """The counts for one page, or for several."""

    page: str
    exposed: int = 0
    """Interactive elements that Chromium exposes."""
    names: int = 0
    roles: int = 0
    unseen: int = 0
    """Exposed by Chromium, hidden to us."""
    unexposed: int = 0
    """Interactive and shown to us, not exposed by Chromium."""
    found: int = 0
    """Elements Playwright was asked for by our role and name and found."""
    asked: int = 0
    excess: int = 0
    """Elements Playwright found besides ours."""
    milliseconds: float = 0.0
    differences: list[Difference] = field(default_factory=list)

    def add(self, other: Agreement) -> None:
        for name in ("exposed", "names", "roles", "unseen", "unexposed", "found", "asked", "excess", "milliseconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.differences.extend(other.differences)

    @property
    def both(self) -> int:
        return self.exposed - self.unseen

    @property
    def share(self) -> float:
        """Names equal, of the elements that both expose."""
        return self.names / self.both if self.both else 1.0


@contextmanager
def browser(path: str | None = None) -> Iterator[Any]:
    """Chromium, without a network."""
    from playwright.sync_api import sync_playwright

    path = path or find_chromium()
    arguments = [*_ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else _ARGUMENTS
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield started
        finally:
            started.close()


@contextmanager
def blank_page(chromium: Any, width: int, height: int) -> Iterator[Any]:
    """An empty page that can load nothing but ``data:``."""
    context = chromium.new_context(
        viewport={"width": max(width, 100), "height": max(height, 100)}, service_workers="block"
    )
    try:
        context.route("**/*", lambda route: route.abort())
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.set_content("<!doctype html><body></body>")
        page.evaluate(RRWEB.read_text() + ";void 0")
        yield page
    finally:
        context.close()


# From our mirror back to rrweb's shape


def serialized(page: Page) -> tuple[dict[str, Any], list[tuple[int, dict[str, Any]]]]:
    """The page as a snapshot, and each frame's document with the id of its ``<iframe>``, outer ones first."""
    frames: list[tuple[int, dict[str, Any]]] = []
    assert page.root is not None

    def shape(node: Node, svg: bool) -> dict[str, Any]:
        made: dict[str, Any] = {"type": node.kind, "id": node.id}
        if node.in_shadow:
            made["isShadow"] = True
        if node.kind == ELEMENT:
            svg = (svg or node.tag == "svg") and not (node.parent is not None and node.parent.tag == "foreignobject")
            made["tagName"] = "foreignObject" if node.tag == "foreignobject" else node.tag
            made["attributes"] = dict(node.attrs)
            if svg:
                made["isSVG"] = True
            if node.shadow_host:
                made["isShadowHost"] = True
        elif node.kind == 1:
            made.update(name="html", publicId="", systemId="")
        elif node.kind != DOCUMENT:
            made["textContent"] = node.text
        made["childNodes"] = [shape(child, svg) for child in node.children if child.kind != DOCUMENT]
        return made

    tree = shape(page.root, False)
    for node in page.root.walk():
        for child in node.children:
            if child.kind == DOCUMENT:
                frames.append((node.id, shape(child, False)))
    return tree, frames


# What the browser says


def accessibility_tree(context: Any, page: Any) -> dict[int, Measured]:
    """What Chromium exposes, by the ids the elements are marked with."""
    session = context.new_cdp_session(page)
    session.send("Accessibility.enable")
    ids: dict[int, int] = {}
    stack = [session.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]]
    while stack:
        node = stack.pop()
        attributes = node.get("attributes", [])
        if MARK in attributes[::2]:
            ids[node["backendNodeId"]] = int(attributes[attributes.index(MARK) + 1])
        stack.extend(node.get("children", []))
        stack.extend(node.get("shadowRoots", []))
        if "contentDocument" in node:
            stack.append(node["contentDocument"])
    found: dict[int, Measured] = {}
    frames = [session.send("Page.getFrameTree")["frameTree"]]
    while frames:
        frame = frames.pop()
        frames.extend(frame.get("childFrames", []))
        for node in session.send("Accessibility.getFullAXTree", {"frameId": frame["frame"]["id"]})["nodes"]:
            id = ids.get(node.get("backendDOMNodeId", -1))
            if id is None or node.get("ignored"):
                continue
            role = node.get("role", {}).get("value", "")
            found[id] = Measured(_ROLES.get(role, role), normalized(node.get("name", {}).get("value", "")))
    session.detach()
    return found


def compare(where: str, page: Page, chromium_page: Any, *, most_asked: int = 400) -> Agreement:
    """Our roles and names against Chromium's and Playwright's."""
    agreement = Agreement(where)
    started = time.process_time()
    access = Accessible(page, StyleCache())
    ours: dict[int, tuple[str, str]] = {}
    for node in page.nodes.values():
        role = _role(access, node) if node.kind == ELEMENT else ""
        if role in INTERACTIVE and not access.hidden(node):
            ours[node.id] = role, access.name(node)
    agreement.milliseconds = (time.process_time() - started) * 1_000
    theirs = accessibility_tree(chromium_page.context, chromium_page)
    for id, measured in theirs.items():
        node = page.nodes[id]
        role = _role(access, node)
        if measured.role not in INTERACTIVE and role not in INTERACTIVE:
            continue
        agreement.exposed += 1
        if access.hidden(node):
            agreement.unseen += 1
            agreement.differences.append(Difference("unseen", id, node.tag, role, f"{measured.role} {measured.name!r}"))
            continue
        name = access.name(node)
        if role == measured.role:
            agreement.roles += 1
        else:
            agreement.differences.append(Difference("role", id, node.tag, role, measured.role))
        if name == measured.name[:1_000]:
            agreement.names += 1
        else:
            agreement.differences.append(Difference("name", id, node.tag, name, measured.name))
    for id, (role, name) in ours.items():
        if id not in theirs:
            agreement.unexposed += 1
            agreement.differences.append(Difference("unexposed", id, page.nodes[id].tag, f"{role} {name!r}", ""))
    _ask_playwright(agreement, page, ours, chromium_page, most_asked)
    return agreement


def _role(access: Accessible, node: Node) -> str:
    return access.role(node) or ("summary" if node.tag == "summary" else "")


def _ask_playwright(
    agreement: Agreement, page: Page, ours: dict[int, tuple[str, str]], chromium_page: Any, most: int
) -> None:
    wanted: dict[tuple[str, str], set[int]] = {}
    for id, (role, name) in ours.items():
        if role != "summary":
            wanted.setdefault((role, name), set()).add(id)
    for (role, name), ids in list(wanted.items())[:most]:
        found: set[int] = set()
        for frame in chromium_page.frames:
            given = frame.get_by_role(role, name=name, exact=True).evaluate_all(_IDS, MARK)
            found.update(given)
        agreement.asked += len(ids)
        agreement.found += len(ids & found)
        agreement.excess += len(found - ids)
        for id in ids - found:
            agreement.differences.append(
                Difference("not found by Playwright", id, page.nodes[id].tag, f"{role} {name!r}", "")
            )
        for id in found - ids:
            node = page.nodes.get(id)
            agreement.differences.append(
                Difference("found by Playwright only", id, node.tag if node else "?", "", f"{role} {name!r}")
            )


# The pages


def recorded_pages(path: Path) -> Iterator[tuple[str, Page]]:
    """The pages of a recording as they were loaded, and as the last one was when it ended."""
    page = Page()
    count = 0
    for event in orjson.loads(path.read_bytes()):
        data = event.get("data")
        match event.get("type"):
            case 4:
                page.href, page.width, page.height = data["href"], data["width"], data["height"]
            case 2:
                page.load(data)
                count += 1
                yield f"page {count}", page
            case 3 if page.root is not None and data.get("source") == 0:
                page.mutate(data)
    if count and page.changes:
        yield "last state", page


def measure_recording(chromium: Any, path: Path) -> Iterator[Agreement]:
    """Every page of a recording, rebuilt and compared."""
    for where, page in recorded_pages(path):
        width, height = page.width or 1280, page.height or 720
        with blank_page(chromium, width, height) as blank:
            tree, frames = serialized(page)
            blank.evaluate(_REBUILD, [tree, frames, MARK, max(width, 100), max(height, 100)])
            yield compare(f"{path.stem} {where}", page, blank)


def measure_own_page(chromium: Any, path: Path) -> Agreement:
    """A page of our own: loaded by Chromium, snapshotted there by rrweb, and compared with itself."""
    with blank_page(chromium, 1280, 720) as page:
        page.set_content(path.read_text())
        page.evaluate(RRWEB.read_text() + ";void 0")
        mirror = Page()
        mirror.width, mirror.height = 1280, 720
        mirror.load({"node": page.evaluate(_SNAPSHOT, MARK)})
        return compare(path.stem, mirror, page)


HEADER = f"{'page':44} {'both':>5} {'names':>7} {'roles':>7} {'unseen':>7} {'unexp.':>7} {'Playwright':>12} {'ms':>6}"


def line(agreement: Agreement) -> str:
    """One row of the table."""
    both = agreement.both
    return (
        f"{agreement.page[:44]:44} {both:5} {agreement.share:7.1%} {agreement.roles / both if both else 1:7.1%} "
        f"{agreement.unseen:7} {agreement.unexposed:7} "
        f"{agreement.found:5}/{agreement.asked}+{agreement.excess:<3} {agreement.milliseconds:6.1f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-v", action="store_true", help="list each difference")
    parser.add_argument("--only", default="", help="recordings whose file name holds this")
    options = parser.parse_args()
    total = Agreement("all recordings")
    print(HEADER)
    with browser() as chromium:
        for path in sorted(PAGES.glob("*.html")):
            if options.only in path.stem:
                show(measure_own_page(chromium, path), options.v)
        for path in sorted((SHARED / "recordings").glob("*.json")):
            if options.only not in path.stem:
                continue
            whole = Agreement(path.stem)
            for agreement in measure_recording(chromium, path):
                show(agreement, options.v)
                whole.add(agreement)
            print(line(whole), "<- whole")
            total.add(whole)
    print(line(total))
    return 0


def show(agreement: Agreement, verbose: bool) -> None:
    print(line(agreement), flush=True)
    if verbose:
        counts = Counter((one.what, one.tag, one.ours, one.theirs) for one in agreement.differences)
        for (what, tag, ours, theirs), count in counts.most_common():
            print(f"    {count:3}x {what} <{tag}> ours {ours!r} theirs {theirs!r}")


if __name__ == "__main__":
    sys.exit(main())
