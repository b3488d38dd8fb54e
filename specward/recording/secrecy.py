"""Which fields hold what must never be written down: passwords, card numbers, one-time codes, and anything masked."""

from __future__ import annotations

import re

from specward.recording.dom import Node
from specward.recording.masking import is_masked

_AUTOCOMPLETE = {
    "current-password": "a password",
    "new-password": "a password",
    "one-time-code": "a one-time code",
    "cc-number": "a card number",
    "cc-csc": "a card's security code",
    "cc-exp": "a card's expiry",
    "cc-exp-month": "a card's expiry",
    "cc-exp-year": "a card's expiry",
    "cc-name": "a card holder",
}
_WORDS = tuple(
    (re.compile("|".join(patterns), re.IGNORECASE), reason)
    for reason, patterns in (
        (
            "a password",
            (
                r"pass\s*-?_?(?:word|phrase|code)", r"\bpwd\b", "passwd", "kennwort", "passwort", "mot de passe",
                "contraseña", "wachtwoord", r"\bsenha\b", "парол", "密码", "密碼", "パスワード", "비밀번호", "hasło",
                "lösenord", "adgangskode", "salasana", r"\bparola\b", r"(?:secret|security)\s+(?:answer|question)",
                r"recovery\s+(?:phrase|key|code)",
            ),
        ),
        (
            "a card number",
            (
                r"card\s*-?_?(?:number|num|no\b)", r"credit\s*-?_?card", "cc-?_?num", "kartennummer",
                r"num[eé]ro de (?:la )?(?:carte|tarjeta)", "卡号", "カード番号",
            ),
        ),
        (
            "a card's security code",
            (
                r"\bcv[vc]2?\b", r"\bcsc\b", r"security\s*-?_?code", "prüfziffer", "sicherheitscode",
                r"c[oó]digo de seguridad",
            ),
        ),
        ("a card's expiry", (r"card\s*-?_?exp", "expir(?:y|ation)", r"\bexp\s*-?_?date\b", r"\bmm\s*/\s*yy")),
        (
            "a one-time code",
            (
                r"\botp\b", r"one[\s_-]?time", r"verification\s*-?_?code", "2fa", r"\bmfa\b", r"\btan\b", r"\bpin\b",
                r"auth(?:entication|enticator)?\s*-?_?code", "geheimzahl", "验证码",
            ),
        ),
        (
            "a personal or access key",
            (
                r"\bssn\b", "social security", r"\biban\b", "kontonummer", r"passport\s*-?_?(?:number|no\b)",
                r"\b(?:api|access|secret|bearer|auth)[\s_-]?(?:key|token)\b",
            ),
        ),
    )
)  # fmt: skip
LONGEST_VALUE = 300
"""Characters of a typed or chosen value that a spec holds; a longer one is supplied by name."""

_DIGITS = re.compile(r"[ -]")


def why_secret(node: Node, words: str, value: str) -> str:
    """Why the value of a field must be supplied by name when the spec runs; empty where it may be written down.

    ``words`` are the field's label, name and placeholder; ``value`` is what was typed, which may be masked.
    """
    kind = (node.attr("type") or "").lower()
    if kind == "password":
        return "a password"
    for token in (node.attr("autocomplete") or "").lower().split():
        if token in _AUTOCOMPLETE:
            return _AUTOCOMPLETE[token]
    for pattern, reason in _WORDS:
        if pattern.search(words):
            return reason
    if is_masked(value):
        return "masked by the recorder"
    if len(value) > LONGEST_VALUE:
        return "too long to write down"
    digits = _DIGITS.sub("", value)
    if 13 <= len(digits) <= 19 and digits.isascii() and digits.isdigit() and _luhn(digits):
        return "a card number"
    return ""


def _luhn(digits: str) -> bool:
    total = 0
    for i, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if i % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


_NOT_A_NAME = re.compile(r"[^A-Z0-9]+")


def secret_name(words: str, reason: str) -> str:
    """A name for a secret out of a field's own words (``CARD_NUMBER``), or out of the reason where it has none."""
    fallback = (
        "value" if reason.startswith(("masked", "too long")) else reason.removeprefix("a ").removeprefix("card's ")
    )
    for candidate in (words, fallback):
        if is_masked(candidate):
            continue
        name = _NOT_A_NAME.sub("_", candidate.upper()).strip("_")[:40].strip("_")
        if name and name[0].isalpha() and sum(c.isalpha() for c in name) >= 3:
            return name
    return "SECRET"
