"""What every viewset of the API has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from apps.access.declarations import Public
from apps.access.permissions import Permission
from apps.access.specimen import Carries
from apps.api.idempotency import once
from apps.api.limits import headers_of, spend
from apps.api.pages import PARAMETERS
from apps.api.reading import refuse_unknown_parameters
from apps.tenants.afterwards import Afterwards


class Resource(GenericViewSet[Any]):
    """A resource. What each action needs stands in ``permissions``; objects come from the helpers of apps/access."""

    resource: ClassVar[str]
    """Its name, in cursors."""
    permissions: ClassVar[Mapping[str, Permission | Public]]
    carries: ClassVar[Mapping[str, Carries]] = {}
    filters: ClassVar[frozenset[str]] = frozenset()
    """Query parameters of the list, besides those of a page."""
    parameters: ClassVar[Mapping[str, frozenset[str]]] = {}
    """Query parameters of other actions."""
    only_tell: ClassVar[frozenset[str]] = frozenset()
    """Actions by POST that change nothing: there is nothing to be done once."""
    secrets: ClassVar[frozenset[str]] = frozenset()
    """Fields of answers that are never kept in plain: secrets, which are shown once, and what is sealed in its row."""

    def check_permissions(self, request: Request) -> None:
        """Counted before anything is decided: a refusal costs us as much as an answer."""
        spend(request._request)
        super().check_permissions(request)
        action = getattr(self, "action", None)
        if action is not None:  # otherwise the method is not there, and that is what is to be said
            known = self.filters | PARAMETERS if action == "list" else self.parameters.get(action, frozenset())
            refuse_unknown_parameters(request, known)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        for name, value in headers_of(request._request).items():
            final.headers[name] = value
        return final

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which methods there are, in ``Allow``. What they take is in the OpenAPI document."""
        return Response(status=204)

    def page(self, found: Any, serializer: type[BaseSerializer[Any]]) -> Response:
        """One page of what was found."""
        rows = self.paginate_queryset(found)
        return self.get_paginated_response(serializer(rows, many=True).data)

    def read(self, serializer: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The body, as far as it is valid. Raises ValidationError."""
        reading = serializer(data=self.request.data)
        reading.is_valid(raise_exception=True)
        found: dict[str, Any] = reading.validated_data
        return found

    def afterwards(self, act: Callable[[], Response]) -> Afterwards:
        """Has the answer made once the transaction of the request is committed; refusals are problems there too."""

        def answer() -> HttpResponseBase:
            try:
                response: HttpResponseBase = act()
            except Exception as error:  # noqa: BLE001  # what nobody foresaw is raised again, as by a view
                response = self.handle_exception(error)
            return self.finalize_response(self.request, response)

        return Afterwards(answer)

    def once(self, act: Callable[[], Response]) -> Response:
        """Answers a POST, or again as before where its ``Idempotency-Key`` was used for it already."""
        return once(self.request, self.secrets, act)
