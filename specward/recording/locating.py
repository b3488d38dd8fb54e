"""Ranked locators for an element, unique on the page as it was at that moment.

The order follows Playwright's own scoring (``selectorGenerator.ts``): what a person would name comes first. A locator
is unique when nothing else in its document answers to it, hidden elements left out where Playwright leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from specward.recording.controls import is_editable
from specward.recording.dom import DOCUMENT, ELEMENT, TEXT, Node, Page
from specward.recording.locators import By, Frame, Locator
from specward.recording.names import Accessible
from specward.recording.volatile import is_generated_id
from specward.recording.wording import LONGEST_NAME, collapsed, is_sayable

# What each kind of locator costs; the lowest unique one wins. Playwright's scores, with our scopes in between.
SCORE = {
    By.TEST_ID: 1,
    By.ROLE: 100,
    By.PLACEHOLDER: 120,
    By.LABEL: 140,
    By.ALT: 160,
    By.TEXT: 180,
    By.TITLE: 200,
}
SCORE_CSS_ID = 500
SCORE_ROLE_ONLY = 510
SCORE_CSS_ATTRIBUTE = 520
SCORE_WITHIN = 250
"""Added for a container, above every plain name and below every plain CSS selector."""
SCORE_NTH = 10_000
SCORE_CSS_PATH = 20_000

MOST_CANDIDATES = 6
MOST_NTH = 1_000
"""Beyond this place in a list an element is not pointed at by its place."""

TEST_ID = "data-testid"
_OTHER_TEST_IDS = ("data-test", "data-test-id", "data-cy", "data-qa")
_CONTAINER_ROLES = frozenset(
    "navigation main banner contentinfo complementary search form region dialog alertdialog row listitem list table "
    "grid menu menubar tablist tabpanel toolbar group radiogroup article tree treeitem listbox figure".split()
)
_CSS_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_NOT_BY_TEXT = frozenset({"select", "html", "body", "textarea"})
"""What a field holds is what somebody typed, and no name for it."""
_NAMED = frozenset({"input", "select", "textarea", "button", "iframe"})
_UNREAD = frozenset({"script", "style", "noscript", "template", "head"})


@dataclass(frozen=True, slots=True)
class Ranked:
    """A locator with its score; lower is better. ``unique`` was judged on the page as it was."""

    locator: Locator
    score: int
    unique: bool


class _Index:
    """One document of a page (frames apart), looked up by role, attribute and text. Valid for one page version.

    Each look-up is built when it is first asked for: most targets need one or two of them.
    """

    def __init__(self, document: Node, access: Accessible) -> None:
        self._access = access
        self._by_role: dict[str, list[Node]] | None = None
        self._by_text: dict[str, list[Node]] | None = None
        self._by_label: dict[str, list[Node]] | None = None
        self._by_attribute: dict[str, dict[str, list[Node]]] = {}
        self._said: dict[int, str] = {}
        self.elements: list[Node] = []
        """In document order."""
        elements = self.elements
        stack = [document]
        while stack:
            node = stack.pop()
            if node.kind == ELEMENT:
                elements.append(node)
                if node.tag == "iframe":
                    continue
            if node.children and node.tag not in _UNREAD:
                stack.extend(reversed(node.children))

    def by_attribute(self, name: str, value: str) -> list[Node]:
        """The elements that have just this attribute value."""
        values = self._by_attribute.get(name)
        if values is None:
            values = self._by_attribute[name] = {}
            for node in self.elements:
                if name in node.attrs:
                    given = node.attr(name)
                    if given:
                        values.setdefault(given, []).append(node)
        return values.get(value, [])

    def may_be_called(self, node: Node, words: Iterable[str]) -> bool:
        """Could the element's name hold all these words? Asked of the raw words in and on it, before it is named.

        Words that a style sheet adds are not seen here; who is named by another element always may be.
        """
        said = self._said.get(node.id)
        if said is None:
            said = self._said[node.id] = _words_in(node)
        return said == "" or all(word in said for word in words)

    @property
    def by_role(self) -> dict[str, list[Node]]:
        if self._by_role is None:
            roles: dict[str, list[Node]] = {}
            role_of = self._access.role
            for node in self.elements:
                role = role_of(node)
                if role:
                    roles.setdefault(role, []).append(node)
            self._by_role = roles
        return self._by_role

    @property
    def by_label(self) -> dict[str, list[Node]]:
        if self._by_label is None:
            labels: dict[str, list[Node]] = {}
            for node in self.elements:
                if node.tag in _LABELLED or "aria-label" in node.attrs or "aria-labelledby" in node.attrs:
                    for text in self._access.label_texts(node):
                        labels.setdefault(collapsed(text), []).append(node)
            self._by_label = labels
        return self._by_label

    @property
    def by_text(self) -> dict[str, list[Node]]:
        """Elements by their whole text; of nested ones with the same text only the innermost, as Playwright does."""
        if self._by_text is None:
            whole: dict[int, str | None] = {}
            found: dict[str, list[Node]] = {}
            for node in reversed(self.elements):  # children come after their parents
                if node.tag in _UNREAD:
                    continue
                parts: list[str] = []
                size = 0
                inner = False
                for child in node.children:
                    if child.kind == TEXT:
                        part: str | None = child.text
                    elif child.kind == ELEMENT:
                        part = whole.get(child.id, "")
                        inner = True
                    else:
                        continue
                    if part is None or size + len(part) > 400:
                        parts, size = [], -1
                        break
                    parts.append(part)
                    size += len(part)
                if size < 0:
                    whole[node.id] = None
                    continue
                text = "".join(parts)
                if node.tag == "input" and node.attr("type") in ("submit", "button", "reset"):
                    text = node.attr("value") or ""
                whole[node.id] = text
                flat = collapsed(text)
                if flat and not (inner and any(collapsed(whole.get(c.id) or "") == flat for c in node.children)):
                    found.setdefault(flat, []).append(node)
            for nodes in found.values():
                nodes.reverse()
            self._by_text = found
        return self._by_text


_LABELLED = frozenset({"input", "textarea", "select", "button", "meter", "output", "progress"})


class Locating:
    """Finds locators on a page that keeps changing; its indexes last as long as the page stays as it is."""

    def __init__(self, page: Page, access: Accessible) -> None:
        self.page = page
        self.access = access
        self._version = -1
        self._indexes: dict[int, _Index] = {}

    def locate(self, node: Node) -> tuple[Ranked, ...]:
        """The locators of an element, best first, at most six; the first is the one to use. Empty for a node that is
        no element or is not on the page."""
        if node.kind != ELEMENT:
            return ()
        ranked = sorted(self._candidates(node), key=lambda one: (not one.unique, one.score))
        kept: dict[Locator, Ranked] = {}
        for one in ranked:
            kept.setdefault(one.locator, one)
        return tuple(list(kept.values())[:MOST_CANDIDATES])

    def unique(self, node: Node) -> Locator | None:
        """The best locator of an element that says what it is in words, or ``None`` where there is no unique one.

        Cheaper than :meth:`locate`: the kinds come in the order of their scores, and the first that is unique is it.
        """
        if node.kind != ELEMENT:
            return None
        document = document_of(node)
        reachable, frame = self._frame(document)
        if not reachable:
            return None
        several: list[tuple[Locator, list[Node]]] = []
        for locator, score, matched in self._plain(node, document):
            if len(matched) == 1 and matched[0] is node:
                return _scoped(locator, frame)
            if len(matched) > 1 and score < SCORE_CSS_ID:
                several.append((locator, matched))
        for locator, matched in several:
            container = self._container(node, document, matched)
            if container is not None and container[0].by is not By.CSS:
                return replace(locator, within=_scoped(container[0], frame))
        return None

    def matches(self, locator: Locator, document: Node | None = None, *, said_by: Node | None = None) -> list[Node]:
        """What a plain locator (``within`` and ``nth`` left out) answers to in one document.

        ``said_by`` is an element that is known to be called so: a hint that spares naming all the others.
        """
        document = document or self.page.root
        if document is None:
            return []
        index = self._index(document)
        match locator.by:
            case By.ROLE:
                nodes: Iterable[Node] = index.by_role.get(locator.value, ())
                if locator.name is not None:
                    name, words = locator.name, locator.name.split()
                    if said_by is not None and not index.may_be_called(said_by, words):
                        words = []  # its name comes from elsewhere, so another's may too
                    may = index.may_be_called
                    nodes = [node for node in nodes if may(node, words) and self.access.name(node) == name]
                return [node for node in nodes if not self.access.hidden(node)]
            case By.TEXT:
                return list(index.by_text.get(locator.value, ()))
            case By.LABEL:
                return list(index.by_label.get(locator.value, ()))
            case By.TEST_ID | By.PLACEHOLDER | By.ALT | By.TITLE:
                attribute = TEST_ID if locator.by is By.TEST_ID else locator.by.value
                return [node for node in index.by_attribute(attribute, locator.value) if _takes(locator.by, node)]
            case _:
                return []

    # The candidates

    def _candidates(self, node: Node) -> Iterator[Ranked]:
        document = document_of(node)
        reachable, frame = self._frame(document)
        if not reachable:
            return
        plain = list(self._plain(node, document))
        found = False
        for locator, score, matched in plain:
            if len(matched) == 1 and matched[0] is node:
                found = True
                yield Ranked(_scoped(locator, frame), score, True)
        if not found:
            for locator, score, matched in plain:
                if len(matched) > 1 and score < SCORE_CSS_ID:
                    container = self._container(node, document, matched)
                    if container is not None:
                        found = True
                        within, extra = container
                        yield Ranked(
                            replace(locator, within=_scoped(within, frame)), score + SCORE_WITHIN + extra, True
                        )
        css = list(self._css(node, document))
        for locator, score, matched in css:
            if len(matched) == 1 and matched[0] is node:
                yield Ranked(_scoped(locator, frame), score, True)
        if not found:
            for locator, score, matched in [*plain, *css]:
                if len(matched) > 1 and node in matched[:MOST_NTH]:
                    nth = replace(locator, nth=matched.index(node))
                    yield Ranked(_scoped(nth, frame), SCORE_NTH + score, True)
            yield from self._by_path(node, document, frame)

    def _plain(self, node: Node, document: Node) -> Iterator[tuple[Locator, int, list[Node]]]:
        """What a person would call the element: each with everything else in the document that answers to it."""
        access = self.access
        role = access.role(node)
        name = access.name(node) if role else ""
        test_id = node.attr(TEST_ID)
        if test_id and is_sayable(test_id, LONGEST_NAME) and collapsed(test_id) == test_id:
            locator = Locator(By.TEST_ID, test_id)
            yield locator, SCORE[By.TEST_ID], self.matches(locator, document)
        wordings: list[tuple[By, str]] = []
        placeholder = node.attr("placeholder")
        if placeholder and node.tag in ("input", "textarea"):
            wordings.append((By.PLACEHOLDER, placeholder))
        if node.tag in _LABELLED or "aria-label" in node.attrs or "aria-labelledby" in node.attrs:
            wordings.extend((By.LABEL, text) for text in access.label_texts(node))
        alt = node.attr("alt")
        if alt and node.tag in ("img", "area", "input"):
            wordings.append((By.ALT, alt))
        title = node.attr("title")
        if title:
            wordings.append((By.TITLE, title))
        if role and name and is_sayable(name, LONGEST_NAME):
            locator = Locator(By.ROLE, role, name=name)
            matched = self.matches(locator, document, said_by=node)
            if node in matched:
                yield locator, SCORE[By.ROLE], matched
        for by, text in wordings:
            said = collapsed(text)
            if is_sayable(said, LONGEST_NAME):
                locator = Locator(by, said)
                matched = self.matches(locator, document)
                if node in matched:
                    yield locator, SCORE[by], matched
        if node.tag not in _NOT_BY_TEXT and not is_editable(node):
            text = collapsed(access.text(node))
            if is_sayable(text, LONGEST_NAME) and not _is_patchwork(node):
                locator = Locator(By.TEXT, text)
                matched = self.matches(locator, document)
                if node in matched:
                    yield locator, SCORE[By.TEXT], matched
                elif len(matched) == 1 and node in matched[0].ancestors():
                    # The innermost element with this text lies inside: a click there is a click here.
                    yield locator, SCORE[By.TEXT] + 5, [node]
        if role and role not in ("generic", "none", "presentation"):
            locator = Locator(By.ROLE, role)
            matched = self.matches(locator, document)
            if node in matched:
                yield locator, SCORE_ROLE_ONLY, matched

    def _container(self, node: Node, document: Node, matched: list[Node]) -> tuple[Locator, int] | None:
        """The nearest ancestor with a name of its own inside which ``node`` is the only match."""
        others = [other for other in matched if other is not node]
        inside: set[int] = set()
        for other in others[:200]:
            inside.update(above.id for above in other.ancestors())
        for ancestor in node.ancestors():
            if ancestor is document:
                return None
            if ancestor.kind != ELEMENT or ancestor.id in inside or len(others) > 200:
                continue
            locator = self._container_locator(ancestor, document)
            if locator is not None:
                return locator, 0 if locator.by is not By.CSS else 200
        return None

    def _container_locator(self, node: Node, document: Node) -> Locator | None:
        candidates: list[Locator] = []
        test_id = node.attr(TEST_ID)
        if test_id and is_sayable(test_id, LONGEST_NAME):
            candidates.append(Locator(By.TEST_ID, test_id))
        role = self.access.role(node)
        if role in _CONTAINER_ROLES:
            name = self.access.name(node)
            if name and is_sayable(name, LONGEST_NAME):
                candidates.append(Locator(By.ROLE, role, name=name))
            candidates.append(Locator(By.ROLE, role))
        for locator in candidates:
            if self.matches(locator, document) == [node]:
                return locator
        id = node.attr("id")
        if not id or not _css_name(id) or is_generated_id(id):
            return None
        return Locator(By.CSS, f"#{id}") if len(self._index(document).by_attribute("id", id)) == 1 else None

    def _css(self, node: Node, document: Node) -> Iterator[tuple[Locator, int, list[Node]]]:
        """Restricted CSS: an id, a test attribute, a name; never a class that a build made."""
        index = self._index(document)
        id = node.attr("id")
        if id and _css_name(id) and not is_generated_id(id):
            yield Locator(By.CSS, f"#{id}"), SCORE_CSS_ID, index.by_attribute("id", id)
        for attribute in _OTHER_TEST_IDS:
            value = node.attr(attribute)
            if value and _css_value(value):
                yield Locator(By.CSS, f"[{attribute}='{value}']"), 2, index.by_attribute(attribute, value)
        # Not by its address: the recorder makes every href absolute, so the page's own attribute is not known.
        name = node.attr("name")
        if name and node.tag in _NAMED and _css_value(name) and not is_generated_id(name):
            matched = [other for other in index.by_attribute("name", name) if other.tag == node.tag]
            yield Locator(By.CSS, f"{node.tag}[name='{name}']"), SCORE_CSS_ATTRIBUTE, matched

    def _by_path(self, node: Node, document: Node, frame: Frame | None) -> Iterator[Ranked]:
        """The last resort: the tag with its stable classes, and which one of them in the document."""
        classes = [c for c in (node.attr("class") or "").split() if _css_name(c) and not is_generated_id(c)][:2]
        wanted = set(classes)
        selector = node.tag + "".join(f".{c}" for c in classes)
        if not _css_name(node.tag):
            return
        same = [
            other
            for other in self._index(document).elements
            if other.tag == node.tag and wanted <= set((other.attr("class") or "").split())
        ]
        if node not in same[:MOST_NTH]:
            return
        nth = same.index(node) if len(same) > 1 else None
        score = SCORE_CSS_PATH if nth is not None else SCORE_CSS_ATTRIBUTE + 10
        yield Ranked(_scoped(Locator(By.CSS, selector, nth=nth), frame), score, True)

    def _frame(self, document: Node) -> tuple[bool, Frame | None]:
        """Whether a document can be reached, and the frame it is reached through; none for the page's own."""
        owner = document.parent
        if owner is None:
            return True, None
        best = self.locate(owner)
        return (True, Frame(best[0].locator)) if best else (False, None)

    def _index(self, document: Node) -> _Index:
        if self._version != self.page.version:
            self._version = self.page.version
            self._indexes = {}
        index = self._indexes.get(document.id)
        if index is None:
            index = self._indexes[document.id] = _Index(document, self.access)
        return index


