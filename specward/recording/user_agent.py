"""How elements are laid out before any style sheet of the page says so: HTML 15.3, as Chromium has it."""

from __future__ import annotations

from specward.recording.dom import DOCUMENT, Node

_NONE = frozenset(
    "area base basefont datalist head link meta noembed noframes param rp script style template title".split()
)
_DISPLAY = {
    **dict.fromkeys(
        "html body address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure "
        "footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend listing main menu nav ol optgroup option p "
        "plaintext pre search section summary ul xmp".split(),
        "block",
    ),
    **dict.fromkeys("button input select textarea meter progress marquee".split(), "inline-block"),
    "caption": "table-caption",
    "col": "table-column",
    "colgroup": "table-column-group",
    "li": "list-item",
    "rt": "ruby-text",
    "ruby": "ruby",
    "slot": "contents",
    "table": "table",
    "tbody": "table-row-group",
    "td": "table-cell",
    "tfoot": "table-footer-group",
    "th": "table-cell",
    "thead": "table-header-group",
    "tr": "table-row",
}

NEVER_LAID_OUT = frozenset("animate desc embed metadata noscript stop view".split())
"""Whatever their ``display`` says."""
FALLBACK_INSIDE = frozenset({"audio", "canvas", "iframe", "img", "meter", "object", "option", "progress", "video"})
"""Elements whose children are not shown (of an ``<iframe>``, its document is)."""
STYLED_FALLBACK = frozenset({"canvas", "object", "option"})
"""Those of them whose children have a computed style nevertheless."""
NO_CONTENTS = frozenset(
    "audio br canvas embed frame frameset iframe img input meter object progress select svg textarea video wbr".split()
)
"""Where ``display: contents`` means none (CSS Display 3, appendix B)."""


def default_display(node: Node) -> str:
    """An element's ``display`` by the user agent's style sheet."""
    tag = node.tag
    if tag in _NONE:
        return "none"
    if tag == "dialog":
        return "none" if node.attr("open") is None else "block"
    if "popover" in node.attrs or (tag == "audio" and node.attr("controls") is None):
        return "none"
    return _DISPLAY.get(tag, "inline")


def is_hidden_by_attribute(node: Node) -> bool:
    """``hidden`` (HTML 6.1): a presentational hint, which any rule of the page outweighs. SVG knows no such thing."""
    if "hidden" not in node.attrs or node.tag in ("svg", "g", "path", "use"):
        return False
    return node.attr("hidden") is not None and not is_until_found(node)


def is_until_found(node: Node) -> bool:
    """``hidden="until-found"``: the element has its box, its contents are skipped."""
    return "hidden" in node.attrs and (node.attr("hidden") or "").lower() == "until-found"


def is_root(node: Node) -> bool:
    """Is it the root element of a document?"""
    return node.parent is None or node.parent.kind == DOCUMENT
