"""Import of a recording from the Recorder panel of Chrome DevTools, through the same gate as any other text.

The format is that of ``@puppeteer/replay`` (its ``UserFlow`` schema): ``{title, steps: [{type, selectors, ...}]}``,
each selector a string or a list of strings that lead into one another, prefixed ``aria/``, ``text/``, ``xpath/`` or
``pierce/``, plain CSS otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from specward.language.characters import shown
from specward.language.findings import Finding, Rule
from specward.language.gate import check
from specward.language.ir import Arg, Call, Spec, Step, Viewport, viewport_of
from specward.language.printer import print_spec
from specward.language.urls import UrlRefused, canonical_url, origin_of
from specward.language.vocabulary import MODIFIERS, ROLES, is_css, is_key, read_viewport
from specward.recording.locators import By, Locator

MAX_IMPORT_BYTES: Final = 1024 * 1024
MAX_IMPORT_STEPS: Final = 5000


@dataclass(frozen=True, slots=True)
class Note:
    """Something in the file that the spec does not say. ``step`` counts the file's steps from 1."""

    step: int
    message: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to. ``findings`` are the gate's, with places in ``text``, the spec text that was made; or of
    rule ``import`` where no text could be made. ``notes`` name what was left out, which a person should look at."""

    spec: Spec | None
    text: str | None
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]


def import_devtools(data: bytes, *, origin: str | None = None) -> Imported:
    """The spec that a Recorder file (JSON, at most 1 MiB) describes. Never raises, whatever ``data`` holds.

    ``origin`` is the allowed origin; ``None`` takes that of the first page the file navigates to.
    """
    if len(data) > MAX_IMPORT_BYTES:
        return _refused(f"The file has {len(data)} bytes; the limit is {MAX_IMPORT_BYTES}.", "Record a shorter flow.")
    try:
        flow = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return _refused(f"The file is not JSON: {shown(str(error), 100)}.", "Export it from the Recorder as JSON.")
    if not isinstance(flow, dict) or not isinstance(flow.get("steps"), list):
        return _refused("The file holds no list of steps.", "Export it from the Recorder as JSON.")
    steps = flow["steps"]
    if len(steps) > MAX_IMPORT_STEPS:
        return _refused(f"The file has {len(steps)} steps; the limit is {MAX_IMPORT_STEPS}.", "Record a shorter flow.")
    found = origin if origin is not None else _first_origin(steps)
    if found is None:
        return _refused("The file navigates to no http(s) page.", "Say which origin the spec runs against.")
    importer = _Importer(found)
    for number, step in enumerate(steps, start=1):
        importer.step(number, step)
    title = flow.get("title")
    spec = Spec(_title(title if isinstance(title, str) else ""), found, (), importer.pages(), importer.viewport)
    text = print_spec(spec)
    checked = check(text, origins=[found])
    return Imported(checked.spec, checked.text or text, checked.findings, tuple(importer.notes))


def _refused(message: str, hint: str) -> Imported:
    return Imported(None, None, (Finding(Rule.IMPORT, 1, 1, message, hint),), ())


def _title(text: str) -> str:
    return " ".join(text.split())[:200].strip() or "Imported recording"


def _first_origin(steps: list[Any]) -> str | None:
    for step in steps:
        if isinstance(step, dict) and step.get("type") == "navigate" and isinstance(step.get("url"), str):
            try:
                return origin_of(step["url"])
            except UrlRefused:
                continue
    return None


class _Importer:
    """Walks the steps of a file once and collects calls, a new step of the spec for each page that is opened."""

    def __init__(self, origin: str) -> None:
        self.notes: list[Note] = []
        self.viewport: Viewport | None = None
        self._sized: Viewport | None = None
        self._origin = origin
        self._pages: list[list[Call]] = [[]]
        self._target: Locator | None = None
        self._held: list[str] = []
        self._number = 0

    def pages(self) -> tuple[Step, ...]:
        """The calls so far, as steps."""
        full = [page for page in self._pages if page]
        return tuple(Step(f"Page {number}", tuple(page)) for number, page in enumerate(full, start=1))

    def step(self, number: int, step: object) -> None:
        """Takes in one step of the file."""
        self._number = number
        if not isinstance(step, dict):
            self._note("is not an object")
            return
        kind = step.get("type")
        handler = _HANDLERS.get(kind) if isinstance(kind, str) else None
        if handler is None:
            self._note(f"is of type {shown(str(kind), 40)}, which the spec language cannot say")
        elif step.get("frame"):
            self._note("is inside a frame, which the file names by number only")
        elif step.get("target") not in (None, "main"):
            self._note("happens on another page than the first")
        else:
            handler(self, step)

    def skip(self, step: Mapping[str, Any]) -> None:
        """What a spec need not say."""

    def set_viewport(self, step: Mapping[str, Any]) -> None:
        size = read_viewport(f"{step.get('width')}x{step.get('height')}")
        if size is None:
            self._note("sets a size that no page of a spec can have")
        elif self._sized is None:
            self._sized = size
            self.viewport = viewport_of(size.width, size.height)
            if step.get("isMobile") is True:
                self._note("emulates a phone, of which a spec keeps the size alone")
        elif size != self._sized:
            self._note("changes the size of the page, which a spec says once")

    def navigate(self, step: Mapping[str, Any]) -> None:
        url = step.get("url")
        if not isinstance(url, str):
            self._note("navigates to no URL")
            return
        if url in ("about:blank", "chrome://newtab/", "chrome://new-tab-page/"):
            return
        self._new_page()
        self._target = None
        self._add("goto", ("url", url))

    def click(self, step: Mapping[str, Any]) -> None:
        if step.get("button", "primary") != "primary":
            self._note("clicks with another button than the first")
            return
        self._at_target(step, "double_click" if step.get("type") == "doubleClick" else "click")

    def change(self, step: Mapping[str, Any]) -> None:
        value = step.get("value")
        if not isinstance(value, str):
            self._note("changes a field to no text")
            return
        target = self._at_target(step, "fill", ("value", value))
        if target is not None and target.by is By.ROLE and target.value in ("combobox", "listbox"):
            self._note("may choose an option; if so, write select_option with the option's label")

    def hover(self, step: Mapping[str, Any]) -> None:
        self._at_target(step, "hover")

    def scroll(self, step: Mapping[str, Any]) -> None:
        # A scroll of the page itself needs no call: an element is scrolled to before it is acted on.
        if step.get("selectors"):
            self._at_target(step, "scroll_to")

    def key_down(self, step: Mapping[str, Any]) -> None:
        key = step.get("key")
        if not isinstance(key, str):
            self._note("presses no key")
            return
        if key in MODIFIERS:
            if key not in self._held:
                self._held.append(key)
            return
        name = "+".join([*self._held, "Space" if key == " " else key])
        if not is_key(name):
            self._note(f"presses {shown(name, 40)}, which is not an allowed key")
        elif self._target is None:
            self._note("presses a key, and no element before it says where")
        else:
            self._add("press", ("target", self._target), ("key", name))

    def key_up(self, step: Mapping[str, Any]) -> None:
        if step.get("key") in self._held:
            self._held.remove(str(step["key"]))

    def wait_for_element(self, step: Mapping[str, Any]) -> None:
        if step.get("attributes") or step.get("properties"):
            self._note("waits for attributes or properties, which a spec does not assert")
            return
        count, operator = step.get("count"), step.get("operator", "==")
        if count is not None:
            if type(count) is int and operator == "==":
                self._at_target(step, "expect_count", ("count", count))
            else:
                self._note("waits for a number of elements that is not exact")
            return
        self._at_target(step, "expect_hidden" if step.get("visible") is False else "expect_visible")

    def _at_target(self, step: Mapping[str, Any], primitive: str, *more: tuple[str, Arg]) -> Locator | None:
        target = _choose(step.get("selectors"), for_field=primitive == "fill")
        if target is None:
            self._note("has no selector that the spec language can say")
            return None
        self._target = target
        self._add(primitive, ("target", target), *more)
        self._asserted(step)
        return target

    def _asserted(self, step: Mapping[str, Any]) -> None:
        events = step.get("assertedEvents")
        for event in events if isinstance(events, list) else ():
            if not isinstance(event, dict) or event.get("type") != "navigation":
                continue
            url = event.get("url")
            try:
                canonical_url(url if isinstance(url, str) else "", self._origin, ())
            except UrlRefused as refused:
                self._note(f"leads to a page that was not asserted: {refused}")
                continue
            self._add("expect_url", ("url", str(url)))
            self._new_page()

    def _new_page(self) -> None:
        if self._pages[-1]:
            self._pages.append([])

    def _add(self, primitive: str, *args: tuple[str, Arg]) -> None:
        self._pages[-1].append(Call(primitive, args))

    def _note(self, what: str) -> None:
        self.notes.append(Note(self._number, f"Step {self._number} {what}."))


_HANDLERS: Final[dict[str, Callable[[_Importer, Mapping[str, Any]], None]]] = {
    "setViewport": _Importer.set_viewport,
    "close": _Importer.skip,
    "navigate": _Importer.navigate,
    "click": _Importer.click,
    "doubleClick": _Importer.click,
    "change": _Importer.change,
    "hover": _Importer.hover,
    "scroll": _Importer.scroll,
    "keyDown": _Importer.key_down,
    "keyUp": _Importer.key_up,
    "waitForElement": _Importer.wait_for_element,
}

_ARIA: Final = re.compile(
    r"(?P<name>[^\[\]]*+)(?P<attributes>(?:\[(?:name|role)=(?:\"[^\"]*+\"|'[^']*+')\])*+)", re.DOTALL
)
_ARIA_ATTRIBUTE: Final = re.compile(r"\[(name|role)=[\"'](.*?)[\"']\]", re.DOTALL)
_TEST_ID: Final = re.compile(r"\[data-testid=([\"'])([^\"'\\]+)\1\]")
_SINGLE_QUOTED: Final = re.compile(r"\[([\w-]+)='([^'\"\\]*)'\]")
_MAX_CHAIN: Final = 4


def _choose(selectors: object, *, for_field: bool) -> Locator | None:
    """The best of the alternatives that can be said: by what a person would call it, then by what the code calls it."""
    best: tuple[int, Locator] | None = None
    for alternative in selectors if isinstance(selectors, list) else ():
        parts = [alternative] if isinstance(alternative, str) else alternative
        if not isinstance(parts, list) or not 0 < len(parts) <= _MAX_CHAIN:
            continue
        rank, locator = 0, None
        for part in parts:
            said = _locator(part, for_field=for_field) if isinstance(part, str) else None
            if said is None:
                locator = None
                break
            rank = max(rank, said[0])
            locator = Locator(said[1].by, said[1].value, said[1].name, within=locator)
        if locator is not None and (best is None or rank < best[0]):
            best = rank, locator
    return best[1] if best is not None else None


def _locator(selector: str, *, for_field: bool) -> tuple[int, Locator] | None:
    """One selector with its rank (less is better), or ``None`` if the spec language cannot say it."""
    if selector.startswith("aria/"):
        match = _ARIA.fullmatch(selector, len("aria/"))
        if match is None:
            return None
        attributes = dict(_ARIA_ATTRIBUTE.findall(match.group("attributes")))
        name = " ".join((match.group("name") or attributes.get("name", "")).split())
        role = attributes.get("role")
        if role in ROLES:
            return (0, Locator(By.ROLE, role, name)) if name else (5, Locator(By.ROLE, role))
        if not name:
            return None
        return (2, Locator(By.LABEL, name)) if for_field else (6, Locator(By.TEXT, name))
    if selector.startswith("text/"):
        text = " ".join(selector.removeprefix("text/").split())
        return (3, Locator(By.TEXT, text)) if text and not for_field else None
    if selector.startswith("xpath/"):
        return None
    css = _SINGLE_QUOTED.sub(r'[\1="\2"]', selector.removeprefix("pierce/"))
    test_id = _TEST_ID.fullmatch(css)
    if test_id is not None:
        return 1, Locator(By.TEST_ID, test_id.group(2))
    return (4, Locator(By.CSS, css)) if is_css(css) else None
