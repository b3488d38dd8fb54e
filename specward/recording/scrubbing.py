"""URLs without credentials, tokens and personal data: what is done to every address before anything else sees it.

Recorders mask text and inputs and never URLs, so a form sent by GET leaves a password in ``Meta.href``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote, urlencode

from ada_url import URL

_SENSITIVE_NAME = re.compile(
    r"pass|pwd|secret|token|api.?key|^key$|auth|session|^s(?:es)?s?id$|sid$|jwt|otp|^code$|^state$|nonce|sig(?:nature)?$|"
    r"credential|e?mail|phone|tel$|mobile|user(?:name|id)?$|login|first.?name|last.?name|^name$|full.?name|street|"
    r"address|zip|postal|city|birth|dob|ssn|iban|bic|card|^cc|cvv|cvc|pin$|account|ip$|lat$|lng$|lon$|geo|"
    r"^pw\d*$|kennwort|contrase|senha|^mdp$|ticket|hash|invit|^access|magic",
    re.IGNORECASE,
)
_TRACKING_NAME = re.compile(
    r"^(?:utm_.+|gclid|gbraid|wbraid|fbclid|msclkid|mc_[ce]id|_ga|_gl|ref_?src|yclid|igshid)$", re.I
)
_EMAIL = re.compile(r"[^\s@/]@[^\s@/]")
_JWT = re.compile(r"^[\w-]{8,}\.[\w-]{8,}\.[\w-]*$")
_DIGITS = re.compile(r"(?:\d[ .-]?){9,}")
_KNOWN_TOKEN = re.compile(r"^(?:sk|pk|rk|ghp|gho|xox[abp]|glpat|AKIA|eyJ)[-_A-Za-z0-9]{8,}")


def _is_random(text: str) -> bool:
    """A long run of mixed letters and digits: an id that only one session had."""
    if len(text) < 16 or not re.fullmatch(r"[A-Za-z0-9_+/=.~-]+", text):
        return False
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    turns = sum(a.isdigit() != b.isdigit() for a, b in pairwise(text))
    return digits >= 4 and letters >= 4 and turns >= 4


def is_sensitive_value(text: str) -> bool:
    """Does a part of an address look like a mail address, a token, a card or phone number, or a random id?"""
    return len(text) > 200 or bool(
        _EMAIL.search(text) or _JWT.match(text) or _DIGITS.search(text) or _KNOWN_TOKEN.match(text) or _is_random(text)
    )


_LONGEST = 1_000
"""Characters of a path, and of a query: more is no address that a person would go to."""


# What follows one of these in a path opens a door once.
_BEFORE_A_TOKEN = re.compile(
    r"(?:reset|verify|verification|invit(?:e|ation)s?|magic|confirm|activate|token|unsubscribe|otp)$", re.IGNORECASE
)
_HOLDS_MORE = re.compile(r"[;=?#]|://")


def _unquoted(text: str) -> str:
    """Percent signs taken away until none is left, three times at most: what is hidden twice is looked at too."""
    for _ in range(3):
        plain = unquote(text)
        if plain == text:
            break
        text = plain
    return text


def _is_sensitive(name: str, value: str) -> bool:
    """A parameter that must go: by its name, by its value, or because its value is an address or holds parameters."""
    if _SENSITIVE_NAME.search(name) or is_sensitive_value(name) or is_sensitive_value(value):
        return True
    return _HOLDS_MORE.search(value) is not None


@dataclass(frozen=True, slots=True)
class Address:
    """A scrubbed URL.

    ``path`` has the query that may be kept; ``whole`` says that the path itself was left as it was.
    """

    origin: str
    path: str
    whole: bool

    @property
    def url(self) -> str:
        return self.origin + self.path


def scrub(url: str) -> Address | None:
    """The address without userinfo, fragment, sensitive or tracking parameters; ``None`` for what is no http(s) URL.

    Canonical by the WHATWG rules that browsers keep.

    Every parameter whose name or value looks sensitive is dropped whole. A path segment that looks like a token, a
    mail address or a random id ends the path there and sets ``whole=False``: such an address is never visited or
    asserted exactly.
    """
    try:
        parsed = URL(url)
    except ValueError:
        return None
    if parsed.protocol not in ("http:", "https:") or not parsed.hostname:
        return None
    origin = f"{parsed.protocol}//{parsed.host}"
    segments = parsed.pathname.split("/")
    whole = True
    for i, segment in enumerate(segments):
        said = _unquoted(segment)
        opens = i > 0 and _BEFORE_A_TOKEN.match(segments[i - 1]) is not None
        if segment and (opens or ";" in said or "(" in said or is_sensitive_value(said)):
            segments, whole = [*segments[:i], ""], False
            break
    path = "/".join(segments) or "/"
    kept = []
    for part in parsed.search.removeprefix("?").split("&"):
        name, _, value = part.partition("=")
        name, value = _unquoted(name.replace("+", " ")), _unquoted(value.replace("+", " "))
        if name and not (_TRACKING_NAME.match(name) or _is_sensitive(name, value)):
            kept.append((name, value))
    if len(path) > _LONGEST:
        path, whole = "/", False
    query = urlencode(kept) if whole else ""
    if len(query) > _LONGEST:
        query = ""
    return Address(origin, path + (f"?{query}" if query else ""), whole)
