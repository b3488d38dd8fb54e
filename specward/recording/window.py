"""One window or tab: its page, and the action that is open in it.

An action stays open until the next one begins or its time is up; whatever changes on the page meanwhile are its
effects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

from specward.recording.actions import ActionKind, Dropped, Effect, EffectKind, Target, Unsaid
from specward.recording.controls import form_of
from specward.recording.dom import ELEMENT, Limits, Node, Page
from specward.recording.effects import Before, Observer
from specward.recording.fields import FieldKind, kind_of_field
from specward.recording.locating import Locating
from specward.recording.masking import is_masked
from specward.recording.names import Accessible
from specward.recording.reading import Event
from specward.recording.scrubbing import scrub
from specward.recording.styles import StyleCache
from specward.recording.unsaid import unsaid
from specward.recording.volatile import steady_address
from specward.recording.wording import LONGEST_NAME, collapsed, is_printable

_SETTLE = 8_000.0
"""Milliseconds after which a change on the page is no longer taken for the effect of an action."""
_JITTER = 1_000.0
"""Milliseconds by which an event may be older than the one before it: recorders send in batches."""
_MOST_ACTIONS = 2_000
_MOST_DROPPED = 20_000
_MOST_TYPED = 50
"""Values of one field that are remembered, from the first on."""
_MOST_LOOKED = 2_000_000
"""Nodes looked at for targets over a whole recording: 400 actions on pages of 5,000 nodes."""


@dataclass(slots=True)
class Open:
    """An action that is still gathering its events and effects."""

    kind: ActionKind
    at: float
    events: list[int]
    page: str
    node: Node | None
    target: Target | None
    before: Before
    value: str | None = None
    start_value: str = ""
    to: Target | None = None
    focus_only: bool = False
    control: bool = True
    last: float = 0.0
    href: str = ""
    labels: Node | None = None
    inferred: str = ""
    effects: tuple[Effect, ...] = ()
    unsaid: Unsaid = field(default_factory=Unsaid)
    closed: bool = False
    changed: bool = False
    """Texts or elements of the page changed, whether or not that can be said."""
    typed_secret: str = ""
    drag_over: int = 0
    key: tuple[int, int] = (0, 0)
    """Which element of which page: equal for two actions on one element, also across the recorder's checkouts."""


@dataclass(slots=True)
class Collected:
    """What a window's walk left behind."""

    actions: list[Open] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    def drop(self, event: int, what: str, reason: str) -> None:
        if len(self.dropped) < _MOST_DROPPED:
            self.dropped.append(Dropped(event, what, reason))


_NUMBERED = re.compile(r"\d{3,}")


def _is_lasting(path: str, href: str) -> bool:
    """Will the address be the same tomorrow? A number in it that the link clicked did not name was just given out."""
    return all(number in href for number in _NUMBERED.findall(path.partition("?")[0]))


