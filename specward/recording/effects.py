"""What an action caused, as a person would see it: read from the page's changes, never from its looks alone.

An effect was false before its action and is true once the page has settled; anything that was there before is no
effect. The number looked at is capped: a page that rebuilds itself whole says little that is worth asserting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from specward.recording.actions import Effect, EffectKind
from specward.recording.controls import is_control
from specward.recording.dom import DOCUMENT, ELEMENT, TEXT, Changes, Node, Page
from specward.recording.locating import Locating, document_of
from specward.recording.locators import By, Locator
from specward.recording.names import Accessible
from specward.recording.secrecy import why_secret
from specward.recording.volatile import steady_address
from specward.recording.wording import LONGEST_NAME, LONGEST_TEXT, collapsed, has_words, is_sayable

_PRIORITY = {
    "alertdialog": 0, "dialog": 0, "alert": 1, "status": 2, "heading": 3, "row": 5, "listitem": 6, "tab": 6,
    "button": 7, "link": 8, "menuitem": 8, "textbox": 8, "option": 9, "img": 9, "cell": 9,
}  # fmt: skip
_TEXT_PRIORITY = 4
"""A paragraph or a label that came: below a heading, above the furniture."""
_LIVE = frozenset({"alert", "status"})
_COUNTED = frozenset({"listitem", "row", "option", "article", "menuitem", "treeitem"})
_SHOWING = frozenset({"class", "style", "hidden", "open", "aria-hidden"})
_SEEN_EMPTY = frozenset({"input", "textarea", "select", "img", "svg", "canvas", "video", "button"})
_UNSEEN = frozenset({"script", "style", "link", "meta", "noscript", "template", "head", "title"})

_MOST_ROOTS = 60
_MOST_WALKED = 600
_MOST_LOCATED = 8
_MOST_EFFECTS = 10


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says at one moment: all its texts, and those of its headings."""

    texts: frozenset[str] = frozenset()
    headings: frozenset[str] = frozenset()

    def has(self, text: str, role: str) -> bool:
        """Was ``text`` there already, as what it is now? A link's words on the way to a heading are no heading."""
        return text in (self.headings if role == "heading" else self.texts)


@dataclass(slots=True)
class Before:
    """What was known of the page when an action began."""

    path: str
    title: str
    said: Said | None = None
    """What the page said; ``None`` until somebody asks: the page's changes tell."""
    loaded: bool = False
    """Another page has been loaded since."""


_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


_SPEAKING = _HEADINGS | {"dialog", "output"}


def said_before(page: Page, changes: Changes) -> Said:
    """Every text that was on the page before ``changes``: what it says now, with the changes taken back."""
    if page.root is None:
        return Said()
    texts: set[str] = set()
    headings: set[str] = set()
    came = {below.id for node in changes.added for below in node.walk() if below.kind == TEXT}
    changed: dict[int, str] = {}
    for node, before in changes.texts:
        changed.setdefault(node.id, before)
    for node in page.nodes.values():
        if node.kind == TEXT and node.id not in came:
            _say(node, changed.get(node.id, node.text), texts, headings)
    for root in changes.removed:
        if root.id not in came:
            for node in root.walk():
                if node.kind == TEXT and node.id not in came:
                    _say(node, changed.get(node.id, node.text), texts, headings)
    return Said(frozenset(texts), frozenset(headings))


def _say(node: Node, text: str, texts: set[str], headings: set[str]) -> None:
    said = collapsed(text)
    parent = node.parent
    if said and parent is not None:
        texts.add(said)
        if parent.tag in _HEADINGS or (parent.parent is not None and parent.parent.tag in _HEADINGS):
            headings.add(said)


