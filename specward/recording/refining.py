"""Second thoughts on a list of actions: what a person did by the way is not replayed.

Clicks that changed nothing, keys that were taken back, values that were corrected before anybody saw them. Each that
goes leaves its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specward.recording.actions import Action, ActionKind, Dropped, EffectKind
from specward.recording.controls import form_of

if TYPE_CHECKING:
    from specward.recording.window import Open

_COMMITS = frozenset(
    {
        ActionKind.CLICK,
        ActionKind.DOUBLE_CLICK,
        ActionKind.PRESS,
        ActionKind.GOTO,
        ActionKind.RELOAD,
        ActionKind.GO_BACK,
    }
)


def refined(opened: list[Open]) -> tuple[list[Action], list[Dropped]]:
    """The actions that make a spec, in order, and what was left out of them."""
    dropped: list[Dropped] = []
    kept: list[Open] = []
    for action in opened:
        reason = _reason(action, kept)
        if reason is None:
            kept.append(action)
        elif reason == "merged":
            continue
        else:
            dropped.extend(Dropped(index, action.kind.value, reason) for index in action.events[:1])
    kept = _without_corrected(kept, dropped)
    return [_frozen(action) for action in kept], dropped


def _reason(action: Open, kept: list[Open]) -> str | None:
    """Why an action is left out; ``None`` to keep it."""
    last = kept[-1] if kept else None
    match action.kind:
        case ActionKind.CLICK | ActionKind.DOUBLE_CLICK:
            if action.focus_only and not action.effects:
                return "it only focuses a field"
            if not action.control and not action.effects:
                return "nothing there reacts to a click, and nothing changed"
            if last is not None and last.key == action.key and last.kind in (ActionKind.CLICK, ActionKind.DOUBLE_CLICK):
                doubled = action.kind is ActionKind.DOUBLE_CLICK
                if doubled and action.at - last.at < 1_000 and action.effects and not last.effects:
                    last.kind, last.effects = ActionKind.DOUBLE_CLICK, action.effects
                    last.events.extend(action.events)
                    return "merged"
                if not action.effects and not action.changed:
                    return "the same click again, and nothing changed"
                if not last.effects and action.node is not None and action.node.tag == "a":
                    # A link that was clicked until it answered: the last click is the one that went somewhere.
                    last.effects, last.value = action.effects, action.value
                    last.events.extend(action.events)
                    return "merged"
            if action.kind is ActionKind.DOUBLE_CLICK:
                # The two clicks it is made of: the first is an action of its own already, or changed nothing.
                action.kind = ActionKind.CLICK if action.control else ActionKind.DOUBLE_CLICK
        case ActionKind.FILL:
            if action.value is not None and action.value == action.start_value and not action.effects:
                return "what was typed was taken back"
        case ActionKind.RELOAD:
            if last is not None and last.kind is ActionKind.RELOAD:
                return "the page was loaded again before"
    return None


def _without_corrected(actions: list[Open], dropped: list[Dropped]) -> list[Open]:
    """Of several fills of one field with nothing sent in between, the last is what was meant."""
    kept: list[Open] = []
    later: set[tuple[int, int]] = set()
    chosen: set[tuple[int, str, int]] = set()
    for action in reversed(actions):
        if action.kind in _COMMITS and not (action.kind is ActionKind.CLICK and action.focus_only):
            later.clear()
            chosen.clear()
        elif action.kind is ActionKind.CHECK and (group := _radio_group(action)) is not None:
            if group in chosen and not any(e.kind is not EffectKind.CHECKED for e in action.effects):
                dropped.append(Dropped(action.events[0], action.kind.value, "another of the choices was taken later"))
                continue
            chosen.add(group)
            action.effects = tuple(e for e in action.effects if e.kind is not EffectKind.CHECKED or e.count)
        elif action.kind is ActionKind.FILL and action.node is not None:
            if action.key in later and not any(e.kind is not EffectKind.VALUE for e in action.effects):
                dropped.append(Dropped(action.events[0], action.kind.value, "it was corrected later"))
                continue
            later.add(action.key)
        kept.append(action)
    kept.reverse()
    return kept


def _radio_group(action: Open) -> tuple[int, str, int] | None:
    """The group of radio buttons of which one was chosen: by HTML's rules those of one name in one form."""
    node = action.node
    if node is None or (node.attr("type") or "").lower() != "radio" or not node.attr("name"):
        return None
    form = form_of(node)
    return action.key[0], node.attr("name") or "", form.id if form is not None else 0


def _frozen(action: Open) -> Action:
    return Action(
        kind=action.kind,
        at=action.at,
        events=tuple(action.events),
        page=action.page,
        target=action.target,
        value=action.value,
        to=action.to,
        effects=action.effects,
        inferred=action.inferred,
        unsaid=action.unsaid,
    )
