"""Playwright's errors in the words of the spec: what was expected, and what was seen instead.

The errors of Playwright 1.65 hold a call log; only known lines of it are used, because it also repeats what was typed.
"""

from __future__ import annotations

import re
from typing import Final

from specward.execution.outcomes import Failure, FailureKind

MAX_SEEN: Final = 300
_MATCHES: Final = re.compile(r"strict mode violation.*? resolved to (\d+) elements", re.DOTALL)
_ACTUAL: Final = re.compile(r"\nActual value: (.*?) ?\n(?:Error: .*\n)?Call log:", re.DOTALL)
_RESOLVED: Final = re.compile(r"locator resolved to (?:(\d+) elements|(?:visible |hidden )?(<.*))")
_SOUGHT: Final = re.compile(r"- waiting for (?!element |scheduled )")
_COVERED: Final = re.compile(r"- (<.+>) (?:from .+ )?intercepts pointer events")
_NET: Final = re.compile(r"net::(ERR_[A-Z_]+)")
_GONE: Final = re.compile(
    r"Target (?:page, context or browser has been closed|closed)|Connection closed|Browser closed"
)

# A line of the call log, and what it means. The last line that matches counts: it is the state when time ran out.
_STATES: Final = (
    ("element is not visible", "the element is there but not visible"),
    ("element is not enabled", "the element is disabled"),
    ("element is not editable", "the element is read-only"),
    ("element is not stable", "the element does not stop moving"),
    ("element is outside of the viewport", "the element cannot be scrolled into view"),
    ("element was detached from the DOM", "the element was taken off the page meanwhile"),
)
_NET_WORDS: Final = {
    "ERR_CONNECTION_REFUSED": "nothing answers at that address",
    "ERR_TUNNEL_CONNECTION_FAILED": "no connection could be made to that address",
    "ERR_NAME_NOT_RESOLVED": "the name of the host is not known",
    "ERR_EMPTY_RESPONSE": "the server closed the connection without an answer",
    "ERR_TOO_MANY_REDIRECTS": "the server redirects in a circle",
    "ERR_CERT_AUTHORITY_INVALID": "the server's certificate is not trusted",
    "ERR_BLOCKED_BY_CLIENT": "the wall refused the address",
    "ERR_ABORTED": "the page load was given up (a download, or an empty answer)",
}


def explain(message: str, expected: str, *, assertion: bool, responds: bool, refused: str = "") -> Failure:
    """The failure behind a message of Playwright's.

    ``responds`` says whether the page still answers; one that does not says nothing about its elements. ``refused``
    names an address that the wall refused during the call.
    """
    kind, seen = _judge(message, assertion=assertion, responds=responds)
    if refused and kind in (FailureKind.NAVIGATION, FailureKind.NOT_AS_EXPECTED, FailureKind.NOT_FOUND):
        seen += f" (the wall refused {refused} meanwhile)"
        kind = FailureKind.REFUSED if kind is FailureKind.NAVIGATION else kind
    return Failure(kind, expected, seen)


def is_gone(message: str) -> bool:
    """Whether the browser or the page ended under the call."""
    return _GONE.search(message) is not None or "Target crashed" in message


def is_late(message: str) -> bool:
    """Whether the call waited to the end of its time, and was not refused at once."""
    return "strict mode violation" not in message and (" exceeded." in message or "Call log:\n  - Expect " in message)


def _judge(message: str, *, assertion: bool, responds: bool) -> tuple[FailureKind, str]:
    if is_gone(message):
        return FailureKind.BROWSER, "the page or its browser was gone"
    many = _MATCHES.search(message)
    if many:
        return FailureKind.AMBIGUOUS, f"{many.group(1)} elements match"
    net = _NET.search(message)
    if net:
        return FailureKind.NAVIGATION, _NET_WORDS.get(net.group(1), f"the page did not load ({net.group(1)})")
    if not responds:
        return FailureKind.UNRESPONSIVE, "the page does not respond"
    if assertion:
        return _judge_assertion(message)
    if message.startswith(("Page.goto", "Page.reload", "Page.go_back", "Page.go_forward")):
        return FailureKind.NAVIGATION, "the page was not loaded in time"
    return _judge_action(message)


def _judge_assertion(message: str) -> tuple[FailureKind, str]:
    actual = _ACTUAL.search(message)
    if actual is not None and actual.group(1) != "None":
        return FailureKind.NOT_AS_EXPECTED, f"it is {shortened(actual.group(1))}"
    if "element(s) not found" in message or not _RESOLVED.search(message):
        return FailureKind.NOT_FOUND, "no element matches"
    return FailureKind.NOT_AS_EXPECTED, "it is not so"


def _judge_action(message: str) -> tuple[FailureKind, str]:
    if "did not find some options" in message:
        return FailureKind.NO_OPTION, "the select has no such option"
    if "Element is not " in message or "Not a checkbox" in message:
        return FailureKind.WRONG_KIND, "the element is of another kind"
    if "did not change its state" in message:
        return FailureKind.NOT_ACTIONABLE, "the click did not change its state"
    sought = [match.start() for match in _SOUGHT.finditer(message)]
    found = message.rfind("locator resolved to")
    if found < 0 or (sought and sought[-1] > found):
        return FailureKind.NOT_FOUND, "no element matches"
    covered = _COVERED.findall(message)
    last = max((message.rfind(line), words) for line, words in _STATES)
    if covered and message.rfind("intercepts pointer events") > last[0]:
        return FailureKind.NOT_ACTIONABLE, f"another element covers it: {shortened(covered[-1])}"
    if last[0] >= 0:
        return FailureKind.NOT_ACTIONABLE, last[1]
    return FailureKind.NOT_ACTIONABLE, "the element is there, and did not become ready in time"


def shortened(text: str) -> str:
    """What was seen on a page, on one line and in quotes."""
    plain = " ".join(text.split())
    return f'"{plain}"' if len(plain) <= MAX_SEEN else f'"{plain[:MAX_SEEN]}..."'
