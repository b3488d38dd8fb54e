"""Whether what travels is encrypted: at the edge, between our own parts, and in what browsers are told."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import transaction

from apps.compliance.checking import Check, Result, check, failed, not_applicable, passed, some
from apps.compliance.checks.seen_from_here import tenant
from apps.compliance.handshakes import NotTrusted, newest, older
from apps.tenants.models import Domain
from apps.tenants.walls import connection

_PLAIN: Final = "This installation serves plain http: it is one for trying out, or an edge that it knows nothing of."
_A_YEAR: Final = 31_536_000


@check
class Edge(Check):
    """A real handshake with whatever answers at the tenant's host."""

    key = "transit.edge"
    title = "The edge speaks TLS 1.3 and refuses everything older"
    words = (
        "Shakes hands with the edge at this account's host twice: by TLS 1.3, with its certificate verified, and "
        "offering nothing newer than TLS 1.2."
    )
    mend = "Let the edge's settings say TLS 1.3 alone (deploy/Caddyfile does), and renew its certificate."

    def look(self) -> Result:
        if not settings.HTTPS:
            return not_applicable(_PLAIN)
        with transaction.atomic():
            host = Domain.objects.filter(tenant_id=tenant(), is_primary=True).values_list("domain", flat=True).get()
        address = _address(settings.EDGE) if settings.EDGE else (host, settings.PUBLIC_PORT or 443)
        try:
            spoken = newest(address, host, settings.EDGE_CERTIFICATE_AUTHORITY)
        except NotTrusted as error:
            return failed("The certificate at the edge is not good for this account's host.", host=host, why=error.why)
        except ssl.SSLError as error:
            return failed("The edge does not speak TLS 1.3.", host=host, why=error.reason or "")
        evidence = {
            "host": host,
            "version": spoken.version,
            "cipher": spoken.cipher,
            "certificate_ends": spoken.certificate_ends,
        }
        if (accepted := older(address, host)) is not None:
            return failed(f"The edge accepts {accepted}.", **evidence, accepted=accepted)
        return passed(**evidence, older="refused")


@check
class ToTheDatabase(Check):
    """The link that every row goes over."""

    key = "transit.database"
    title = "The link to the database leaves the machine only under TLS 1.3"
    words = "Looks at this very connection: to where it leads, and whether TLS 1.3 is asked for, verified and in use."
    mend = "Give DATABASE_URL sslmode=verify-full and ssl_min_protocol_version=TLSv1.3, and the server a certificate."

    def look(self) -> Result:
        ours = connection()
        with transaction.atomic():
            ours.ensure_connection()
            info, in_use = ours.connection.info, bool(ours.connection.pgconn.ssl_in_use)
        options = ours.settings_dict["OPTIONS"]
        mode, least = options.get("sslmode", ""), options.get("ssl_min_protocol_version", "")
        evidence = {"tls": in_use, "sslmode": mode, "at_least": least}
        if _stays_here(info.host, info.hostaddr):
            return passed(**evidence, leaves_the_machine=False)
        if in_use and mode == "verify-full" and least == "TLSv1.3":
            return passed(**evidence, leaves_the_machine=True)
        return _not_encrypted("the database", **evidence)


@check
class ToTheBroker(Check):
    """The link that tasks and caches go over."""

    key = "transit.broker"
    title = "The link to Valkey leaves the machine only under TLS 1.3"
    words = "Reads to where the address of broker and cache leads; where that is another machine, shakes hands with it."
    mend = "Let REDIS_URL begin with rediss://, without turning its verification off, and give Valkey a certificate."

    def look(self) -> Result:
        address = urlsplit(settings.REDIS_URL)
        if address.scheme == "unix" or _stays_here(address.hostname or ""):
            return passed(tls=address.scheme == "rediss", leaves_the_machine=False)
        asked = parse_qs(address.query)
        verified = asked.get("ssl_cert_reqs", ["required"]) == ["required"]
        if address.scheme != "rediss" or not verified:
            return _not_encrypted("Valkey", tls=address.scheme == "rediss", verified=verified)
        try:
            host, (authority,) = address.hostname or "", asked.get("ssl_ca_certs", [""])
            spoken = newest((host, address.port or 6379), host, authority)
        except (NotTrusted, ssl.SSLError):
            return failed("Valkey does not speak TLS 1.3 with a certificate that is trusted here.")
        return passed(tls=True, verified=True, version=spoken.version, leaves_the_machine=True)


def _not_encrypted(what: str, **evidence: object) -> Result:
    if settings.ONE_MACHINE:
        return not_applicable(
            f"The installation says (SPECWARD_ONE_MACHINE) that the way to {what} never leaves its machine.", **evidence
        )
    return failed(f"The way to {what} leaves the machine, and is not TLS 1.3 throughout.", **evidence)


@check
class Browsers(Check):
    """What browsers hold themselves to."""

    key = "transit.browsers"
    title = "Cookies travel by https alone, and browsers are told to use nothing else for a year"
    words = "Reads the settings of the session's and the form's cookies, and how long browsers are told to use https."
    mend = "Unset SPECWARD_HTTPS and SPECWARD_HSTS_SECONDS: what they are without it is right."

    def look(self) -> Result:
        if not settings.HTTPS:
            return not_applicable(_PLAIN)
        wrong = [what for what, holds in _HELD.items() if not holds()]
        if wrong:
            return failed(f"{len(wrong)} settings are not as they should be.", wrong=some(wrong))
        return passed(settings=sorted(_HELD), hsts_seconds=settings.SECURE_HSTS_SECONDS)


_HELD: Final[Mapping[str, Callable[[], bool]]] = {
    "the session's cookie is for https alone": lambda: settings.SESSION_COOKIE_SECURE,
    "no script reads the session's cookie": lambda: settings.SESSION_COOKIE_HTTPONLY,
    "the session's cookie is this host's alone": lambda: settings.SESSION_COOKIE_NAME.startswith("__Host-"),
    "no other site sends the session's cookie": lambda: settings.SESSION_COOKIE_SAMESITE in ("Lax", "Strict"),
    "the form's cookie is for https alone": lambda: settings.CSRF_COOKIE_SECURE,
    "the form's cookie is this host's alone": lambda: settings.CSRF_COOKIE_NAME.startswith("__Host-"),
    "browsers use https for a year": lambda: settings.SECURE_HSTS_SECONDS >= _A_YEAR,
}


def _address(given: str) -> tuple[str, int]:
    """``host:port``, an IPv6 address in brackets."""
    parts = urlsplit(f"//{given}")
    return parts.hostname or "", parts.port or 443


def _stays_here(host: str, numbers: str = "") -> bool:
    """Whether a server's address is on this machine: a socket's path, or the loopback."""
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(numbers or host).is_loopback
    except ValueError:
        return False