class Observer:
    """Reads effects off one window's page."""

    def __init__(self, page: Page, access: Accessible, locating: Locating) -> None:
        self.page = page
        self.access = access
        self.locating = locating

    def effects(self, changes: Changes, before: Before, path: str, acted: Node | None) -> tuple[Effect, ...]:
        """The effects since ``before``; ``acted`` is the element acted on, whose own value is no effect."""
        found: list[Effect] = []
        address = steady_address(path)
        if path and address != steady_address(before.path):
            found.append(Effect(EffectKind.URL, text=address))
        title = self.page.title
        if title != before.title and is_sayable(title, LONGEST_TEXT):
            found.append(Effect(EffectKind.TITLE, text=title))
        moved = bool(found)
        if before.loaded:
            found.extend(self._new_page(before))
        elif changes:
            before.said = said_before(self.page, changes)
            shown, hidden = self._toggled(changes)
            found.extend(self._appeared(changes, shown, before))
            found.extend(self._gone(changes, hidden, moved=moved))
            found.extend(self._values(changes, acted))
            found.extend(self._counts(changes))
        kept: dict[Effect, None] = dict.fromkeys(found)
        return tuple(list(kept)[:_MOST_EFFECTS])

    # A page that was loaded

    def _new_page(self, before: Before) -> Iterator[Effect]:
        root = self.page.root
        if root is None:
            return
        candidates: list[tuple[int, Node]] = []
        for node in root.walk():
            if node.tag not in _SPEAKING and "role" not in node.attrs:
                continue
            role = self.access.role(node)
            if role in ("heading", "alert", "status", "dialog", "alertdialog"):
                priority = _PRIORITY[role] * 10 + (self._heading_rank(node) if role == "heading" else 0)
                candidates.append((priority, node))
        candidates.sort(key=lambda one: one[0])
        for _, node in candidates[: _MOST_LOCATED * 2]:
            if self._said_before(node, before):
                continue
            effect = self._seen(node)
            if effect is not None:
                yield effect

    # A page that changed

    def _appeared(self, changes: Changes, shown: list[Node], before: Before) -> Iterator[Effect]:
        gone = _all_texts(changes.removed)
        restless = {id for id, times in Counter(node.id for node, _ in changes.texts).items() if times > 2}
        added = {node.id for node in changes.added}
        roots: dict[int, Node] = {}
        for node in changes.added:
            if self._on_page(node) and (node.parent is None or node.parent.id not in added):
                if node.kind == TEXT and node.parent is not None:
                    if node.parent.id not in restless:
                        roots.setdefault(node.parent.id, node.parent)
                elif node.kind in (ELEMENT, DOCUMENT):
                    roots.setdefault(node.id, node)
        changed: dict[int, Node] = {}
        for node, _ in changes.texts:
            if node.id not in restless and self._on_page(node) and node.parent is not None:
                changed.setdefault(node.parent.id, node.parent)
        was_hidden = {node.id for root in shown for node in root.walk()}
        candidates: list[tuple[int, int, Node]] = []
        walked = 0
        for root in [*roots.values(), *changed.values(), *shown][:_MOST_ROOTS]:
            live = self._live_region(root)
            if live is not None:
                candidates.append((_PRIORITY["alert"] * 10, len(candidates), live))
                continue
            for node in root.walk():
                walked += 1
                if walked > _MOST_WALKED:
                    break
                if node.kind != ELEMENT or node.tag in _UNSEEN:
                    continue
                role = self.access.role(node)
                priority = _PRIORITY.get(role or "")
                if priority is None and any(c.kind == TEXT and not c.text.isspace() for c in node.children):
                    priority = _TEXT_PRIORITY
                if priority is not None:
                    level = self._heading_rank(node) if role == "heading" else 0
                    candidates.append((priority * 10 + level, len(candidates), node))
        candidates.sort(key=lambda one: one[:2])
        said: set[int] = set()
        located = 0
        for _, _, node in candidates:
            if located >= _MOST_LOCATED:
                break
            if node.id in said:
                continue
            said.add(node.id)
            text = collapsed(self.access.text(node))
            if text in gone or (node.id in changed and text == ""):
                continue
            if node.id not in was_hidden and self._said_before(node, before):
                continue
            located += 1
            effect = self._seen(node, changed=node.id in changed)
            if effect is not None:
                yield effect

    def _heading_rank(self, node: Node) -> int:
        """Higher headings first; one whose name has more in it than is seen (an anchor's label) after its equals."""
        return min(_level(node), 7) + (2 if self.access.name(node) != collapsed(self.access.text(node)) else 0)

    def _said_before(self, node: Node, before: Before) -> bool:
        """Does the element say only what the page said already when the action began?"""
        leaves = _leaf_texts(node)
        role = self.access.role(node) or ""
        said = before.said or Said()
        return bool(leaves) and all(said.has(leaf, role) for leaf in leaves)

    def _seen(self, node: Node, *, changed: bool = False) -> Effect | None:
        """The effect of ``node`` being there now; ``None`` where it cannot be pointed at or seen."""
        if self.access.hidden(node):
            return None
        role = self.access.role(node) or ""
        text = collapsed(self.access.text(node))
        if role in _LIVE and not text:
            return None  # an empty live region takes no room: it is there, and nobody sees it
        locator = self.locating.unique(node)
        if locator is None:
            return None
        if (locator.by is By.TEXT and not has_words(locator.value)) or (role == "heading" and not has_words(text)):
            return None
        if locator.name is not None and locator.name != text and is_sayable(text, LONGEST_NAME):
            plain = Locator(By.TEXT, text)
            if role == "heading" and has_words(text) and self.locating.matches(plain, document_of(node)) == [node]:
                locator = plain  # its name has more in it than is seen: the label of an anchor, say
        says_itself = locator.by is By.TEXT or (locator.by is By.ROLE and locator.name is not None)
        if (role in _LIVE or (changed and not says_itself)) and is_sayable(text, LONGEST_TEXT):
            steady = self._steady(node, locator)
            if steady.by is not By.TEXT:
                last = self._last_words(node) if role in _LIVE else ""
                return Effect(EffectKind.TEXT, steady, last or text, role, part=last != "")
        if says_itself or role in ("dialog", "alertdialog"):
            return Effect(EffectKind.APPEARED, locator, locator.name or locator.value, role)
        if is_sayable(text, LONGEST_TEXT) and node.tag not in ("input", "textarea", "select"):
            return Effect(EffectKind.TEXT, locator, text, role)
        if not text and node.tag not in _SEEN_EMPTY:
            return None
        return Effect(EffectKind.APPEARED, locator, "", role)

    def _last_words(self, node: Node) -> str:
        """What a live region of several blocks says last, which is the point of it; empty where it is one text.

        The blocks run together in its whole text ("Look again:No street"), where a blank between them is a new text.
        """
        blocks = [below for below in node.walk() if below.kind == ELEMENT and any(map(_is_words, below.children))]
        said = [collapsed(self.access.text(block)) for block in blocks if not is_control(block)]
        lasting = [words for words in said if has_words(words) and is_sayable(words, LONGEST_TEXT)]
        return lasting[-1] if len(blocks) > 1 and lasting and node not in blocks else ""

    def _steady(self, node: Node, locator: Locator) -> Locator:
        """A live region by its role rather than by the very text that is to be checked."""
        role = self.access.role(node)
        if role in _LIVE and locator.by in (By.TEXT, By.ROLE):
            alone = Locator(By.ROLE, role)
            if self.locating.matches(alone) == [node]:
                return alone
        return locator

    def _live_region(self, node: Node) -> Node | None:
        for above in [node, *node.ancestors()][:6]:
            if above.kind == ELEMENT and self.access.role(above) in _LIVE:
                return above
        return None

    def _toggled(self, changes: Changes) -> tuple[list[Node], list[Node]]:
        """What came into view by an attribute, and what went: the style sheets are asked with the old values back."""
        nodes = _changed_looks(changes, self._on_page)
        if not nodes:
            return [], []
        first: dict[tuple[int, str], tuple[Node, str | None]] = {}
        for node, name, before in changes.attributes:
            if node.id in nodes:
                first.setdefault((node.id, name), (node, before))
        now = {(id, name): node.attrs.get(name) for (id, name), (node, _) in first.items()}
        try:
            for (_, name), (node, before) in first.items():
                _put(node, name, before)
            self.page.version += 1
            hidden = {id: self.access.hidden(node) for id, node in nodes.items()}
        finally:
            for key, (node, _) in first.items():
                _put(node, key[1], now[key])
            self.page.version += 1
        shown = [node for id, node in nodes.items() if hidden[id] and not self.access.hidden(node)]
        gone = [node for id, node in nodes.items() if not hidden[id] and self.access.hidden(node)]
        return shown, gone

    def _gone(self, changes: Changes, hidden: list[Node], *, moved: bool) -> Iterator[Effect]:
        """What went; on the way to another page only dialogs count, since all the rest goes with the page."""
        candidates: list[tuple[int, Locator, str]] = []
        walked = 0
        removed = {node.id for node in changes.removed}
        came = {id(below) for node in changes.added for below in node.walk()}
        for root in changes.removed[:_MOST_ROOTS]:
            if id(root) in came or self.access.hidden(root):
                continue  # it came and went, or nobody saw it
            if root.parent is not None and root.parent.id in removed:
                continue
            for node in root.walk():
                walked += 1
                if walked > _MOST_WALKED:
                    break
                role = self.access.role(node) if node.kind == ELEMENT else None
                if role in ("dialog", "alertdialog", "alert", "row", "listitem", "heading", "button"):
                    name = self.access.name(node)
                    text = collapsed(self.access.text(node))
                    if name and is_sayable(name, LONGEST_NAME):
                        candidates.append((_PRIORITY[role], Locator(By.ROLE, role, name=name), role))
                    elif role in ("row", "listitem") and is_sayable(text, LONGEST_NAME):
                        candidates.append((_PRIORITY[role], Locator(By.TEXT, text), role))
        for node in hidden:
            role = self.access.role(node)
            if role in ("dialog", "alertdialog", "alert"):
                name = self.access.name(node)
                if is_sayable(name, LONGEST_NAME):
                    candidates.append((_PRIORITY[role], Locator(By.ROLE, role, name=name), role))
        candidates.sort(key=lambda one: one[0])
        if moved:
            candidates = [one for one in candidates if one[2] in ("dialog", "alertdialog")]
        for _, locator, role in candidates[:4]:
            if not self.locating.matches(locator):
                yield Effect(EffectKind.GONE, locator, locator.name or locator.value, role)

    def _values(self, changes: Changes, acted: Node | None) -> Iterator[Effect]:
        fields: dict[tuple[int, str], Node] = {}
        first: dict[tuple[int, str], str | None] = {}
        for node, name, before in changes.attributes[:500]:
            first.setdefault((node.id, name), before)
            if name in ("value", "checked") and node.tag in ("input", "textarea", "select") and self._on_page(node):
                fields[(node.id, name)] = node
        fields = {
            key: node for key, node in fields.items() if first[key] != node.attr(key[1])
        }  # not back to what it was
        if acted is not None:
            fields = {key: node for key, node in fields.items() if node is not acted}
        for (_, name), node in list(fields.items())[:4]:
            kind = (node.attr("type") or "").lower()
            locator = self.locating.unique(node)
            if locator is None or kind in ("password", "hidden", "submit", "button") or self.access.hidden(node):
                continue
            if name == "checked" and kind in ("checkbox", "radio"):
                yield Effect(EffectKind.CHECKED, locator, count=int(node.attr("checked") is not None))
            elif name == "value" and kind not in ("checkbox", "radio"):
                value = node.attr("value") or ""
                if is_sayable(value, LONGEST_TEXT) and not why_secret(node, self.words(node), value):
                    yield Effect(EffectKind.VALUE, locator, value)

    def _counts(self, changes: Changes) -> Iterator[Effect]:
        """Lists that grew or shrank, where the list itself can be pointed at."""
        parents: dict[int, tuple[Node, str]] = {}
        were = self._lists_before(changes)
        for node in changes.added[:200]:
            if node.kind == ELEMENT and self._on_page(node) and node.parent is not None:
                role = self.access.role(node)
                if role in _COUNTED:
                    parents.setdefault(node.parent.id, (node.parent, role))
        for parent, role in list(parents.values())[:3]:
            holder: Node | None = parent
            while holder is not None and self.access.role(holder) not in ("list", "table", "listbox", "menu", "tree"):
                holder = holder.parent
            if holder is None or self.access.hidden(holder):
                continue
            where = self.locating.unique(holder)
            if where is None or where.within is not None:
                continue
            items = [
                node
                for node in holder.walk()
                if node.kind == ELEMENT and self.access.role(node) == role and not self.access.hidden(node)
            ]
            came = {below.id for node in changes.added for below in node.walk()}
            more = sum(1 for item in items if item.id in came)
            less = sum(
                1
                for gone in changes.removed
                if gone.parent in (parent, holder) and self.access.role(gone) == role and gone.id not in came
            )
            before = were.get(self.access.name(holder), len(items) - more + less)
            if 0 < len(items) <= 50 and len(items) != before:
                yield Effect(EffectKind.COUNT, Locator(By.ROLE, role, within=where), role=role, count=len(items))

    def _lists_before(self, changes: Changes) -> dict[str, int]:
        """How many entries the lists had that were drawn anew, by their names: as many again is no effect."""
        found: dict[str, int] = {}
        for root in changes.removed[:_MOST_ROOTS]:
            if self.access.role(root) in ("list", "table", "listbox", "menu", "tree"):
                entries = [below for below in root.walk() if self.access.role(below) in _COUNTED]
                found.setdefault(self.access.name(root), len(entries))
        return found

    def words(self, node: Node) -> str:
        """What a field is called, by its label and by its author: what tells a secret (``secrecy.py``)."""
        authored = (node.attr(a) or "" for a in ("name", "id", "placeholder", "aria-label"))
        return " ".join([*self.access.label_texts(node), *authored])[:400]

    def _on_page(self, node: Node) -> bool:
        return self.page.nodes.get(node.id) is node