class Window:
    """One window or tab: its page and the action that is open in it."""

    def __init__(self, styles: StyleCache, origin: str | None, limits: Limits | None) -> None:
        self.page = Page(limits)
        self.access = Accessible(self.page, styles)
        self.locating = Locating(self.page, self.access)
        self.observer = Observer(self.page, self.access, self.locating)
        self.collected = Collected()
        self.origin = origin or ""
        self.first_href = ""
        self.first_event = 0
        self.first_title = ""
        self.first_size: tuple[float, float] | None = None
        self.first_snapshot: int | None = None
        self.signed_in = ""
        self.given_origin = origin
        self.open: Open | None = None
        self.path = ""
        self.whole = True
        """The path is the page's whole one, not what scrubbing left of it: only such a one is asserted."""
        self.href = ""
        self.elsewhere = ""
        """The origin of the page now shown, when it is not the recording's."""
        self.meta: tuple[int, float, str] | None = None
        self.fresh_load = False
        self.focused = 0
        self.untyped_password: Node | None = None
        self.history: list[str] = []
        self.pressed = 0
        self.forms: dict[tuple[int, int], int] = {}
        self.loads = 0
        self.targets: dict[int, Target | None] = {}
        self.targets_version = -1
        self.looked = 0
        self.latest = 0.0
        self.out_of_order = 0
        self.repeated = 0
        self.repeating = 0.0
        """Events up to this time are being delivered again."""
        self.first_whole = True
        self.pages_seen: set[tuple[float, int]] = set()
        self.secrets: set[str] = set()
        """What was typed as a secret, or uploaded under a name: never said anywhere (redacting.py)."""
        self.typed: dict[tuple[int, int], list[tuple[FieldKind, str]]] = {}
        """What was put into each field, by page and node; nothing of one whose value must not be known."""
        self.typed_elsewhere: dict[tuple[int, int], tuple[FieldKind, str]] = {}
        """What was last put into each field of another site; apart from it what must be said nowhere."""
        self.secrets_elsewhere: dict[tuple[int, int], tuple[FieldKind, str]] = {}
        self.passwords: set[tuple[int, int]] = set()
        """Fields that were of type password at one time, by page and node: "Show" makes one look like any other."""

    def finish(self) -> None:
        self.close()

    def notes(self) -> list[str]:
        """What a reader of the spec should know about the recording."""
        notes = []
        if self.page.unknown_ids:
            notes.append(f"{self.page.unknown_ids} events spoke of elements that are not in the recording")
        if self.out_of_order:
            notes.append(f"{self.out_of_order} events are older than the one before: actions may be missing or misread")
        if self.repeated:
            notes.append(f"{self.repeated} events were delivered twice and are read once")
        if not self.first_whole:
            notes.append("the first page's address holds something personal: the spec begins at what is left of it")
        return notes

    def seen_before(self, at: float, type: int) -> bool:
        """Was this event delivered already? A page's Meta or snapshot that comes again with its very time begins a
        segment that was sent twice: all of it up to the latest time known is read once."""
        if type in (2, 4) and at:
            if (at, type) in self.pages_seen:
                self.repeating = self.latest
            self.pages_seen.add((at, type))
        if at <= self.repeating and at:
            self.repeated += 1
            return True
        if at > self.latest:
            self.latest = at
        elif at < self.latest - _JITTER:
            self.out_of_order += 1
        return False

    def touch(self, node: Node) -> None:
        self.focused = node.id

    def move(self, path: str) -> None:
        if path != self.path:
            self.path = path
            self.history.append(path)
            del self.history[:-50]

    def element(self, event: Event, id: int, what: str) -> Node | None:
        node = self.page.nodes.get(id)
        if self.first_snapshot is None:
            self.collected.drop(event.number, what, "it came before the first full snapshot: the page is not known")
        elif node is None:
            self.collected.drop(event.number, what, "its element is not in the recording")
        elif self.elsewhere:
            self.collected.drop(event.number, what, f"it happened on another site, {self.elsewhere}")
        else:
            return node
        return None

    def begin(self, kind: ActionKind, event: Event, node: Node, *, control: bool = True) -> Open | None:
        if self.elsewhere:
            self.collected.drop(event.number, kind.value, f"it happened on another site, {self.elsewhere}")
            return None
        if len(self.collected.actions) >= _MOST_ACTIONS:
            self.collected.drop(event.number, kind.value, f"the spec is full: {_MOST_ACTIONS} actions")
            return None
        if not self.may_look():
            self.collected.drop(event.number, kind.value, "the pages are too large to be looked at this often")
            return None
        target = self.target(node)
        if target is None:
            self.collected.drop(event.number, kind.value, "there is no way to point at its element")
            return None
        self.page.take_changes()
        self.open = Open(kind, event.at, [event.number], self.path, node, target, self.before(), control=control)
        self.open.key = (self.loads, node.id)
        return self.open

    def note_typed(self, action: Open, *, left: bool = False) -> None:
        """Remember what stands in a field before it is typed over, and always what stands there when it is ``left``.
        Of a text that is taken back letter by letter the longest is kept besides."""
        if action.kind not in (ActionKind.FILL, ActionKind.SELECT) or action.target is None:
            return
        if action.target.secret:
            for _, value in self.typed.pop(action.key, ()):
                self.note_secret(value)
        elif action.value:
            known = self.typed.setdefault(action.key, [])
            if left or (len(known) < _MOST_TYPED and not (known and known[-1][1].startswith(action.value))):
                known.append((action.target.field, action.value))

    def note_elsewhere(self, node: Node, value: str, *, secret: bool) -> None:
        """Remember what is typed on another site: no action comes of it, and this site may know it all the same."""
        key = (self.loads, node.id)
        if value and not is_masked(value):
            (self.secrets_elsewhere if secret else self.typed_elsewhere)[key] = (
                kind_of_field(node, self.observer.words(node)),
                value,
            )

    def note_secret(self, value: str) -> None:
        """Remember a value that is said nowhere; of one that is taken back letter by letter the longest is enough."""
        if not any(known.startswith(value) for known in self.secrets):
            self.secrets.add(value)

    def before(self) -> Before:
        return Before(self.path, self.page.title)

    def may_look(self) -> bool:
        """Spend a look at the whole page; false when a hostile recording has used up what it may ask for."""
        self.looked += len(self.page.nodes)
        return self.looked <= _MOST_LOOKED

    def target(self, node: Node) -> Target | None:
        """How to point at a node now; ``None`` where there is no way. Known again while the page stays as it is."""
        if self.targets_version != self.page.version:
            self.targets_version, self.targets = self.page.version, {}
        if node.id not in self.targets:
            self.targets[node.id] = self.made_target(node)
        return self.targets[node.id]

    def made_target(self, node: Node) -> Target | None:
        locators = self.locating.locate(node)
        if not locators:
            return None
        role = self.access.role(node) or ""
        name = self.access.name(node) if role else ""
        if is_masked(name) or not is_printable(name):
            name = ""
        form = form_of(node)
        number = 0
        if form is not None:
            number = self.forms.setdefault((self.loads, form.id), len(self.forms) + 1)
        words = collapsed(self.field_name(node))[:LONGEST_NAME]
        field = kind_of_field(node, self.observer.words(node))
        return Target(node.tag, role, name[:LONGEST_NAME], locators, words=words, form=number, field=field)

    def field_name(self, node: Node) -> str:
        candidates = [
            *self.access.label_texts(node),
            node.attr("aria-label"),
            node.attr("name"),
            node.attr("placeholder"),
        ]
        candidates.append(node.attr("id"))
        return next(
            (words for words in candidates if words and not is_masked(words) and any(c.isalpha() for c in words)), ""
        )

    def settle(self, at: float) -> None:
        """Close the effects of an action whose time is up; the action itself may still be typed into."""
        now = self.open
        if now is not None and not now.closed and at - max(now.at, now.last) > _SETTLE:
            self.observe(now)
            now.closed = True

    def observe(self, action: Open) -> None:
        acted = action.node
        changes = self.page.take_changes()
        action.changed = action.changed or bool(changes.texts or changes.added or changes.removed)
        path = self.path if self.whole and _is_lasting(self.path, action.href) else ""
        effects = self.observer.effects(changes, action.before, path, acted)
        if action.href and not any(e.kind is EffectKind.URL for e in effects):
            effects = (*(self.opened(action) or self.route(action, effects)), *effects)
        action.effects = tuple(dict.fromkeys([*action.effects, *effects]))
        action.unsaid = unsaid(self.page, changes, action.unsaid, loaded=action.before.loaded)
        if action.drag_over and action.to is None:
            over = self.page.nodes.get(action.drag_over)
            if over is not None and over.kind == ELEMENT:
                action.to = self.target(over)

    def opened(self, action: Open) -> list[Effect]:
        """A link for another window: what it opened is in no recording of this window, so it is read off the link."""
        target = ((action.node.attr("target") if action.node is not None else None) or "_self").lower()
        address = scrub(urljoin(self.href, action.href))
        if target in ("_self", "_parent", "_top") or action.before.loaded or action.href.startswith("#"):
            return []
        if address is None or not address.whole or address.origin != self.origin:
            return []
        return [Effect(EffectKind.POPUP, text=steady_address(address.path), inferred=True)]

    def route(self, action: Open, effects: tuple[Effect, ...]) -> list[Effect]:
        """A link inside a single-page app: the title changed and no page was loaded, so the route is the link's."""
        address = scrub(urljoin(self.href, action.href))
        changed = any(
            e.kind in (EffectKind.TITLE, EffectKind.APPEARED) and (not e.role or e.role == "heading") for e in effects
        )
        if address is None or not address.whole or address.origin != self.origin or not changed:
            return []
        if address.path == self.path or action.before.loaded or action.href.startswith("#"):
            return []
        self.move(address.path)
        self.href = urljoin(self.href, action.href)
        return [Effect(EffectKind.URL, text=address.path, inferred=True)]

    def close(self) -> None:
        action, self.open = self.open, None
        if action is None:
            return
        if not action.closed or action.before.loaded:
            self.observe(action)
        if action.typed_secret:
            self.secrets.add(action.typed_secret)
            action.typed_secret = ""
        self.note_typed(action, left=True)
        self.collected.actions.append(action)
