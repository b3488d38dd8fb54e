"""A double that does the work by plain rules, as a fair model would: it groups, gives titles, keeps half."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from specward.doubles.double import Double
from specward.doubles.requests import Asked

_MOST_IN_STEP: Final = 6
_TITLE: Final = 70
_NOT_SAYABLE: Final = re.compile(r"<[^<>]*>|[^\w ,.'&-]+")
_CALL: Final = re.compile(r"(\w+)\(")
_NAME: Final = re.compile(r'name="((?:[^"\\]|\\.)*)"')
_ARRIVED: Final = frozenset({"url", "title", "popup", "expect_url", "expect_title", "expect_popup", "goto"})
_ENTERING: Final = frozenset({"fill", "select_option", "check", "uncheck", "set_input_files"})


class Reasonable(Double):
    """Groups the actions by page and form, and keeps every second of the assertions that are left to it."""

    def write(self, request: Asked) -> str:
        groups = grouped(request.actions)
        title = spec_title(groups)
        if not request.authored:
            steps = [{"from": str(group[0].get("id", "")), "title": step_title(group)} for group in groups]
            return json.dumps({"title": title, "steps": steps, "keep": every_second(request.actions)})
        plain = bool(request.turns)
        return json.dumps({"spec": spec_text(title, request.origin, groups, plain=plain)})


def grouped(actions: tuple[dict[str, Any], ...]) -> list[list[dict[str, Any]]]:
    """The actions in groups: a new one after a page was reached, where the form changes, and when one grows long."""
    groups: list[list[dict[str, Any]]] = []
    for action in actions:
        if not groups or _begins(groups[-1], action):
            groups.append([])
        groups[-1].append(action)
    return groups


def _begins(group: list[dict[str, Any]], action: dict[str, Any]) -> bool:
    last = group[-1]
    if _does(last) == "answer_dialog":
        return False  # the answer stands before what brings the question
    # Page and form are told where they change.
    if len(group) >= _MOST_IN_STEP or _does(last) == "goto" or "page" in action or "form" in action:
        return True
    return any(_sees(one) in _ARRIVED for one in _then(last))


def spec_title(groups: list[list[dict[str, Any]]]) -> str:
    """What the whole comes to: what the last group does."""
    return step_title(groups[-1]) if groups else "Nothing happens"


def step_title(group: list[dict[str, Any]]) -> str:
    """What a group does, in words, by the names of its controls; without a name by what is done."""
    entered = [_called(one) for one in group if _does(one) in _ENTERING]
    last = group[-1]
    ending = _sentence(last)
    if entered and _does(last) not in _ENTERING:
        said = f"Enter {_listed(entered)}, then {ending[0].lower()}{ending[1:]}"
    elif entered:
        said = f"Enter {_listed(entered)}"
    else:
        said = ending
    return said if len(said) <= _TITLE else said[:_TITLE].rpartition(" ")[0].rstrip(" ,")


def _sentence(action: dict[str, Any]) -> str:
    does = _does(action)
    if does == "goto":
        return "Open the page"
    if does == "click" and action.get("role") == "link":
        return f"Go to {_called(action)}"
    return f"{does.replace('_', ' ').capitalize()} {_called(action)}"


def _called(action: dict[str, Any]) -> str:
    name = action.get("name", "")
    if not name:
        found = _NAME.search(str(action.get("write", "")))
        name = found.group(1) if found else ""
    said = " ".join(_NOT_SAYABLE.sub(" ", str(name)).split())[:40].strip(" ,.'&-")
    return said or f"the {action.get('role') or 'element'}"


def _listed(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    return unique[0] if len(unique) == 1 else f"{unique[0]} and {len(unique) - 1} more"


def every_second(actions: tuple[dict[str, Any], ...]) -> list[str]:
    """The ids of every second assertion that may be left out, from the first on."""
    optional = [str(one["id"]) for action in actions for one in _then(action) if "id" in one and not one.get("kept")]
    return optional[::2]


def spec_text(title: str, origin: str, groups: list[list[dict[str, Any]]], *, plain: bool) -> str:
    """The text of a spec out of the ready-made calls; a ``plain`` one holds only what must stay."""
    lines = [f"spec({json.dumps(title)}, origin={json.dumps(origin)})"]
    optional = 0
    for group in groups:
        lines.append(f"\nwith step({json.dumps(step_title(group))}):")
        for action in group:
            lines.append(f"    {action.get('write', '')}")
            for one in _then(action):
                if not one.get("kept"):
                    optional += 1
                    if plain or optional % 2 == 0:
                        continue
                lines.append(f"    {one.get('write', '')}")
    return "\n".join([*lines, ""])


def _then(action: dict[str, Any]) -> list[dict[str, Any]]:
    found = action.get("then")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _does(action: dict[str, Any]) -> str:
    return str(action.get("do") or _call(action)) or "do"


def _sees(one: dict[str, Any]) -> str:
    return str(one.get("see") or _call(one))


def _call(one: dict[str, Any]) -> str:
    found = _CALL.match(str(one.get("write", "")))
    return found.group(1) if found else ""
