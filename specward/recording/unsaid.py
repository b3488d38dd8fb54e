"""What came with an action and must not be said: texts that the recorder masked, and those that will read differently
tomorrow. Only counted; a reader of the spec wants to know how much of the page nobody checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from specward.recording.actions import Unsaid
from specward.recording.dom import TEXT, Changes, Node, Page
from specward.recording.masking import is_masked
from specward.recording.volatile import is_volatile

_MOST = 2_000
_LOOKED_AT = 400
_UNSEEN = frozenset({"script", "style", "noscript", "template", "title"})


def unsaid(page: Page, changes: Changes, before: Unsaid, *, loaded: bool) -> Unsaid:
    """Counts over the whole page where it was ``loaded`` with the action, else over what changed on it, on top of
    what was counted ``before``. Looks at the first 2,000 texts, and at 400 characters of each.
    """
    masked, volatile = (0, 0) if loaded else (before.masked, before.volatile)
    for node in _texts(page, changes, loaded=loaded):
        text = node.text[:_LOOKED_AT]
        if is_masked(text):
            masked += 1
        elif is_volatile(text):
            volatile += 1
    changed = before.changed or loaded or bool(changes.added or changes.removed or changes.texts)
    return Unsaid(masked, volatile, changed)


def _texts(page: Page, changes: Changes, *, loaded: bool) -> Iterator[Node]:
    roots: Iterable[Node] = changes.added
    if loaded:
        roots = [page.root] if page.root is not None else []
    seen: set[int] = set()
    for node in _all(roots, changes):
        if len(seen) >= _MOST:
            return
        if node.kind != TEXT or node.id in seen or (node.parent is not None and node.parent.tag in _UNSEEN):
            continue
        seen.add(node.id)
        if page.nodes.get(node.id) is node:
            yield node


def _all(roots: Iterable[Node], changes: Changes) -> Iterator[Node]:
    for root in roots:
        yield from root.walk()
    for node, _ in changes.texts:
        yield node
