"""A request that was rolled back leaves its refusal, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.http import HttpRequest, HttpResponseBase

from apps.audit.acting import ANONYMOUS, Acting, acting_as
from apps.audit.recording import insisted, record, record_again
from apps.audit.requests import actor_of, brought_credentials, method_of, route_of
from apps.audit.vocabulary import Action

_REFUSED: Final = frozenset({401, 403})
_NOT_FOUND: Final = frozenset({404, 410})


def record_refusal(sender: object, request: HttpRequest, response: HttpResponseBase, **_: object) -> None:
    """Records a refusal (401, 403, 404) or a failure (5xx) with method, route and status.

    A 404 counts where a route exists and somebody brought credentials, good or bad: that is a look at what is not
    theirs. What nobody in particular asks of addresses that do not exist is noise, and could fill the log at will.
    Requests that were only malformed (400, 409, 422, ...) or too many (429) refuse nobody anything.
    """
    acting: Acting = getattr(request, "acting", None) or Acting(ANONYMOUS)
    acting = replace(acting, actor=actor_of(request), narrative=f"{method_of(request)} {route_of(request)}".strip())
    with acting_as(acting):
        if told := insisted(request):
            for each in told:
                record_again(each)
            return
        action = _action(request, response.status_code)
        if action is not None:
            details = {"method": method_of(request), "route": route_of(request), "status": response.status_code}
            record(action, details=details)


def _action(request: HttpRequest, status: int) -> Action | None:
    if status >= 500:
        return Action.FAILURE
    if status in _REFUSED:
        return Action.REFUSAL
    if status in _NOT_FOUND and route_of(request) and brought_credentials(request):
        return Action.REFUSAL
    return None
