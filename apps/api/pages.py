"""Pages by cursor. A page begins after the last row of the one before, so what is added or taken away shifts nothing.

The order is that of the ids: the one order that never changes, unique, and held by the index of the primary key, which
also works behind row-level security. A cursor is signed for its list and its tenant, so that it stays ours to change.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import Any, Final

from django.core import signing
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.problems import Wrong, refuse

DEFAULT: Final = 50
MOST: Final = 200
PARAMETERS: Final = frozenset({"cursor", "page_size"})
_CURSOR_REFUSED: Final = Wrong(
    "cursor-refused", "This cursor was not made by this list. Leave it out to begin anew.", parameter="cursor"
)


class Pages(BasePagination):
    """Of a queryset whose primary key is a UUID."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        size = page_size(request)
        sealed = Sealed(request, view.resource)
        after = sealed.opened(request.query_params.get("cursor"))
        if after is not None:
            try:
                queryset = queryset.filter(pk__gt=uuid.UUID(bytes=after))
            except ValueError as error:
                raise refuse(_CURSOR_REFUSED) from error
        found: list[Any] = list(queryset.order_by("pk")[: size + 1])
        self.next = sealed.cursor(found[size - 1].pk.bytes) if len(found) > size else None
        return found[:size]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"items": data, "next": self.next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_schema(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return parameters_schema()


class Sealed:
    """Cursors of one list of one tenant."""

    def __init__(self, request: Request, resource: str) -> None:
        tenant = request._request.route.tenant_id.hex  # type: ignore[attr-defined]
        self.signer = signing.Signer(salt=f"api.cursor.{resource}.{tenant}", sep=".")

    def cursor(self, position: bytes) -> str:
        return self.signer.sign(base64.urlsafe_b64encode(position).decode().rstrip("="))

    def opened(self, cursor: str | None) -> bytes | None:
        """The position; None without a cursor. Raises :class:`apps.api.problems.Refused` for one that is not ours."""
        if cursor is None:
            return None
        try:
            text = self.signer.unsign(cursor)
            return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (signing.BadSignature, binascii.Error, ValueError) as error:
            raise refuse(_CURSOR_REFUSED) from error


def page_size(request: Request) -> int:
    """What is asked for. Raises :class:`apps.api.problems.Refused` for what is no number from 1 to :data:`MOST`."""
    text = request.query_params.get("page_size")
    if text is None:
        return DEFAULT
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MOST):
        raise refuse(Wrong("out-of-range", f"Write a whole number from 1 to {MOST}.", parameter="page_size"))
    return int(text)


def page_schema(items: dict[str, Any]) -> dict[str, Any]:
    """A page, for the OpenAPI document."""
    following = {
        "type": "string",
        "nullable": True,
        "description": "The cursor of the next page; null on the last one.",
    }
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": {**items, "maxItems": MOST}, "next": following},
    }


def parameters_schema() -> list[dict[str, Any]]:
    """The parameters of a page, for the OpenAPI document."""
    return [
        {
            "name": "cursor",
            "in": "query",
            "description": "`next` of the page before. Without one, the first page.",
            "schema": {"type": "string"},
        },
        {
            "name": "page_size",
            "in": "query",
            "description": "How many items a page has at most.",
            "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT},
        },
    ]
