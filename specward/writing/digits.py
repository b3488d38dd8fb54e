"""What runs of digits are: cards, accounts, telephone numbers, dates of a life, numbers that were given out; or a size,
a price, a year, which may be said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_RUN: Final = re.compile(r"(?:\+ ?|\()?\d(?:[ .\-/()_]{0,3}\d)*")
_LONG: Final = 6
"""Digits in one piece that no size, year or price has."""
_FEWEST: Final = 7
"""Digits in groups: the shortest telephone numbers that people write in groups."""
_YEARS: Final = re.compile(r"(?:19|20)\d\d ?[-/] ?(?:(?:19|20)\d\d|\d\d)")
_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?: \d{3})+")
_DECIMAL: Final = re.compile(r"\d{1,5}\.\d{1,2}")
_UNIT: Final = re.compile(
    r" ?(?:,\d\d ?)?(?:[€$£¥₹₽₩₺]|(?:eur|usd|gbp|chf|pln|czk|sek|nok|dkk|jpy|inr|huf|kr|zł|ft|mah|wh|km|km2|m2|sqm|px|"
    r"rpm|lm|lumens?|words|items|results|users|customers|products|reviews|ratings|views|downloads|points|miles|steps|"
    r"people|members|followers|pieces|hours|kr|ergebnisse|artikel|résultats|resultados)(?!\w))",
    re.IGNORECASE,
)
_CURRENCY: Final = frozenset("€$£¥₹₽₩₺")
_CARD: Final = re.compile(
    r"(?<!\d)(?:\d{4}[^\w\n]{1,3}\d{4}[^\w\n]{1,3}\d{4}[^\w\n]{1,3}\d{1,7}|\d{4}[^\w\n]{1,3}\d{6}[^\w\n]{1,3}\d{4,5})(?!\d)"
)
_ONE_BY_ONE: Final = re.compile(r"(?<!\d)\d(?:[^\w\n]{1,3}\d){12,18}(?!\d)")
_GROUPS: Final = re.compile(r"\d+")
_NOT_DIGITS: Final = re.compile(r"\D+")


def is_luhn(digits: str) -> bool:
    """Does the last of ASCII ``digits`` check the others (ISO/IEC 7812-1, annex B)?"""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def holds_card(text: str) -> bool:
    """Is there a payment card's number in folded ``text``, however its digits are spaced?"""
    for found in _CARD.finditer(text):
        if is_luhn(_NOT_DIGITS.sub("", found.group())[:19]):
            return True
    for found in _ONE_BY_ONE.finditer(text):
        if is_luhn(_NOT_DIGITS.sub("", found.group())):
            return True
    for run in _RUN.finditer(text):
        groups = _GROUPS.findall(run.group())
        if sum(map(len, groups)) >= 13 and _card_in(groups):
            return True
    return False


def _card_in(groups: Sequence[str]) -> bool:
    """Of neighbouring groups, or within one: 13 to 19 digits that begin as cards do and check."""
    for start in range(min(len(groups), 200)):
        digits = ""
        for group in groups[start : start + 19]:
            digits += group
            if len(digits) >= 13:
                break
        for length in range(13, min(19, len(digits)) + 1):
            if digits[0] in "23456" and is_luhn(digits[:length]):
                return True
    for group in groups:
        for start in range(1, min(len(group) - 12, 200)):
            if group[start] in "3456" and any(
                is_luhn(group[start : start + n]) for n in (15, 16) if start + n <= len(group)
            ):
                return True
    return False


def holds_phone(text: str) -> bool:
    """Is there a telephone number in folded ``text``, as people write them: grouped, or with a plus?"""
    return any(_is_phone(run, text) for run in _RUN.finditer(text))


def _is_phone(run: re.Match[str], text: str) -> bool:
    said = run.group()
    groups = _GROUPS.findall(said)
    count = sum(map(len, groups))
    if said.startswith("+"):
        return count >= 6
    if count < _FEWEST or len(groups) == 1 or _is_quantity(run, text, count):
        return False
    if max(map(len, groups)) <= 2:
        rising = groups[0][0] != "0" and all(int(one) < int(other) for one, other in pairwise(groups))
        return len(groups) >= 4 and not rising
    return True


def _is_quantity(run: re.Match[str], text: str, count: int) -> bool:
    said = run.group()
    if _YEARS.fullmatch(said) or _DECIMAL.fullmatch(said) or _evenly_spaced(_GROUPS.findall(said)):
        return True
    if count > _FEWEST or not _THOUSANDS.fullmatch(said):
        return _measured(run, text) and (count <= _FEWEST or _THOUSANDS.fullmatch(said) is not None)
    return True


