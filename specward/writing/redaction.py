"""What must not be said to a model as it is, and the word that is said for it (``<email#1>``).

Rules, no model and no network: the same answer each time, in time that grows with the text. They are made to hold back
too much rather than too little: a name that is held back costs a model a word, one that is said cannot be taken back.
Names of persons have no shape; they are not recognised here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from specward.recording.actions import Target
from specward.recording.fields import FieldKind
from specward.recording.masking import is_masked
from specward.writing.credentials import (
    holds_id,
    holds_known_id,
    holds_known_token,
    holds_personal_number,
    holds_token,
    holds_wallet,
)
from specward.writing.digits import (
    holds_card,
    holds_coordinates,
    holds_date,
    holds_iban,
    holds_long_number,
    holds_phone,
)
from specward.writing.folding import folded

LONGEST: Final = 4_000
"""Characters that are looked through. What is longer is held back whole."""


class Kind(StrEnum):
    """What a text holds. The values are stable, and are letters and dashes only: they stand in placeholders."""

    EMAIL = "email"
    URL = "url"
    CARD = "card"
    IBAN = "iban"
    TOKEN = "token"  # noqa: S105 (a kind, no token)
    WALLET = "wallet"
    IP = "ip"
    MAC = "mac"
    COORDINATES = "coordinates"
    ADDRESS = "address"
    DATE = "date"
    NATIONAL_ID = "national-id"
    PHONE = "phone"
    ID = "id"
    HANDLE = "handle"
    PATH = "path"
    MASKED = "masked"
    LONG = "long"


_EMAIL: Final = re.compile(r"[^\s@]@[^\s@]|[^\W_] ?@ ?[\w-]{2,63} ?\. ?[a-z]{2,}(?!\w)", re.IGNORECASE)
_PRICED: Final = re.compile(r"\d@[$€£]")
_SPOKEN_EMAIL: Final = re.compile(
    r"[\w.+-] ?(?:[\[({<] ?(?:at|aet|arroba|chez) ?[\])}>] ?[\w-]{1,63}|"
    r" (?:at|arroba|chiocciola|klammeraffe) [\w-]{1,63} ?(?: |[\[({<]) ?(?:dot|punkt|punto|point|ponto) ?"
    r"(?: |[\])}>]) ?(?:com|net|org|edu|gov|info|biz|app|dev|shop|example|[a-z]{2})(?!\w))",
    re.IGNORECASE,
)
_URL: Final = re.compile(
    r"(?<![a-z])[a-z][a-z0-9+.-]{1,14}://\S|(?<!\w)(?:mailto|tel|sms|data|javascript|blob):\S|(?<![\w.])www\.[^\W_]|"
    r"(?<![\w.@/-])(?:[\w-]{1,63}\.){1,4}[a-z]{2,18}(?::\d{2,5})?[/?]\w",
    re.IGNORECASE,
)
_IP: Final = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w])|(?<![\w:.])[0-9a-f:.]{3,45}(?![\w:])", re.IGNORECASE
)
_MAC: Final = re.compile(
    r"(?<![0-9a-z:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?![0-9a-z])|"
    r"(?<![0-9a-z.])(?=[0-9.]{0,14}[a-f])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![0-9a-z])",
    re.IGNORECASE,
)
_HANDLE: Final = re.compile(r"(?<![\w@./])@[a-z]\w{2,}", re.IGNORECASE)
_PATH: Final = re.compile(r"(?:/home/|/users/|[a-z]:\\(?:users|documents and settings)\\|\\\\)\w", re.IGNORECASE)


# Street and number, in the order and with the words of several languages. Where a word is another thing as well (a hard
# drive, a front row), it is not among them.
_BESIDE: Final = r"(?:the|at|of|to|in|on|per|and|or|for|from|x|hours?|nights?|days?)\b"
_ADDRESS: Final = re.compile(
    rf"(?<!\w)\d{{1,5}}[a-z]?,? (?:(?!{_BESIDE})[\w'\u2019.-]{{1,30}} ){{1,4}}"
    r"(?:street|st|road|rd|lane|avenue|ave|boulevard|blvd|crescent|terrace|quay|mews|highway)(?!\w)|"
    r"(?<!\w)\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|allee|impasse|quai|chemin) (?:d|l|\w{2})|"
    r"(?<!\w)[\w-]{2,40} ?(?:stra(?:ss|\u00df)e|str\.|gasse|allee|straat|laan|gatan|vagen|gade) ?\d{1,4}(?![\d%])|"
    r"(?<!\w)(?:calle|(?-i:Via)|piazza|avenida|rua|viale|ulica|ul\.|paseo|plaza) "
    rf"(?:(?!{_BESIDE})[\w'\u2019.-]{{2,30}},? ){{1,3}}(?:n[.o]{{0,2}} ?)?\d{{1,4}}(?![\d%])",
    re.IGNORECASE,
)


def _holds_email(text: str) -> bool:
    if "@" in text and any(_PRICED.fullmatch(found.group()) is None for found in _EMAIL.finditer(text)):
        return True
    return _SPOKEN_EMAIL.search(text) is not None


def _holds_ip(text: str) -> bool:
    for found in _IP.finditer(text):
        said = found.group().rstrip(".")
        if "." not in said and said.count(":") < 2:
            continue
        try:
            ipaddress.ip_address(said)
        except ValueError:
            continue
        if any(c.isdigit() for c in said):
            return True
    return False


RECOGNISERS: Final[tuple[tuple[Kind, Callable[[str], bool]], ...]] = (
    (Kind.EMAIL, _holds_email),
    (Kind.URL, lambda text: _URL.search(text) is not None),
    (Kind.WALLET, holds_wallet),
    (Kind.MAC, lambda text: _MAC.search(text) is not None),
    (Kind.IP, _holds_ip),
    (Kind.CARD, holds_card),
    (Kind.IBAN, holds_iban),
    (Kind.COORDINATES, holds_coordinates),
    (Kind.ADDRESS, lambda text: _ADDRESS.search(text) is not None),
    (Kind.DATE, holds_date),
    (Kind.NATIONAL_ID, holds_personal_number),
    (Kind.TOKEN, holds_known_token),
    (Kind.ID, holds_known_id),
    (Kind.TOKEN, holds_token),
    (Kind.PHONE, holds_phone),
    (Kind.ID, lambda text: holds_long_number(text) or holds_id(text)),
    (Kind.HANDLE, lambda text: _HANDLE.search(text) is not None),
    (Kind.PATH, lambda text: _PATH.search(text) is not None),
)
"""In this order: the first that finds something gives its kind. All look at folded text."""


def recognised(text: str) -> Kind | None:
    """What ``text`` holds that must not be said to a model; None where nothing is seen. Knows no names of persons."""
    if len(text) > LONGEST:
        return Kind.LONG
    if is_masked(text):
        return Kind.MASKED
    plain = folded(text)
    if len(plain) > LONGEST:
        return Kind.LONG
    return next((kind for kind, holds in RECOGNISERS if holds(plain)), None)


TEXT: Final = "text"
"""What a value is called where nothing says what it is."""


def placeholder_kind(target: Target | None, value: str | None) -> str:
    """The word in a placeholder (``<email#1>``): what the field is for, else what the value is, else ``text``."""
    if target is not None and target.field is not FieldKind.NONE:
        return target.field.value
    kind = recognised(value) if value else None
    return kind.value if kind is not None else TEXT
