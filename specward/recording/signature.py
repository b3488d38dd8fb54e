"""Which path a session walked, as a short digest that is equal for every session that walked it."""

from __future__ import annotations

import hashlib
import re

from specward.recording.actions import Action, Trace
from specward.recording.locators import Frame, Locator
from specward.recording.volatile import is_volatile

_VARYING = re.compile(r"^(?:\d+|[0-9a-f]{8,}|[0-9a-f-]{32,}|.*\d{4,}.*)$", re.IGNORECASE)


def path_signature(trace: Trace) -> str:
    """32 hex digits over what was done to what, in order; typed values, times and ids in addresses do not count."""
    begins = "signed in" if trace.signed_in else ""
    lines = [trace.origin, begins, *(_line(action) for action in trace.actions)]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _line(action: Action) -> str:
    parts: list[str] = [action.kind.value, _path(action.page)]
    for target in (action.target, action.to):
        if target is not None:
            parts.append(_aim(target.locator))
    if action.target is None and action.value is not None:
        parts.append(_path(action.value))
    return "\t".join(parts)


def _aim(locator: Locator) -> str:
    within = locator.within
    inside = _aim(within.owner if isinstance(within, Frame) else within) if within is not None else ""
    name = locator.name or ""
    said = "" if is_volatile(name) else name
    return f"{locator.by}:{locator.value}:{said}:{locator.nth}<{inside}"


def _path(path: str) -> str:
    plain = path.partition("?")[0]
    return "/".join(":id" if _VARYING.match(segment) else segment for segment in plain.split("/"))
