"""Which element a person meant: from the node a recorder names to the control that answers."""

from __future__ import annotations

from enum import StrEnum

from specward.recording.dom import DOCUMENT, ELEMENT, Node, Page


class Field(StrEnum):
    """What a form control takes."""

    TEXT = "text"
    CHECKBOX = "checkbox"
    RADIO = "radio"
    SELECT = "select"
    FILE = "file"
    EDITABLE = "editable"
    NONE = "none"


_WIDGET_ROLES = frozenset(
    "button link checkbox radio switch tab menuitem menuitemcheckbox menuitemradio option combobox textbox searchbox "
    "spinbutton slider treeitem gridcell columnheader listbox".split()
)
_CONTROLS = frozenset({"button", "input", "select", "textarea", "summary", "option", "label"})
_NOT_TYPED = frozenset({"button", "submit", "reset", "image", "hidden", "color", "range"})


def control_of(node: Node) -> tuple[Node, bool]:
    """The element a click on ``node`` was meant for, and whether it is a control (or just some element).

    A click on an icon or a text inside a link, a button or a label is a click on that.
    """
    element = node if node.kind == ELEMENT else node.parent
    if element is None or element.kind != ELEMENT:
        return node, False
    current: Node | None = element
    while current is not None and current.kind == ELEMENT and current.tag not in ("body", "html"):
        if is_control(current):
            return current, True
        current = current.parent
    return element, False


def is_control(node: Node) -> bool:
    """Does the element take clicks or keys by what it is?"""
    attrs = node.attrs
    if node.tag in _CONTROLS:
        return True
    if node.tag == "a" and "href" in attrs:
        return True
    role = attrs.get("role")
    if type(role) is str and role.split(" ")[0] in _WIDGET_ROLES:
        return True
    if is_editable(node) or "onclick" in attrs:
        return True
    tabindex = attrs.get("tabindex")
    return tabindex is not None and str(tabindex).isdigit()


def is_editable(node: Node) -> bool:
    """Is the element itself content-editable?"""
    value = node.attr("contenteditable")
    return value is not None and value.lower() in ("", "true", "plaintext-only")


def editable_of(node: Node) -> Node | None:
    """The outermost content-editable element around a node."""
    found = None
    for above in [node, *node.ancestors()]:
        if above.kind == DOCUMENT:
            break
        if above.kind == ELEMENT and is_editable(above):
            found = above
    return found


def field_of(node: Node) -> Field:
    """What the element takes, by HTML's input types."""
    if node.tag == "textarea":
        return Field.TEXT
    if node.tag == "select":
        return Field.SELECT
    if node.tag == "input":
        kind = (node.attr("type") or "text").lower()
        if kind in ("checkbox", "radio", "file"):
            return Field(kind)
        return Field.NONE if kind in _NOT_TYPED else Field.TEXT
    return Field.EDITABLE if is_editable(node) else Field.NONE


def labelled_by(label: Node, page: Page) -> Node | None:
    """The control a ``<label>`` is for."""
    wanted = label.attr("for")
    if wanted:
        for node in page.root.walk() if page.root else ():
            page.spend(20)
            if node.kind == ELEMENT and node.attrs.get("id") == wanted:
                return node
        return None
    for node in label.walk():
        if node.tag in ("input", "select", "textarea", "button", "meter", "output", "progress"):
            return node
    return None


def option_label(select: Node, value: str) -> str:
    """The words of the option that has ``value``; the value itself where the page holds no such option."""
    for node in select.walk():
        if node.tag == "option":
            words = " ".join("".join(below.text for below in node.walk()).split())
            given = node.attr("value")
            if (given if given is not None else words) == value:
                return node.attr("label") or words or value
    return value


def form_of(node: Node) -> Node | None:
    """The form or dialog an element stands in."""
    for above in node.ancestors():
        if above.tag in ("form", "dialog") or above.attrs.get("role") in ("dialog", "alertdialog", "form", "search"):
            return above
    return None
