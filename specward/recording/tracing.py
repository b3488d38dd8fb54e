"""From events to actions: what the user did, in order, and what each action caused.

One pass. The page is mirrored as the events come (``dom.py``); clicks, fields and page loads open actions
(``clicking.py``, ``filling.py``, ``arriving.py``) in their window (``window.py``), which reads off what each caused
(``effects.py``). What is no step of a spec is dropped with its reason (``refining.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from specward.errors import RecordingRefused
from specward.recording.actions import Dropped, Trace
from specward.recording.arriving import announce, arrive, change_route
from specward.recording.clicking import answer, click, double_click, drag
from specward.recording.dom import Limits
from specward.recording.filling import fill_in, typed_into_editable
from specward.recording.reading import Event
from specward.recording.redacting import Secrets, redacted
from specward.recording.refining import refined
from specward.recording.styles import StyleCache
from specward.recording.window import Window

_CLICK, _DOUBLE_CLICK, _FOCUS, _BLUR, _DOWN = 2, 4, 5, 6, 1
_MUTATION, _INTERACTION, _INPUT, _RULE, _DRAG = 0, 2, 5, 8, 12


def trace(events: Iterable[Event], *, origin: str | None = None, limits: Limits | None = None) -> Trace:
    """Understand a recording: its user's actions with their targets and effects.

    ``origin`` (scheme, host, port) is where the spec will run; the first page's unless given. Raises
    :class:`RecordingRefused` for a recording that is over ``limits``, holds no page, or has no origin.
    """
    windows: dict[str, Window] = {}
    styles = StyleCache()
    count = 0
    for event in events:
        count += 1
        window = windows.get(event.window)
        if window is None:
            if len(windows) >= 50:
                raise RecordingRefused("more than 50 windows in one recording", where=event.where)
            window = windows[event.window] = Window(styles, origin, limits)
        _take(window, event)
    for window in windows.values():
        window.finish()
    if not windows:
        raise RecordingRefused("no events in it", where="event 0")
    main = max(windows.values(), key=lambda one: (len(one.collected.actions), one.page.root is not None))
    if main.first_snapshot is None:
        raise RecordingRefused(
            "no full snapshot: the page is not known",
            where=f"event {count - 1}",
            hint="Record from the start of the session, or export it with its first full snapshot.",
        )
    found = origin or main.origin
    if not found:
        raise RecordingRefused(
            f"the first page is {_place_of(main.first_href)!r}, which has no origin",
            where=f"event {main.first_event}",
            hint="Say which site it was: --origin https://shop.example",
        )
    dropped = list(main.collected.dropped)
    notes = main.notes()
    elsewhere = sum(len(window.collected.actions) for window in windows.values() if window is not main)
    if elsewhere:
        notes.append(f"{elsewhere} actions in other tabs are left out")
    for window in windows.values():
        if window is not main:
            dropped.extend(
                Dropped(one.events[0], one.kind.value, "it happened in another tab") for one in window.collected.actions
            )
    actions, more = refined(main.collected.actions)
    dropped.extend(more)
    secrets = Secrets(
        value
        for window in windows.values()
        for value in (*window.secrets, *(value for _, value in window.secrets_elsewhere.values()))
    )
    if secrets:
        actions, more = redacted(actions, secrets)
        dropped.extend(more)
    dropped.sort(key=lambda one: one.event)
    typed = dict.fromkeys(
        one
        for window in windows.values()
        for field in (*window.typed.values(), window.typed_elsewhere.values())
        for one in field
    )
    return Trace(
        origin=found,
        title="" if secrets.within(main.first_title) else main.first_title,
        actions=tuple(actions),
        dropped=tuple(dropped),
        signed_in=main.signed_in,
        events=count,
        notes=tuple(notes),
        size=main.first_size,
        typed=tuple(one for one in typed if not secrets.within(one[1])),
    )


def _place_of(href: str) -> str:
    """As much of an address as may be said in an error: no path, no query, nobody's password."""
    scheme, colon, _ = href[:40].partition(":")
    if href in ("about:blank", "about:srcdoc", "#", ""):
        return href
    return f"{scheme}:..." if colon and scheme.isascii() and scheme.isalnum() else "..."


def _take(window: Window, event: Event) -> None:
    kind = event.type
    if window.seen_before(event.at, kind):
        return
    if kind == 3:
        data = event.data
        if type(data) is not dict:
            raise RecordingRefused("data is not an object", where=event.where)
        source = data.get("source")
        if source == _MUTATION:
            window.settle(event.at)
            if window.page.root is not None:
                window.page.mutate(data, where=event.where)
                if window.focused:
                    typed_into_editable(window, event)
        elif source == _INTERACTION:
            _interact(window, event, data)
        elif source == _INPUT:
            fill_in(window, event, data)
        elif source == _RULE:
            window.page.add_rules(data, where=event.where)
        elif source == _DRAG:
            drag(window, event, data)
    elif kind == 4:
        announce(window, event)
    elif kind == 2:
        arrive(window, event)
    elif kind in (0, 1):
        window.fresh_load = True
    elif kind == 5:
        change_route(window, event)
        answer(window, event)


def _interact(window: Window, event: Event, data: dict[str, Any]) -> None:
    kind, id = data.get("type"), data.get("id")
    if type(id) is not int:
        raise RecordingRefused("an interaction has no element id", where=event.where)
    if kind == _CLICK:
        click(window, event, id)
    elif kind == _DOUBLE_CLICK:
        double_click(window, event, id)
    elif kind == _FOCUS:
        window.focused = id
        node = window.page.nodes.get(id)
        if node is not None and node.tag == "input" and (node.attr("type") or "") == "password":
            window.untyped_password = node
    elif kind == _BLUR and window.focused == id:
        window.focused = 0
    elif kind == _DOWN:
        window.pressed = id
