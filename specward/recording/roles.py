"""The ARIA role of a recorded element: what ``getByRole`` finds it by.

WAI-ARIA 1.2 and HTML-AAM. Where browsers or specifications differ, Playwright's own role engine decides
(``roleUtils.ts``), because Playwright is what a spec is run with.
"""

from __future__ import annotations

from collections.abc import Callable

from specward.recording.dom import DOCUMENT, ELEMENT, TEXT, Node

ById = Callable[[Node, str], Node | None]
"""Finds the element of an id in the tree scope of a node."""

ROLES = frozenset(
    "alert alertdialog application article banner blockquote button caption cell checkbox code columnheader combobox "
    "complementary contentinfo definition deletion dialog directory document emphasis feed figure form generic grid "
    "gridcell group heading img insertion link list listbox listitem log main mark marquee math menu menubar menuitem "
    "menuitemcheckbox menuitemradio meter navigation none note option paragraph presentation progressbar radio "
    "radiogroup region row rowgroup rowheader scrollbar search searchbox separator slider spinbutton status strong "
    "subscript superscript switch tab table tablist tabpanel term textbox time timer toolbar tooltip tree treegrid "
    "treeitem".split()
)

# HTML-AAM 4.1, elements whose role depends on nothing but the tag.
_BY_TAG = {
    "article": "article",
    "aside": "complementary",
    "blockquote": "blockquote",
    "button": "button",
    "caption": "caption",
    "code": "code",
    "datalist": "listbox",
    "dd": "definition",
    "del": "deletion",
    "details": "group",
    "dfn": "term",
    "dialog": "dialog",
    "dt": "term",
    "em": "emphasis",
    "fieldset": "group",
    "figure": "figure",
    "h1": "heading",
    "h2": "heading",
    "h3": "heading",
    "h4": "heading",
    "h5": "heading",
    "h6": "heading",
    "hr": "separator",
    "html": "document",
    "ins": "insertion",
    "li": "listitem",
    "main": "main",
    "mark": "mark",
    "math": "math",
    "menu": "list",
    "meter": "meter",
    "nav": "navigation",
    "ol": "list",
    "optgroup": "group",
    "option": "option",
    "output": "status",
    "p": "paragraph",
    "progress": "progressbar",
    "search": "search",
    "strong": "strong",
    "sub": "subscript",
    "sup": "superscript",
    "svg": "img",  # Chromium's choice; other browsers differ
    "table": "table",
    "tbody": "rowgroup",
    "textarea": "textbox",
    "tfoot": "rowgroup",
    "thead": "rowgroup",
    "time": "time",
    "tr": "row",
    "ul": "list",
}
_BY_INPUT_TYPE = {
    "button": "button",
    "checkbox": "checkbox",
    "file": "button",
    "image": "button",
    "number": "spinbutton",
    "radio": "radio",
    "range": "slider",
    "reset": "button",
    "search": "searchbox",
    "submit": "button",
}
_TYPES = frozenset(
    "button checkbox color date datetime-local email file hidden image month number password radio range reset search "
    "submit tel text time url week".split()
)
_WITH_SUGGESTIONS = frozenset({"email", "search", "tel", "text", "url"})

# A presentational parent makes its required children presentational too (WAI-ARIA 1.2, presentational roles).
_OWNED_BY = {
    "dd": ("dl", "div"),
    "div": ("dl",),
    "dt": ("dl", "div"),
    "li": ("ol", "ul"),
    "tbody": ("table",),
    "td": ("tr",),
    "tfoot": ("table",),
    "th": ("tr",),
    "thead": ("table",),
    "tr": ("thead", "tbody", "tfoot", "table"),
}

# HTML-AAM: a header or footer inside one of these belongs to it, not to the page.
_SECTIONING = frozenset({"article", "aside", "main", "nav", "section"})
_SECTIONING_ROLES = frozenset({"article", "complementary", "main", "navigation", "region"})

_GLOBAL = frozenset(
    "aria-atomic aria-busy aria-controls aria-current aria-describedby aria-details aria-dropeffect aria-flowto "
    "aria-grabbed aria-hidden aria-keyshortcuts aria-live aria-owns aria-relevant".split()
)
NAMELESS = frozenset(
    "caption code definition deletion emphasis generic insertion mark paragraph presentation strong subscript "
    "suggestion superscript term time".split()
)
"""Roles that prohibit naming by the author (WAI-ARIA 1.2, 5.2.8.6), as Playwright has them."""
_LABEL_PROHIBITED = frozenset(
    "caption code deletion emphasis generic insertion paragraph presentation strong subscript superscript".split()
)