def _is_words(node: Node) -> bool:
    return node.kind == TEXT and bool(node.text.strip())


def _level(node: Node) -> int:
    level = node.attr("aria-level") or node.tag[1:]
    return int(level) if level.isascii() and level.isdigit() and len(level) < 3 else 9


def _leaf_texts(node: Node) -> set[str]:
    found = {collapsed(below.text) for below in node.walk() if below.kind == TEXT}
    found.discard("")
    return found


def _all_texts(nodes: Iterable[Node]) -> set[str]:
    """The texts of removed elements, so that what is merely drawn again does not count as new."""
    texts: set[str] = set()
    for count, node in enumerate(nodes):
        if count > 400:
            break
        parts: list[str] = []
        for walked, below in enumerate(node.walk()):
            if walked > 200:
                break
            if below.kind == TEXT:
                parts.append(below.text)
                texts.add(collapsed(below.text))
        texts.add(collapsed("".join(parts)))
    texts.discard("")
    return texts


def _changed_looks(changes: Changes, on_page: Callable[[Node], bool]) -> dict[int, Node]:
    """The elements whose showing may have changed, as they were changed first; at most 20."""
    nodes: dict[int, Node] = {}
    for node, name, before in changes.attributes:
        if name not in _SHOWING or node.id in nodes or not on_page(node):
            continue
        if name == "style" and not any(
            "display" in (v or "") or "visib" in (v or "") for v in (before, node.attr(name))
        ):
            continue  # it only moved
        nodes[node.id] = node
        if len(nodes) >= 20:
            break
    return nodes


def _put(node: Node, name: str, value: str | None) -> None:
    if value is None:
        node.attrs.pop(name, None)
    else:
        node.attrs[name] = value
