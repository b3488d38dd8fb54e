"""The pages of the docs that promises and threats name, as HTML for everybody: made from the files that we wrote.

Markdown without HTML of its own. A link to a page that is served leads there; every other one is only its words: what
else stands in the tree is not served.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

SERVED: Final = {
    "03-architecture": ("docs/03-architecture.md", "Architecture"),
    "04-generation": ("docs/04-generation.md", "Generation"),
    "05-security": ("docs/05-security.md", "Security"),
    "security-policy": ("SECURITY.md", "Reporting a weakness"),
}
"""By the name in its address: the file, and its title."""
_BY_FILE: Final = {Path(file).name: name for name, (file, _) in SERVED.items()}
_NOT_IN_A_SLUG: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page, and the name by which an address leads to it."""

    level: int
    words: str
    slug: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page: ``html`` is ours, and holds nothing that anybody has typed."""

    name: str
    title: str
    html: str
    headings: tuple[Heading, ...]


def slug(heading: str) -> str:
    """The name of a heading in addresses, as GitHub makes it: ``§2 Encryption`` is ``2-encryption``."""
    return _NOT_IN_A_SLUG.sub("", heading.strip().lower()).replace(" ", "-")


@functools.cache
def page(name: str) -> Page | None:
    """A page by the name in its address; None for one that is not served."""
    if name not in SERVED:
        return None
    file, title = SERVED[name]
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse((Path(settings.BASE_DIR) / file).read_text("utf-8"))
    headings = tuple(_named(tokens))
    for token in tokens:
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if token.children:
            token.children = _with_our_links(token.children)
    return Page(name, title, parser.renderer.render(_scrolling(tokens), parser.options, {}), headings)


def _named(tokens: Sequence[Token]) -> list[Heading]:
    found = []
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            words = "".join(one.content for one in inline.children or () if one.type in ("text", "code_inline"))
            found.append(Heading(int(opening.tag[1]), words, slug(words)))
            opening.attrSet("id", found[-1].slug)
    return found


def _with_our_links(tokens: Sequence[Token]) -> list[Token]:
    kept, is_open = [], []
    for token in tokens:
        if token.type == "link_open":
            address = _served(str(token.attrGet("href") or ""))
            is_open.append(address is not None)
            if address is not None:
                token.attrSet("href", address)
                kept.append(token)
        elif token.type == "link_close":
            if is_open.pop():
                kept.append(token)
        elif token.type != "image":
            kept.append(token)
    return kept


def _served(address: str) -> str | None:
    """The address as it is here, relative to another page; None for what leads out of what is served."""
    file, _, heading = address.partition("#")
    if not file:
        return f"#{heading}"
    name = _BY_FILE.get(file.rpartition("/")[2])
    if name is None or "://" in file:
        return None
    return f"../{name}/" + (f"#{heading}" if heading else "")


def _scrolling(tokens: Sequence[Token]) -> list[Token]:
    """Each table in a box of its own, which scrolls where the page is narrow."""
    boxed: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            boxed.append(Token("box_open", "div", 1, attrs={"class": "scroll"}, block=True))
        boxed.append(token)
        if token.type == "table_close":
            boxed.append(Token("box_close", "div", -1, block=True))
    return boxed
