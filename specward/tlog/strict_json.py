"""JSON that can be read in one way only: no member twice, no NaN, no number beyond 64 bits, nothing around it."""

from __future__ import annotations

import json
from typing import Any, Final

_DIGITS: Final = 20
"""Of a whole number with its sign: what 64 bits need."""


class NotStrict(ValueError):
    """Why a text is not accepted. It quotes nothing of the text."""


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise NotStrict("an object has a member twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS or not -(2**63) < (number := int(digits)) < 2**63:
        raise NotStrict("a whole number is beyond 2^63")
    return number


def _decimal(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise NotStrict("a number is too large")
    return number


def _constant(_: str) -> Any:
    raise NotStrict("NaN and Infinity are no JSON")


_DECODE: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_decimal, parse_constant=_constant
).raw_decode


def read(data: bytes) -> Any:
    """The value, of which ``data`` is the whole text in UTF-8. Raises :class:`NotStrict`."""
    try:
        text = data.decode("utf-8")
        value, end = _DECODE(text)
    except NotStrict:
        raise
    except UnicodeDecodeError as failed:
        raise NotStrict("it is not UTF-8") from failed
    except RecursionError as failed:
        raise NotStrict("it is too deep") from failed
    except ValueError as failed:
        raise NotStrict("it is not JSON") from failed
    if end != len(text):
        raise NotStrict("something follows the JSON")
    return value