_MOST_WALKED = 20_000
"""Nodes looked at for one question that needs a walk."""


def input_type(node: Node) -> str:
    """What an ``<input>`` is: its ``type``, or ``text`` where that is absent or unknown (HTML 4.10.5)."""
    kind = (node.attr("type") or "text").lower()
    return kind if kind in _TYPES else "text"


def is_listbox_select(node: Node) -> bool:
    """Does this ``<select>`` show as a list rather than a drop-down (HTML-AAM, ``select``)?"""
    if "multiple" in node.attrs and node.attrs["multiple"] is not False:
        return True
    size = node.attr("size") or ""
    return size.isascii() and size.isdigit() and len(size) < 10 and int(size) > 1


def explicit_role(node: Node) -> str | None:
    """The first token of ``role`` that is a role at all."""
    value = node.attrs.get("role")
    if not value or type(value) is not str:
        return None
    for token in value[:500].lower().split():
        if token in ROLES:
            return token
    return None


def role_of(node: Node, by_id: ById | None = None) -> str | None:
    """The ARIA role of an element, ``None`` where it has none. ``by_id`` spares a walk for ``<input list>``."""
    if node.kind != ELEMENT:
        return None
    role = explicit_role(node)
    if role is None:
        return _implicit_role(node, by_id)
    if role in ("none", "presentation"):
        implicit = _implicit_role(node, by_id)
        if _keeps_role(node, implicit):
            return implicit
    return role


def is_natively_disabled(node: Node) -> bool:
    """Is the control disabled by itself or by a fieldset around it (HTML 4.10.18.5)?"""
    if node.tag not in ("button", "input", "select", "textarea", "option", "optgroup"):
        return False
    if node.attr("disabled") is not None:
        return True
    if node.tag in ("option", "optgroup"):
        parent = node.parent
        return parent is not None and parent.tag == "optgroup" and parent.attr("disabled") is not None
    below = node
    for above in node.ancestors():
        if above.kind == DOCUMENT or below.in_shadow:
            return False
        if above.tag == "fieldset" and above.attr("disabled") is not None:
            first_legend = next((child for child in above.children if child.tag == "legend"), None)
            if below is not first_legend:
                return True
        below = above
    return False


def _implicit_role(node: Node, by_id: ById | None) -> str | None:
    role = _native_role(node, by_id)
    if role is None or node.tag not in _OWNED_BY:
        return role
    below = node
    for _ in range(8):
        parent = below.parent
        if parent is None or parent.tag not in _OWNED_BY.get(below.tag, ()):
            return role
        explicit = explicit_role(parent)
        if explicit in ("none", "presentation") and not _keeps_role(parent, explicit):
            return explicit
        below = parent
    return role


def _native_role(node: Node, by_id: ById | None) -> str | None:
    tag = node.tag
    role = _BY_TAG.get(tag)
    if role is not None:
        return role
    attrs = node.attrs
    match tag:
        case "a" | "area":
            return "link" if node.attr("href") is not None else None
        case "input":
            return _input_role(node, by_id)
        case "img":
            plain = node.attr("alt") == "" and not node.attr("title") and not _has_global(node, None)
            return "presentation" if plain and not _has_tabindex(node) else "img"
        case "select":
            return "listbox" if is_listbox_select(node) else "combobox"
        case "header" | "footer":
            if _in_section(node):
                return None
            return "banner" if tag == "header" else "contentinfo"
        case "section" | "form":
            named = "aria-label" in attrs or "aria-labelledby" in attrs
            return ("region" if tag == "section" else "form") if named else None
        case "td":
            table = _closest_table(node)
            return "gridcell" if table is not None and explicit_role(table) in ("grid", "treegrid") else "cell"
        case "th":
            return _header_role(node)
    return None