_SAYING = ("aria-label", "alt", "title", "value", "placeholder")
_MOST_SAYING = 200


def _words_in(node: Node) -> str:
    """All words in an element and on it, or ``""`` where its name may come from elsewhere (labels, ids, slots)."""
    if "aria-labelledby" in node.attrs or ("id" in node.attrs and node.tag in _LABELLED) or node.tag in _NAMED:
        return ""
    parts: list[str] = []
    for count, below in enumerate(node.walk()):
        if (
            count > _MOST_SAYING
            or below.tag == "slot"
            or "aria-labelledby" in below.attrs
            or "aria-owns" in below.attrs
        ):
            return ""
        if below.text:
            parts.append(below.text)
        for name in _SAYING:
            if name in below.attrs:
                parts.append(below.attr(name) or "")
    return " ".join(parts) or " "


def document_of(node: Node) -> Node:
    """The document a node stands in: the page's own or a frame's."""
    top = node
    for above in node.ancestors():
        top = above
        if above.kind == DOCUMENT:
            break
    return top


def _is_patchwork(node: Node) -> bool:
    """Is its text run together from several blocks ("TeapotAdd")? Nobody would call it that."""
    parts = 0
    for child in node.children:
        if child.kind == TEXT and not child.text.isspace() and child.text:
            return False
        if child.kind == ELEMENT and any(below.kind == TEXT and below.text.strip() for below in child.walk()):
            parts += 1
    return parts > 1


def _takes(by: By, node: Node) -> bool:
    if by is By.PLACEHOLDER:
        return node.tag in ("input", "textarea")
    return by is not By.ALT or node.tag in ("img", "area", "input")


def _scoped(locator: Locator, frame: Frame | bool | None) -> Locator:
    if not isinstance(frame, Frame):
        return locator
    within = locator.within
    if isinstance(within, Locator):
        return replace(locator, within=_scoped(within, frame))
    return replace(locator, within=frame)


def _css_name(text: str) -> bool:
    return 0 < len(text) <= 60 and not text[0].isdigit() and text[0] != "-" and set(text) <= _CSS_SAFE


def _css_value(text: str) -> bool:
    return len(text) <= 100 and all(" " <= c <= "~" and c not in "'\\" for c in text) and ">>" not in text