def _measured(run: re.Match[str], text: str) -> bool:
    """Is there a currency before it, or a currency or unit behind?"""
    before = text[max(0, run.start() - 2) : run.start()].strip()
    return (before[-1:] in _CURRENCY and before != "") or _UNIT.match(text, run.end()) is not None


def _evenly_spaced(groups: Sequence[str]) -> bool:
    """The numbers of pages, or sizes: 36 38 40 42."""
    if len(groups) < 3 or any(len(group) > 4 or (group[0] == "0" and group != "0") for group in groups):
        return False
    numbers = [int(group) for group in groups]
    steps = {other - one for one, other in pairwise(numbers)}
    return len(steps) == 1 and steps.pop() != 0


def holds_long_number(text: str) -> bool:
    """Is there a run of digits in folded ``text`` that only an id, an account or a telephone has?"""
    for run in _RUN.finditer(text):
        for found in re.finditer(rf"\d{{{_LONG},}}", run.group()):
            if len(found.group()) > 9 or found.group() != run.group() or not _measured(run, text):
                return True
    return False


_ACCOUNT: Final = re.compile(r"(?<![A-Za-z0-9])[a-z]{2}\d\d(?:[ -]?[a-z0-9]){11,30}", re.IGNORECASE)


def holds_iban(text: str) -> bool:
    """Is there an IBAN in folded ``text`` (ISO 13616: the remainder by 97 is 1), however it is spaced?"""
    for found in _ACCOUNT.finditer(text):
        plain = re.sub(r"[ -]", "", found.group()).upper()
        for length in range(len(plain), 14, -1):
            if _mod_97(plain[:length]):
                return True
    return False


def _mod_97(account: str) -> bool:
    turned = account[4:] + account[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


_MONTH: Final = (
    r"(?:jan(?:uar[yi]?|vier)?|feb(?:ruar[yi]?)?|fevr(?:ier)?|mar(?:ch|s|zo|z)?|apr(?:il)?|avril|ma[iy]|mayo|jun[ei]?|"
    r"juin|jul[yi]?|juillet|aug(?:ust)?|aout|sep(?:t(?:ember|embre)?)?|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|"
    r"de[cz](?:ember|embre)?)"
)
_YEAR: Final = r"(?:19|20)\d\d"
_DATE: Final = re.compile(
    rf"(?<![\d.]){_YEAR}[-/. ](?:0?[1-9]|1[0-2])[-/. ](?:0?[1-9]|[12]\d|3[01])(?!\d)|"
    rf"(?<![\d.])(?:0?[1-9]|[12]\d|3[01])[-/.] ?(?:0?[1-9]|[12]\d|3[01])[-/.] ?(?:{_YEAR}|\d\d)(?![\d.])|"
    rf"(?<!\d)\d{{1,2}}(?:st|nd|rd|th|\.)?[ -](?:de |of )?{_MONTH}\.?,?[ -](?:de )?{_YEAR}(?!\d)|"
    rf"(?<!\w){_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}(?!\d)|"
    rf"{_YEAR} ?年 ?\d{{1,2}} ?月 ?\d{{1,2}} ?日",
    re.IGNORECASE,
)
_VERSION: Final = re.compile(r"(?:\bv|version) ?$", re.IGNORECASE)


def holds_date(text: str) -> bool:
    """Is there a day with its month and year in folded ``text``? It may be somebody's birthday."""
    return any(
        _VERSION.search(text[max(0, found.start() - 8) : found.start()]) is None for found in _DATE.finditer(text)
    )


_DEGREES: Final = re.compile(
    r"(?<![\d.])-?\d{1,2}\.\d{3,}[^\w\n]{1,3}-?\d{1,3}\.\d{3,}(?![\d.])|"
    r"\d{1,3} ?° ?\d{1,2} ?['\u2032] ?(?:[\d.]{1,6} ?[\"\u2033])? ?[nsew]|"
    r"\d{1,2}\.\d{2,}° ?[ns],? ?\d{1,3}\.\d{2,}° ?[ew]",
    re.IGNORECASE,
)


def holds_coordinates(text: str) -> bool:
    """Is there a place as latitude and longitude in folded ``text``?"""
    return _DEGREES.search(text) is not None
