"""The closed word lists of the language: roles, keys, CSS, sizes, names of secrets and fixtures."""

from __future__ import annotations

import re
from typing import Final

from specward.language.ir import LEAST_SIDE, MOST_SIDE, Viewport

# The roles that Playwright's get_by_role is typed for (sync_api of playwright 1.65): the non-abstract roles of
# WAI-ARIA 1.2 and some later ones. A role outside would not compile in an exported
# TypeScript test.
_ROLES: Final = """
    alert alertdialog application article banner blockquote button caption cell checkbox code columnheader combobox
    complementary contentinfo definition deletion dialog directory document emphasis feed figure form generic grid
    gridcell group heading img insertion link list listbox listitem log main marquee math menu menubar menuitem
    menuitemcheckbox menuitemradio meter navigation none note option paragraph presentation progressbar radio
    radiogroup region row rowgroup rowheader scrollbar search searchbox separator slider spinbutton status strong
    subscript superscript switch tab table tablist tabpanel term textbox time timer toolbar tooltip tree treegrid
    treeitem
"""
ROLES: Final = frozenset(_ROLES.split())

_NAMED_KEYS: Final = """
    Enter Escape Tab ArrowUp ArrowDown ArrowLeft ArrowRight Backspace Delete Space Home End PageUp PageDown
    F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12
"""
NAMED_KEYS: Final = frozenset(_NAMED_KEYS.split())
MODIFIERS: Final = ("Control", "Shift", "Alt", "Meta", "ControlOrMeta")
_KEY: Final = re.compile(
    f"((?:(?:{'|'.join(MODIFIERS)})\\+)*+)(?:{'|'.join(sorted(NAMED_KEYS, key=len, reverse=True))}|[!-~])"
)


def is_key(text: str) -> bool:
    """Whether ``text`` is an allowed key: a named key or one printable ASCII character, after distinct modifiers."""
    match = _KEY.fullmatch(text)
    if match is None:
        return False
    modifiers = match.group(1).split("+")
    return len(modifiers) == len(set(modifiers))


MAX_CSS: Final = 200
_IDENT: Final = "-?[A-Za-z_][A-Za-z0-9_-]*+"
# The value of an attribute: no quote, no backslash, nothing below a space. `>>` would be safe inside quotes too, but
# a selector that holds Playwright's own separator is not worth the doubt.
_QUOTED: Final = "|".join(f"{q}(?:(?!>>)[^{q}\\\\\\x00-\\x1f\\x7f])*+{q}" for q in "\"'")
_ATTRIBUTE: Final = f"\\[{_IDENT}(?:=(?:{_QUOTED}))?+\\]"
_PART: Final = f"(?:[#.]{_IDENT}|{_ATTRIBUTE})"
_COMPOUND: Final = f"(?:{_IDENT}{_PART}*+|{_PART}++)"
_CSS: Final = re.compile(f"{_COMPOUND}(?:(?: ?> ?| ){_COMPOUND})*+")


def is_css(text: str) -> bool:
    """Whether ``text`` is in the restricted grammar: tags, #ids, .classes, [attr], [attr="value"], ``>`` and space.

    A value stands in either kind of quotes, and holds neither its own kind nor a backslash.
    Playwright's selector parser can read such a text only as CSS: it has no ``>>``, begins with no quote, ``/`` or
    ``..``, and its first ``=``, if any, has a ``[`` before it, so no engine name can stand there
    (parseSelectorString in playwright-core).
    """
    return len(text) <= MAX_CSS and _CSS.fullmatch(text) is not None


# One way to write each number: no sign, no leading zero, and no digits but ASCII's.
_VIEWPORT: Final = re.compile("([1-9][0-9]{2,3})x([1-9][0-9]{2,3})")


def read_viewport(text: str) -> Viewport | None:
    """The size that ``text`` says: ``WIDTHxHEIGHT`` in CSS pixels, each 100 to 8000; ``None`` for any other text."""
    match = _VIEWPORT.fullmatch(text)
    if match is None:
        return None
    width, height = int(match.group(1)), int(match.group(2))
    if not (LEAST_SIDE <= width <= MOST_SIDE and LEAST_SIDE <= height <= MOST_SIDE):
        return None
    return Viewport(width, height)


_SECRET: Final = re.compile("[A-Z][A-Z0-9_]{0,63}")
_FIXTURE: Final = re.compile("[A-Za-z0-9](?:[A-Za-z0-9_-]|[.](?![.]))*+")
MAX_FIXTURE: Final = 64
# Device names of Windows, where an exported project may be unpacked, refuse to be files, whatever the extension.
_DEVICES: Final = re.compile("(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:[.].*)?", re.IGNORECASE)


def is_secret_name(text: str) -> bool:
    """Whether ``text`` can name a secret: capitals, digits and underscores, at most 64, beginning with a capital."""
    return _SECRET.fullmatch(text) is not None


def is_fixture_name(text: str) -> bool:
    """Whether ``text`` is a file name that is safe on every system: no folder, no dot at either end, no device."""
    return (
        len(text) <= MAX_FIXTURE
        and _FIXTURE.fullmatch(text) is not None
        and not text.endswith(".")
        and _DEVICES.fullmatch(text) is None
    )
