"""Reading requests, strictly: JSON and nothing else, no unknown field or parameter, no type that is guessed."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from typing import IO, Any, Final

from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from apps.api.problems import OF_STATUS, Refused, Wrong, refuse

LARGEST_BODY: Final = 65_536
"""Bytes."""


class Json(BaseParser):
    """RFC 8259: no NaN, no Infinity, no name twice in an object, at most ``largest`` bytes of UTF-8."""

    media_type = "application/json"
    largest = LARGEST_BODY

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(self.largest + 1)
        if len(body) > self.largest:
            raise Refused(OF_STATUS[413])
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_object)
        except RecursionError as error:
            raise ParseError("it is nested too deeply.") from error
        except ValueError as error:  # of JSON, of UTF-8, of a number with too many digits
            raise ParseError("it is not JSON in UTF-8.") from error


class LargeJson(Json):
    """For a body that holds a spec: JSON may need six bytes for one of its own."""

    largest = 8 * LARGEST_BODY


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("an object has the same name twice.")
    return found


class JsonAlways(BaseContentNegotiation):
    """There is one form of an answer, so ``Accept`` chooses nothing (RFC 9110, 12.4.1 leaves that to the server)."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Strict(serializers.Serializer[Any]):
    """A body that is written. What it does not know, it refuses: a typing error must not be taken for a wish."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            message = "There is no such field."
            raise serializers.ValidationError(dict.fromkeys(unknown[:20], message), code="unknown-field")
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A string, and no number that could be written as one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data == "":
            self.fail("invalid_choice", input=str(data)[:50])
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number, and neither a string nor a truth value."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Truth(serializers.BooleanField):
    """True or false, and no word or number that could mean them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:50])
        return data


_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Moment(serializers.DateTimeField):
    """A date and time as in RFC 3339, with its offset, in this century or the next: what is far beyond is a mistake."""

    def to_internal_value(self, value: Any) -> datetime.datetime:
        if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
            self.fail("invalid", format="RFC 3339, such as 2027-01-31T12:00:00Z")
        moment = super().to_internal_value(value.upper().replace(" ", "T"))
        if not 2000 <= moment.year < 2200:
            raise serializers.ValidationError("Write a moment from the year 2000 to 2199.", code="out-of-range")
        return moment


def refuse_unknown_parameters(request: Request, known: frozenset[str]) -> None:
    """Raises :class:`Refused` for a query parameter that is not known, or is there twice."""
    wrong = []
    for name, values in list(request.query_params.lists())[:20]:
        if name not in known:
            wrong.append(Wrong("unknown-parameter", "There is no such parameter.", parameter=name[:100]))
        elif len(values) > 1:
            wrong.append(Wrong("given-twice", "This parameter is taken once.", parameter=name))
    if wrong:
        raise refuse(*wrong)
