"""What each primitive does: one entry here for each action and assertion of the registry (a test holds them equal).

The calls are those of the exporters; timeouts are given with each, so that one call never waits past its limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from specward.execution.finding_elements import find, named
from specward.execution.outcomes import Failure, FailureKind
from specward.execution.stage import Stage
from specward.language.characters import quote
from specward.language.ir import Arg, Call, Fixture, Secret
from specward.language.urls import UrlRefused, canonical_url, url_pattern
from specward.recording.locators import Locator

if TYPE_CHECKING:
    from playwright.sync_api import Locator as Found
    from playwright.sync_api._generated import LocatorAssertions, PageAssertions

_POLL_MS: Final = 50


class CallFailed(Exception):
    """A call that failed for a reason of our own, already in the words of the spec."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Performance:
    """How one primitive is performed, and what it expects: a template over its arguments as a spec writes them."""

    perform: Callable[[Stage, Call], None]
    expected: str
    assertion: bool = False


def expected(call: Call) -> str:
    """What ``call`` expects, in words; a secret stands there by its name."""
    words = {name: _shown(arg) for name, arg in call.args}
    return PERFORMANCES[call.primitive].expected.format_map(_Given(words))


class _Given(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _shown(arg: Arg) -> str:
    if isinstance(arg, Locator):
        return named(arg)
    if isinstance(arg, Secret):
        return f'secret("{arg.name}")'
    if isinstance(arg, Fixture):
        return f'fixture("{arg.name}")'
    return quote(arg) if isinstance(arg, str) else str(arg)


def _target(stage: Stage, call: Call, parameter: str = "target") -> Found:
    locator = call.get(parameter)
    if not isinstance(locator, Locator):
        raise TypeError(f"{call.primitive} has no {parameter}")
    return find(stage.page, locator)


def _string(call: Call, parameter: str) -> str:
    value = call.get(parameter)
    if not isinstance(value, str):
        raise TypeError(f"{call.primitive} has no {parameter}")
    return value


def _typed(stage: Stage, call: Call, parameter: str, target: Found) -> str:
    """A string, or the value of a secret; the field of a secret is remembered."""
    value = call.get(parameter)
    if isinstance(value, Secret):
        stage.secret_fields.append(target)
        return stage.supplies.secret(value.name)
    return _string(call, parameter)


def _goto(stage: Stage, call: Call) -> None:
    url = _string(call, "url")
    try:
        # The gate has held the URL to the allowed origins already; a spec that was made elsewhere has not been there.
        url = canonical_url(url, stage.spec.origin, stage.allowed)
    except UrlRefused as refused:
        raise CallFailed(Failure(FailureKind.REFUSED, expected(call), str(refused).rstrip("."))) from None
    stage.page.goto(stage.base_url + url if url.startswith("/") else url, timeout=stage.navigation_ms)


def _click(stage: Stage, call: Call) -> None:
    _target(stage, call).click(timeout=stage.action_ms)


def _double_click(stage: Stage, call: Call) -> None:
    _target(stage, call).dblclick(timeout=stage.action_ms)


def _hover(stage: Stage, call: Call) -> None:
    _target(stage, call).hover(timeout=stage.action_ms)


def _fill(stage: Stage, call: Call) -> None:
    target = _target(stage, call)
    target.fill(_typed(stage, call, "value", target), timeout=stage.action_ms)


def _press(stage: Stage, call: Call) -> None:
    _target(stage, call).press(_string(call, "key"), timeout=stage.action_ms)


def _select_option(stage: Stage, call: Call) -> None:
    target = _target(stage, call)
    target.select_option(label=_typed(stage, call, "option", target), timeout=stage.action_ms)


def _check(stage: Stage, call: Call) -> None:
    _target(stage, call).check(timeout=stage.action_ms)


def _uncheck(stage: Stage, call: Call) -> None:
    _target(stage, call).uncheck(timeout=stage.action_ms)


def _set_input_files(stage: Stage, call: Call) -> None:
    fixture = call.get("fixture")
    if not isinstance(fixture, Fixture):
        raise TypeError("set_input_files has no fixture")
    _target(stage, call).set_input_files(stage.supplies.fixture(fixture.name), timeout=stage.action_ms)


def _drag_to(stage: Stage, call: Call) -> None:
    _target(stage, call, "source").drag_to(_target(stage, call), timeout=stage.action_ms)


def _scroll_to(stage: Stage, call: Call) -> None:
    _target(stage, call).scroll_into_view_if_needed(timeout=stage.action_ms)


def _go_back(stage: Stage, call: Call) -> None:
    stage.page.go_back(timeout=stage.navigation_ms)


def _go_forward(stage: Stage, call: Call) -> None:
    stage.page.go_forward(timeout=stage.navigation_ms)


def _reload(stage: Stage, call: Call) -> None:
    stage.page.reload(timeout=stage.navigation_ms)


def _answer_dialog(stage: Stage, call: Call) -> None:
    text = call.get("text")
    stage.answers.append((_string(call, "answer") == "accept", text if isinstance(text, str) else None))


def _expect(stage: Stage, call: Call) -> LocatorAssertions:
    from playwright.sync_api import expect

    return expect(_target(stage, call))


def _expect_page(stage: Stage) -> PageAssertions:
    from playwright.sync_api import expect

    return expect(stage.page)


def _expect_visible(stage: Stage, call: Call) -> None:
    _expect(stage, call).to_be_visible(timeout=stage.assertion_ms)


def _expect_hidden(stage: Stage, call: Call) -> None:
    _expect(stage, call).to_be_hidden(timeout=stage.assertion_ms)


def _expect_text(stage: Stage, call: Call) -> None:
    text = _string(call, "text")
    if call.get("contains") is True:
        _expect(stage, call).to_contain_text(text, timeout=stage.assertion_ms)
    else:
        _expect(stage, call).to_have_text(text, timeout=stage.assertion_ms)


def _expect_value(stage: Stage, call: Call) -> None:
    _expect(stage, call).to_have_value(_string(call, "value"), timeout=stage.assertion_ms)


def _expect_checked(stage: Stage, call: Call) -> None:
    _expect(stage, call).to_be_checked(checked=call.get("checked") is not False, timeout=stage.assertion_ms)


def _expect_url(stage: Stage, call: Call) -> None:
    pattern = url_pattern(_string(call, "url"), stage.base_url)
    _expect_page(stage).to_have_url(pattern, timeout=stage.assertion_ms)


def _expect_title(stage: Stage, call: Call) -> None:
    _expect_page(stage).to_have_title(_string(call, "title"), timeout=stage.assertion_ms)


def _expect_count(stage: Stage, call: Call) -> None:
    count = call.get("count")
    if not isinstance(count, int):
        raise TypeError("expect_count has no count")
    _expect(stage, call).to_have_count(count, timeout=stage.assertion_ms)


def _expect_popup(stage: Stage, call: Call) -> None:
    pattern: re.Pattern[str] = url_pattern(_string(call, "url"), stage.base_url)
    left = stage.assertion_ms
    while True:
        opened = [other.url for other in stage.page.context.pages if other is not stage.page]
        if any(pattern.search(url) for url in opened):
            return
        if left <= 0:
            seen = "open are " + ", ".join(quote(url[:200]) for url in opened[:5]) if opened else "none was opened"
            raise CallFailed(Failure(FailureKind.NOT_AS_EXPECTED, expected(call), seen))
        # A popup has no address yet when it opens, and no event says when it has.
        stage.page.wait_for_timeout(_POLL_MS)
        left -= _POLL_MS


PERFORMANCES: Final[Mapping[str, Performance]] = MappingProxyType(
    {
        "goto": Performance(_goto, "to open {url}"),
        "click": Performance(_click, "to click {target}"),
        "double_click": Performance(_double_click, "to double-click {target}"),
        "hover": Performance(_hover, "to move the mouse over {target}"),
        "fill": Performance(_fill, "to fill {target}"),
        "press": Performance(_press, "to press {key} in {target}"),
        "select_option": Performance(_select_option, "to choose {option} in {target}"),
        "check": Performance(_check, "to tick {target}"),
        "uncheck": Performance(_uncheck, "to clear {target}"),
        "set_input_files": Performance(_set_input_files, "to choose {fixture} in {target}"),
        "drag_to": Performance(_drag_to, "to drag {source} onto {target}"),
        "scroll_to": Performance(_scroll_to, "to scroll to {target}"),
        "go_back": Performance(_go_back, "to go back"),
        "go_forward": Performance(_go_forward, "to go forward"),
        "reload": Performance(_reload, "to load the page again"),
        "answer_dialog": Performance(_answer_dialog, "to {answer} the next dialog"),
        "expect_visible": Performance(_expect_visible, "{target} to be visible", assertion=True),
        "expect_hidden": Performance(_expect_hidden, "{target} to be gone or not visible", assertion=True),
        "expect_text": Performance(_expect_text, "{target} to have the text {text}", assertion=True),
        "expect_value": Performance(_expect_value, "{target} to hold {value}", assertion=True),
        "expect_checked": Performance(_expect_checked, "{target} to be ticked", assertion=True),
        "expect_url": Performance(_expect_url, "the page to be at {url}", assertion=True),
        "expect_title": Performance(_expect_title, "the page to have the title {title}", assertion=True),
        "expect_count": Performance(_expect_count, "{target} to match {count} times", assertion=True),
        "expect_popup": Performance(_expect_popup, "another page to be open at {url}", assertion=True),
    }
)
"""By the name of the primitive."""
