"""Addresses that the tenant gave, for webhooks and for its SIEM: by https, and somebody answers there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from apps.compliance.checking import Check, Result, check, failed, not_applicable, passed, some
from apps.siem import standing as sinks
from apps.siem.models import Sink
from apps.webhooks import standing as endpoints
from apps.webhooks.models import Endpoint


@check
class WebhooksGoByHttps(Check):
    key = "webhooks.https"
    title = "Webhooks go by https, to where they are said to go"
    words = "Opens the address of each endpoint in use and holds it against today's rules, and against what is shown."
    mend = "Give the endpoint an https address, or take it away (Webhooks, in the console)."

    def look(self) -> Result:
        with transaction.atomic():
            found = list(endpoints.in_use())
        return _judged("webhook endpoints", found)


@check
class TheSiemIsReachedByHttps(Check):
    key = "siem.https"
    title = "The log is pushed by https, to where it is said to go"
    words = "Opens the address of each sink in use and holds it against today's rules, and against what is shown."
    mend = "Give the sink an https address, or take it away (SIEM, in the console)."

    def look(self) -> Result:
        with transaction.atomic():
            found = list(sinks.in_use())
        return _judged("sinks", found)


def _judged(what: str, found: Iterable[Any]) -> Result:
    found = list(found)
    unsafe = some(one.id for one in found if not endpoints.is_safe(one.url.reveal(), one.origin))
    if unsafe["count"]:
        return failed(f"{unsafe['count']} {what} have an address that nothing may be sent to.", unsafe=unsafe)
    if not found:
        return not_applicable(f"There are no {what} in use.")
    return passed(looked_at=len(found))


@check
class WebhooksArrive(Check):
    key = "webhooks.delivering"
    title = "No webhook endpoint was given up"
    words = "Looks for endpoints that were switched off because nobody answered there for days."
    mend = "Mend the receiver and switch the endpoint on again, or take it away (Webhooks, in the console)."

    def look(self) -> Result:
        with transaction.atomic():
            off = some(endpoints.given_up().values_list("id", flat=True))
            there = Endpoint.objects.filter(removed__isnull=True).count()
        return _told("webhook endpoints", off, there)


@check
class TheSiemTakesTheLog(Check):
    key = "siem.delivering"
    title = "No sink of the SIEM was given up"
    words = (
        "Looks for sinks that were switched off because they took nothing for days, refused everything, or are gone."
    )
    mend = "Mend the collector and switch the sink on again: it goes on where it was. Or take it away (SIEM)."

    def look(self) -> Result:
        with transaction.atomic():
            off = some(sinks.given_up().values_list("id", flat=True))
            there = Sink.objects.filter(removed__isnull=True).count()
        return _told("sinks", off, there)


def _told(what: str, off: dict[str, Any], there: int) -> Result:
    if off["count"]:
        return failed(f"{off['count']} {what} were switched off since nothing arrived there.", switched_off=off)
    if not there:
        return not_applicable(f"There are no {what}.")
    return passed(there=there)
