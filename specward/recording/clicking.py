"""Clicks and drags: which control was meant, and what only prepares something else."""

from __future__ import annotations

from typing import Any

from specward.recording.actions import ActionKind
from specward.recording.controls import Field, control_of, field_of, labelled_by
from specward.recording.dom import ELEMENT, Node
from specward.recording.reading import Event
from specward.recording.window import Open, Window


def click(window: Window, event: Event, id: int) -> None:
    """A click on element ``id``: an action on the control it was meant for, or dropped with its reason."""
    node = window.element(event, id, "click")
    if node is None:
        return
    control, reacts = control_of(node)
    window.settle(event.at)
    label: Node | None = None
    if control.tag == "label":
        labelled = labelled_by(control, window.page)
        if labelled is not None:
            takes = field_of(labelled)
            if takes in (Field.TEXT, Field.SELECT):
                window.touch(labelled)
                window.collected.drop(event.number, "click", "it only focuses the field its label is for")
                return
            label, control = control, labelled
    if control.tag == "option":
        control = next((above for above in control.ancestors() if above.tag == "select"), control)
    takes = field_of(control)
    now = window.open
    if now is not None and now.node is control and event.at - now.at < 60 and now.kind is ActionKind.CLICK:
        now.events.append(event.number)  # the browser's own click on the control of a clicked label
        return
    if takes is Field.FILE:
        window.collected.drop(event.number, "click", "it only opens the file chooser")
        return
    if takes is Field.SELECT:
        window.touch(control)
        window.collected.drop(event.number, "click", "it only opens the list; choosing an option is the step")
        return
    aim = control
    if label is not None and takes in (Field.CHECKBOX, Field.RADIO) and window.access.hidden(control):
        aim = label
    if aim is control and window.access.hidden(control) and takes not in (Field.CHECKBOX, Field.RADIO):
        window.collected.drop(event.number, "click", "the page clicked it by itself: it cannot be seen")
        return
    window.close()
    action = window.begin(ActionKind.CLICK, event, aim, control=reacts)
    if action is None:
        return
    action.node = control
    action.labels = label
    action.focus_only = takes in (Field.TEXT, Field.EDITABLE)
    if action.focus_only:
        window.touch(control)
    if control.tag == "a":
        action.href = control.attr("href") or ""


def double_click(window: Window, event: Event, id: int) -> None:
    """rrweb reports the two clicks first: the second of them was the double click."""
    node = window.page.nodes.get(id)
    if node is None:
        return
    control, _ = control_of(node)
    now = window.open
    if now is not None and now.node is control and now.kind is ActionKind.CLICK and event.at - now.at < 1_000:
        now.events.append(event.number)
        now.kind = ActionKind.DOUBLE_CLICK


def answer(window: Window, event: Event) -> None:
    """How a question of the browser's own (``confirm``, ``prompt``) was answered, where the page tells.

    rrweb does not record them. A site that does says so by ``rrweb.record.addCustomEvent("dialog", {kind, accepted})``
    once it was answered; the answer then stands before the action that brought the question.
    """
    told = event.data if type(event.data) is dict else {}
    payload = told.get("payload")
    if told.get("tag") != "dialog" or type(payload) is not dict or payload.get("kind") not in ("confirm", "prompt"):
        return
    now = window.open
    if now is None or type(payload.get("accepted")) is not bool:
        window.collected.drop(event.number, "dialog", "nothing that was done brought it")
        return
    value = "accept" if payload["accepted"] else "dismiss"
    answered = Open(ActionKind.ANSWER, now.at, [event.number], now.page, None, None, now.before, value=value)
    window.collected.actions.append(answered)


def drag(window: Window, event: Event, data: dict[str, Any]) -> None:
    """A drag of a draggable element, with where it is over now; the last place is where it was dropped."""
    positions = data.get("positions")
    over = positions[-1].get("id") if type(positions) is list and positions and type(positions[-1]) is dict else None
    if type(over) is not int:
        return
    now = window.open
    if now is not None and now.kind is ActionKind.DRAG and not now.closed:
        now.events.append(event.number)
        now.drag_over = over
        return
    source = window.page.nodes.get(window.pressed)
    if source is None:
        return
    draggable = next(
        (n for n in [source, *source.ancestors()] if n.kind == ELEMENT and n.attr("draggable") == "true"), None
    )
    if draggable is None:
        return
    window.close()
    action = window.begin(ActionKind.DRAG, event, draggable)
    if action is not None:
        action.drag_over = over