def _input_role(node: Node, by_id: ById | None) -> str | None:
    kind = input_type(node)
    if kind == "hidden":
        return None
    suggestions = node.attr("list") if kind in _WITH_SUGGESTIONS else None
    if suggestions:
        found = (by_id or _walk_for_id)(node, suggestions.split()[0] if suggestions.strip() else "")
        if found is not None and found.tag == "datalist":
            return "combobox"
    return _BY_INPUT_TYPE.get(kind, "textbox")


def _walk_for_id(node: Node, id: str) -> Node | None:
    """The element of an id, by a walk through the node's tree scope."""
    top = node
    while top.parent is not None and not top.in_shadow and top.kind != DOCUMENT:
        top = top.parent
    start = top.parent if top.in_shadow and top.parent is not None else top
    stack = [child for child in start.children if child.in_shadow == top.in_shadow] if start is not top else [top]
    walked = 0
    while stack and walked < _MOST_WALKED:
        walked += 1
        one = stack.pop()
        if one.kind == ELEMENT and one.attrs.get("id") == id:
            return one
        stack.extend(child for child in reversed(one.children) if not child.in_shadow and child.kind == ELEMENT)
    return None


def _in_section(node: Node) -> bool:
    for above in node.ancestors():
        if above.kind == DOCUMENT:
            return False
        role = above.attrs.get("role")
        if role is None:
            if above.tag in _SECTIONING:
                return True
        elif role in _SECTIONING_ROLES:
            return True
    return False


def _closest_table(node: Node) -> Node | None:
    for above in node.ancestors():
        if above.kind == DOCUMENT:
            return None
        if above.tag == "table":
            return above
    return None


def _header_role(node: Node) -> str | None:
    """``<th>``: by its scope, else by its neighbours (HTML-AAM, ``th``; the neighbours as Chromium and Playwright)."""
    scope = node.attr("scope")
    if scope in ("col", "colgroup"):
        return "columnheader"
    if scope in ("row", "rowgroup"):
        return "rowheader"
    row = node.parent
    cells = [child for child in row.children if child.kind == ELEMENT] if row is not None else [node]
    if len(cells) > 2_000:
        return "columnheader"
    index = next((i for i, cell in enumerate(cells) if cell is node), 0)
    before = cells[index - 1] if index else None
    after = cells[index + 1] if index + 1 < len(cells) else None
    if before is None and after is None:
        table = _closest_table(row) if row is not None and row.tag == "tr" else None
        return None if table is not None and _has_one_row(table) else "columnheader"
    if after is not None and before is not None and after.tag == "th" and before.tag == "th":
        return "columnheader"
    return "rowheader" if _is_filled_cell(after) or _is_filled_cell(before) else "columnheader"


def _has_one_row(table: Node) -> bool:
    rows = 0
    for part in table.children:
        if part.tag == "tr":
            rows += 1
        elif part.tag in ("thead", "tbody", "tfoot"):
            rows += sum(1 for child in part.children if child.tag == "tr")
        if rows > 1:
            return False
    return True


def _is_filled_cell(node: Node | None) -> bool:
    if node is None or node.tag != "td":
        return False
    return any(child.kind == ELEMENT or (child.kind == TEXT and child.text.strip() != "") for child in node.children)


def _keeps_role(node: Node, role: str | None) -> bool:
    """Presentational roles conflict resolution (WAI-ARIA 1.2, 7.6): what can be focused or described stays."""
    if _has_global(node, role):
        return True
    if is_natively_disabled(node):
        return False
    return _is_natively_focusable(node) or _has_tabindex(node)


def _is_natively_focusable(node: Node) -> bool:
    match node.tag:
        case "button" | "details" | "select" | "textarea":
            return True
        case "a" | "area":
            return node.attr("href") is not None
        case "input":
            return node.attr("hidden") is None
    return False


def _has_tabindex(node: Node) -> bool:
    value = node.attr("tabindex")
    if value is None:
        return False
    try:
        float(value.strip() or "0")
    except ValueError:
        return False
    return True


def _has_global(node: Node, role: str | None) -> bool:
    """A global ARIA attribute that ``role`` does not prohibit."""
    for name in node.attrs:
        if name.startswith("aria-") and (
            name in _GLOBAL
            or (name in ("aria-label", "aria-labelledby") and role not in _LABEL_PROHIBITED)
            or (name == "aria-roledescription" and role != "generic")
        ):
            return True
    return False
