"""Pages: how one is left for another, by a click, by Enter, by the address bar, or by the recorder starting anew."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from specward.errors import RecordingRefused
from specward.recording.actions import ActionKind
from specward.recording.controls import form_of
from specward.recording.dom import Node
from specward.recording.effects import Before, Said, said_before
from specward.recording.filling import keep_secret
from specward.recording.reading import Event
from specward.recording.scrubbing import scrub
from specward.recording.sessions import signed_in_words
from specward.recording.window import Open, Window

_CAUSED = 10_000.0
"""Milliseconds within which a page load is taken to be caused by the action before it."""


def announce(window: Window, event: Event) -> None:
    """A Meta event: the address and size of the page whose snapshot follows."""
    data = event.data
    href = data.get("href") if type(data) is dict else None
    if type(href) is not str:
        raise RecordingRefused("a Meta event has no href", where=event.where)
    if window.first_snapshot is None:
        window.first_href, window.first_event = href, event.number
    window.meta = (event.number, event.at, href)
    width, height = data.get("width"), data.get("height")
    if window.first_size is None and type(width) in (int, float) and type(height) in (int, float):
        window.first_size = (width, height) if width > 0 and height > 0 else None  # a hidden tab has no size yet
    window.page.width = int(width) if type(width) in (int, float) and 0 <= width < 1e6 else window.page.width
    window.page.height = int(height) if type(height) in (int, float) and 0 <= height < 1e6 else window.page.height


def change_route(window: Window, event: Event) -> None:
    """Recorders report route changes, which leave no Meta event, as custom events with an address in them."""
    payload = event.data.get("payload") if type(event.data) is dict else None
    href = payload.get("href") or payload.get("url") if type(payload) is dict else None
    if type(href) is str and window.path:
        address = scrub(href)
        if address is not None and address.origin == window.origin:
            window.move(address.path)
            window.href = href


def arrive(window: Window, event: Event) -> None:
    """A full snapshot: a page that was loaded, or the recorder starting a new chunk of the one that is there."""
    index, at, href = window.meta or (event.number, event.at, window.href)
    window.meta = None
    if window.first_snapshot is not None and href == window.href and _is_checkout(window, event):
        window.page.load(event.data, where=event.where)
        window.fresh_load = False
        if window.open is not None and window.open.node is not None:
            window.open.node = window.page.nodes.get(window.open.node.id)
        return
    address = scrub(href)
    first = window.first_snapshot is None
    if first:
        window.first_snapshot = event.number
        window.first_whole = address is None or address.whole
        if not window.origin and address is not None:
            window.origin = address.origin
        path = address.path if address is not None and address.origin == window.origin else "/"
        if address is not None and window.given_origin and address.origin != window.given_origin:
            path = address.path  # the same site under another host: a staging copy of what was recorded
            window.origin = window.given_origin
    else:
        path = address.path if address is not None else window.path
        _leave(window, index, at, href, path)
    now = window.open
    if now is not None and not now.before.loaded:
        now.before.said = said_before(window.page, window.page.changes)
        now.before.loaded = True
    window.page.load(event.data, where=event.where)
    window.loads += 1
    window.fresh_load = False
    window.focused = 0
    window.untyped_password = None
    window.page.href = window.href = href
    window.whole = address is not None and address.whole
    elsewhere = address is not None and address.origin != window.origin and not window.given_origin
    window.elsewhere = address.origin if elsewhere and address is not None else ""
    window.move(path)
    if first:
        window.first_title = window.page.title
        window.signed_in = signed_in_words(window.page, window.access)
        window.open = Open(ActionKind.GOTO, at, [index], path, None, None, Before("", "", Said()), value=path)
        window.open.before.loaded = True


def _leave(window: Window, index: int, at: float, href: str, path: str) -> None:
    """A page is left for another: by the action that is open, by Enter in the field in use, or by the address bar."""
    now = window.open
    if now is not None and _causes(window, now, at, href) and not _went_back(window, now, path):
        return
    pressed = _enter_pressed(window, index, at)
    if pressed:
        return
    window.close()
    if window.elsewhere:
        return
    if path == window.path:
        kind, value = ActionKind.RELOAD, None
    elif len(window.history) > 1 and window.history[-2] == path:
        kind, value = ActionKind.GO_BACK, None
        window.history = window.history[:-2]
    else:
        kind, value = ActionKind.GOTO, path
    window.open = Open(kind, at, [index], window.path, None, None, window.before(), value=value)


def _went_back(window: Window, now: Open, path: str) -> bool:
    """The page before again, after a click that had already been answered: the browser's own back button."""
    answered = now.before.loaded or (not now.href and (now.closed or bool(window.page.changes)))
    return (
        len(window.history) > 1
        and window.history[-2] == path != window.path
        and now.kind in (ActionKind.CLICK, ActionKind.CHECK, ActionKind.UNCHECK, ActionKind.SELECT)
        and answered
    )


