"""Keystrokes become one value, boxes are ticked, options chosen. What a page fills in by itself is no action."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from specward.errors import RecordingRefused
from specward.recording.actions import ActionKind
from specward.recording.controls import Field, editable_of, field_of, option_label
from specward.recording.dom import ELEMENT, Node
from specward.recording.masking import is_masked
from specward.recording.reading import Event
from specward.recording.secrecy import secret_name, why_secret
from specward.recording.window import Open, Window
from specward.recording.wording import collapsed, seen


def fill_in(window: Window, event: Event, data: dict[str, Any]) -> None:
    """An Input event: by the user an action, by the page itself just the field's new state."""
    id, text = data.get("id"), data.get("text")
    if type(id) is not int or type(text) is not str:
        raise RecordingRefused("an input has no element id or no text", where=event.where)
    node = window.page.nodes.get(id)
    if node is None or node.kind != ELEMENT:
        if id != -1:
            window.collected.drop(event.number, "input", "its field is not in the recording")
        return
    checked = data.get("isChecked") is True
    takes = field_of(node)
    by_user = data.get("userTriggered")
    if by_user is not True:
        by_user = by_user is None and _is_being_used(window, node, event)
    if not by_user:
        window.settle(event.at)
        _mirror(window, node, takes, text, checked)
        return
    if takes in (Field.CHECKBOX, Field.RADIO):
        _ticked(window, event, node, takes, checked)
    elif takes is Field.SELECT:
        window.close()
        action = window.begin(ActionKind.SELECT, event, node)
        if action is not None:
            action.value = seen(option_label(node, text))
            keep_secret(window, action, text if is_masked(text) else action.value)
    elif takes is Field.FILE:
        window.close()
        action = window.begin(ActionKind.UPLOAD, event, node)
        if action is not None:
            action.value = _file_kind(text)
    else:
        _typed(window, event, node, text)
    if takes is Field.FILE:
        window.secrets.update(_telling_names(text))
    _mirror(window, node, takes, text, checked)
    now = window.open
    if now is not None and now.node is node:
        changes = window.page.changes
        changes.attributes = [entry for entry in changes.attributes if entry[0] is not node]


def _is_being_used(window: Window, node: Node, event: Event) -> bool:
    """Recorders before rrweb 2 do not say who typed: a field takes what is typed while it has the focus."""
    now = window.open
    if now is not None and now.node is node and event.at - max(now.at, now.last) < 3_000:
        return True
    if field_of(node) in (Field.CHECKBOX, Field.RADIO):
        return window.focused == node.id and now is None
    return window.focused == node.id or node.attr("autofocus") is not None


def _typed(window: Window, event: Event, node: Node, text: str) -> None:
    now = window.open
    if now is not None and now.node is node and now.kind is ActionKind.FILL:
        now.events.append(event.number)
        if now.value and not text.startswith(now.value):
            window.note_typed(now)
        now.value, now.last = seen(text), event.at
        keep_secret(window, now, text)
        return
    if now is not None and now.node is node and now.focus_only:
        window.collected.drop(now.events[0], "click", "it only focuses the field that is filled next")
        window.open = None
    else:
        window.close()
    action = window.begin(ActionKind.FILL, event, node)
    if action is None and window.elsewhere:
        window.note_elsewhere(node, seen(text), secret=bool(why_secret(node, window.observer.words(node), text)))
    if action is not None:
        action.start_value = node.attr("value") or ""
        action.value, action.last = seen(text), event.at
        keep_secret(window, action, text)
        if node is window.untyped_password:
            window.untyped_password = None


def keep_secret(window: Window, action: Open, text: str) -> None:
    """A value that must not be written down is forgotten here, before anything else can see it."""
    target = action.target
    if target is None:
        return
    if not target.secret and action.node is not None:
        known = (window.loads, action.node.id)
        reason = why_secret(action.node, window.observer.words(action.node), text)
        if (action.node.attr("type") or "").lower() == "password" or "data-rr-is-password" in action.node.attrs:
            window.passwords.add(known)
        if not reason and known in window.passwords:
            reason = "a password"
        if reason:
            name = secret_name(window.field_name(action.node), reason)
            action.target = target = replace(target, secret=reason, secret_name=name)
    if target.secret:
        action.value = None
        if not text.startswith(action.typed_secret):
            window.note_secret(action.typed_secret)  # it is typed over
        if text and not is_masked(text):
            action.typed_secret = text


def _ticked(window: Window, event: Event, node: Node, takes: Field, checked: bool) -> None:
    if takes is Field.RADIO and not checked:
        return  # the other buttons of the group
    now = window.open
    kind = ActionKind.CHECK if checked else ActionKind.UNCHECK
    if now is not None and now.node is node and now.kind in (ActionKind.CLICK, ActionKind.DOUBLE_CLICK):
        now.events.append(event.number)
        if now.labels is None or not window.access.hidden(node):
            now.kind = kind
        return
    window.close()
    window.begin(kind, event, node)


def typed_into_editable(window: Window, event: Event) -> None:
    """Typing into a content-editable element leaves mutations only: its text, while it has the focus, is a fill."""
    focused = window.page.nodes.get(window.focused)
    if focused is None:
        return
    editable = editable_of(focused)
    if editable is None:
        return
    changed = window.page.changes
    recent = [node for node, _ in changed.texts[-50:]] + changed.added[-50:]
    if not any(editable is node or editable in node.ancestors() for node in recent):
        return
    text = collapsed("".join(below.text for below in editable.walk()))
    _typed(window, event, editable, text)
    changed.texts = [entry for entry in changed.texts if editable not in entry[0].ancestors()]
    changed.added = [n for n in changed.added if editable not in n.ancestors()]


def _mirror(window: Window, node: Node, takes: Field, text: str, checked: bool) -> None:
    """Keep the live state of the form on the page."""
    if takes in (Field.CHECKBOX, Field.RADIO):
        window.page.set_attribute(node, "checked", "" if checked else None)
    elif takes is not Field.FILE:
        window.page.set_attribute(node, "value", text)
        if takes is Field.SELECT:
            for option in node.walk():
                window.page.spend(200)
                if option.tag == "option":
                    words = collapsed("".join(below.text for below in option.walk()))
                    given = option.attr("value")
                    chosen = (given if given is not None else words) == text
                    window.page.set_attribute(option, "selected", "" if chosen else None)


_PLAIN_WORD = re.compile(r"[a-z]{1,12}", re.IGNORECASE)


def _telling_names(path: str) -> set[str]:
    """What an uploaded file was called, with and without its ending; not a plain word, which a page may say anyway."""
    base = path.replace("\\", "/").rpartition("/")[2]
    stem = base.rpartition(".")[0] or base
    return set() if not stem or _PLAIN_WORD.fullmatch(stem) else {base, stem}


_ENDINGS = frozenset(
    "avif bmp csv doc docx gif heic html jpeg jpg json md mov mp3 mp4 odt pdf png ppt pptx rtf svg tiff txt wav webm "
    "webp xls xlsx xml yaml zip".split()
)


def _file_kind(text: str) -> str:
    """A fixture's name for an uploaded file: what kind it was, never what it was called."""
    _, dot, ending = text.rpartition(".")
    ending = ending.lower()
    return f"file.{ending}" if dot and ending in _ENDINGS else "file"
