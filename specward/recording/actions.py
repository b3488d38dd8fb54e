"""What a trace is made of: the user's actions, what each caused, and what was left out, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from specward.recording.fields import FieldKind
from specward.recording.locating import Ranked
from specward.recording.locators import Locator


class ActionKind(StrEnum):
    """The user's actions, named after the spec language's primitives where there is one."""

    GOTO = "goto"
    RELOAD = "reload"
    GO_BACK = "go_back"
    CLICK = "click"
    DOUBLE_CLICK = "double_click"
    FILL = "fill"
    SELECT = "select_option"
    CHECK = "check"
    UNCHECK = "uncheck"
    PRESS = "press"
    UPLOAD = "set_input_files"
    DRAG = "drag_to"
    ANSWER = "answer_dialog"


class EffectKind(StrEnum):
    """What can be seen to have changed."""

    URL = "url"
    TITLE = "title"
    APPEARED = "appeared"
    TEXT = "text"
    GONE = "gone"
    VALUE = "value"
    CHECKED = "checked"
    COUNT = "count"
    POPUP = "popup"


@dataclass(frozen=True, slots=True)
class Effect:
    """One visible consequence of an action: false before it, true after.

    ``text`` is the URL path (also of a window that was opened), the title, the text or the value; ``role`` is the ARIA
    role of what appeared or went. ``inferred`` marks what the recording does not show outright (a route change leaves
    no event).
    """

    kind: EffectKind
    locator: Locator | None = None
    text: str = ""
    role: str = ""
    count: int = 0
    inferred: bool = False
    part: bool = False
    """``text`` is what the element says last, not all it says."""


@dataclass(frozen=True, slots=True)
class Target:
    """The element an action was done to. ``locators`` is never empty; the first is the best."""

    tag: str
    role: str
    name: str
    locators: tuple[Ranked, ...]
    secret: str = ""
    """Why its value must not be written down; empty where it may be."""
    secret_name: str = ""
    """What the value is called, in capitals."""
    words: str = ""
    """What its label, or the page's author, calls it, where its name says nothing."""
    form: int = 0
    """The form or dialog it stands in, as a number within the trace; 0 for none."""
    field: FieldKind = FieldKind.NONE
    """What is put into it, where it is a field and its page says so."""

    @property
    def locator(self) -> Locator:
        return self.locators[0].locator


@dataclass(frozen=True, slots=True)
class Unsaid:
    """How many texts came with an action that must not be asserted; ``changed`` is whether anything did."""

    masked: int = 0
    volatile: int = 0
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the user did. ``at`` is in milliseconds; ``events`` are the indexes of the events it was read from.

    ``value`` is the text filled, the option's label, the key, the file's kind, the path gone to or how a dialog was
    answered; ``None`` where it must not be known (see :attr:`Target.secret`). ``inferred`` says why an action that left
    no event of its own is here.
    """

    kind: ActionKind
    at: float
    events: tuple[int, ...]
    page: str
    target: Target | None = None
    value: str | None = None
    to: Target | None = None
    """Where a drag ended."""
    effects: tuple[Effect, ...] = ()
    inferred: str = ""
    unsaid: Unsaid = Unsaid()


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something the user (or the page) did that is no step of a spec, and why."""

    event: int
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A recording, understood: the ordered actions of its main window and everything that was left out."""

    origin: str
    title: str
    actions: tuple[Action, ...]
    dropped: tuple[Dropped, ...]
    signed_in: str = ""
    """The words that show that the session began signed in; empty where none do."""
    events: int = 0
    notes: tuple[str, ...] = ()
    size: tuple[float, float] | None = None
    """Width and height of the first page in CSS pixels, as recorded: nobody has judged them."""
    typed: tuple[tuple[FieldKind, str], ...] = ()
    """Everything that was put in and may be written down, in all windows, also what was corrected later."""