def _causes(window: Window, now: Open, at: float, href: str) -> bool:
    if now.kind in (ActionKind.GOTO, ActionKind.RELOAD, ActionKind.GO_BACK):
        return at - now.at < 1_500  # a redirect
    if now.kind in (ActionKind.FILL, ActionKind.UPLOAD) or (now.focus_only and not now.closed):
        return False
    if now.href and urljoin(window.href, now.href).split("#")[0] == href.split("#")[0]:
        return True
    return at - max(now.at, now.last) < _CAUSED


def _enter_pressed(window: Window, index: int, at: float) -> bool:
    """A page that goes while a field is in use was sent by Enter: the key itself leaves no event."""
    now = window.open
    focused = window.page.nodes.get(window.focused)
    node = focused or (now.node if now is not None else None)
    if node is None or window.page.nodes.get(node.id) is not node:
        return False
    if node.tag != "input" or now is None or at - max(now.at, now.last) > _CAUSED:
        return False
    if now.kind is not ActionKind.FILL and not (now.focus_only and form_of(node) is not None):
        return False
    window.close()
    where = Event(index, "", 4, None, at)
    password = window.untyped_password
    if password is not None and window.page.nodes.get(password.id) is password:
        filled = window.begin(ActionKind.FILL, where, password)
        if filled is not None:
            filled.inferred = "the recorder leaves password fields out"
            keep_secret(window, filled, "")
            window.close()
    action = window.begin(ActionKind.PRESS, where, node)
    if action is None:
        return False
    action.value = "Enter"
    action.inferred = "the page was sent while this field was in use"
    return True


def _is_checkout(window: Window, event: Event) -> bool:
    """Is a full snapshot just the recorder starting a new chunk, with the page and its ids as they were?

    A form that was sent may come back at the same address and be numbered as before: then its texts tell.
    """
    if window.fresh_load or window.page.root is None:
        return False
    raw = event.data.get("node") if type(event.data) is dict else None
    ids: set[int] = set()
    sent = _was_sent(window.open, event.at)
    stack = [raw]
    while stack:
        node = stack.pop()
        if type(node) is not dict or type(node.get("id")) is not int:
            return False
        ids.add(node["id"])
        if sent and _reads_differently(window.page.nodes.get(node["id"]), node):
            return False
        kids = node.get("childNodes")
        if type(kids) is list:
            stack.extend(kids)
    have = window.page.nodes.keys()
    return len(ids & have) >= 0.98 * max(len(ids), len(have))


def _was_sent(action: Open | None, at: float) -> bool:
    """Was a control of a form clicked, or Enter pressed in it, just now?"""
    if action is None or action.node is None or form_of(action.node) is None:
        return False
    pressed = action.kind in (ActionKind.CLICK, ActionKind.PRESS, ActionKind.FILL)
    return pressed and at - max(action.at, action.last) < _CAUSED


def _reads_differently(there: Node | None, raw: dict[str, Any]) -> bool:
    """Is a node of a snapshot another one than ``there``, or does it say something else?"""
    if raw.get("type") == 2:
        return there is None or there.tag != raw.get("tagName")
    if raw.get("type") != 3:
        return False
    if there is not None and there.parent is not None and there.parent.tag in ("style", "script", "title"):
        return False
    return there is None or there.text != raw.get("textContent")
