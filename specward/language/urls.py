"""Where a spec may go: URLs by the WHATWG rules, held to an allow-list of origins, in one canonical form.

Chromium follows the WHATWG URL standard, which mends a lot silently (``https:app.example``, backslashes, tabs, hosts
in octal). What is mended is refused here, so that a reader and the browser see the same address.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, NoReturn

from ada_url import parse_url

from specward.errors import SpecwardError
from specward.language.characters import shown

MAX_URL: Final = 2048
_ABSOLUTE: Final = re.compile(r"(https?)://([^/?#]*+)", re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"([A-Za-z0-9_.-]++|\[[0-9A-Fa-f:.]++\])(?::[0-9]{1,5})?+")
_PORT: Final = re.compile(":[0-9]*+$")
# Space and below, delete, backslash; lone surrogates cannot be encoded. All of these are mended or dropped by the
# standard's parser.
_REFUSED: Final = re.compile("[\\x00-\\x20\\x7f\\\\\\ud800-\\udfff]")


class UrlRefused(SpecwardError):
    """A URL or an origin that may not stand in a spec; the message says why, ``hint`` the way out."""

    code = "url-refused"


def canonical_origin(text: str) -> str:
    """The canonical form of an http(s) origin: scheme and host in lower case, no default port, no path.

    A single ``/`` after the host is dropped. Raises :class:`UrlRefused` for anything else (WHATWG URL, "origin").
    """
    scheme_and_rest = _split(text)
    if scheme_and_rest is None:
        raise UrlRefused(
            f"{shown(text)} is not an origin: it does not begin with http:// or https://.",
            hint='Write scheme and host, such as "https://shop.example".',
        )
    if scheme_and_rest not in ("", "/"):
        raise UrlRefused(
            f"{shown(text)} is more than an origin: a path, query or fragment follows the host.",
            hint="Write scheme, host and port only; paths belong into goto.",
        )
    return _parse(text)[0]


def origin_of(text: str) -> str:
    """The canonical origin of an absolute http(s) URL. Raises :class:`UrlRefused` if it is none, or an unclear one."""
    if _split(text) is None:
        raise UrlRefused(f"{shown(text)} is not an http(s) URL.", hint="Write a whole URL.")
    return _parse(text)[0]


def canonical_url(text: str, origin: str, allowed: Collection[str]) -> str:
    """``text`` in the form a spec keeps: a path on ``origin``, or an absolute URL on another origin of ``allowed``.

    ``text`` is a path that begins with one ``/``, or an absolute http(s) URL. ``origin`` and ``allowed`` are
    canonical origins. Raises :class:`UrlRefused` when the URL lies elsewhere, or is written so that it could be
    taken for another.
    """
    if text.startswith("/"):
        if _REFUSED.search(text) or len(text) > MAX_URL:
            _refuse_characters(text)
        if text.startswith("//"):
            raise UrlRefused(
                f"{shown(text)} begins with two slashes: a browser reads that as another host.",
                hint='Write a path with one slash, such as "/cart", or a whole URL.',
            )
        href_origin, rest = _parse(origin + text)
    else:
        if _split(text) is None:
            raise UrlRefused(
                f"{shown(text)} is neither a path nor an http(s) URL.",
                hint='Write a path that begins with "/", such as "/cart", or a whole URL on an allowed origin.',
            )
        href_origin, rest = _parse(text)
    if href_origin != origin and href_origin not in allowed:
        raise UrlRefused(
            f"{shown(text)} lies on {href_origin}, which is not an allowed origin.",
            hint="Allowed: " + ", ".join(sorted({origin, *allowed})[:5]) + ".",
        )
    if rest.startswith("//"):
        raise UrlRefused(
            f"{shown(text)} has a path that begins with two slashes: written as a path it would name another host.",
            hint="Take one slash away.",
        )
    return rest if href_origin == origin else href_origin + rest


def url_pattern(url: str, origin: str) -> re.Pattern[str]:
    """What ``expect_url`` and ``expect_popup`` compare an address with, by ``search``.

    ``url`` is canonical. The path must be equal; a query or a fragment counts only where ``url`` gives one. The
    exporters write the same rule into their tests.
    """
    whole = origin + url if url.startswith("/") else url
    rest, hash_sign, fragment = whole.partition("#")
    address, question_mark, query = rest.partition("?")
    return re.compile(
        "^"
        + re.escape(address)
        + (re.escape("?" + query) if question_mark else r"(\?[^#]*)?")
        + (re.escape("#" + fragment) if hash_sign else "(#.*)?")
        + "$"
    )


def _split(text: str) -> str | None:
    """What follows the host of an absolute http(s) URL, or ``None`` if it is not one. Refuses an unclear host."""
    if _REFUSED.search(text) or len(text) > MAX_URL:
        _refuse_characters(text)
    match = _ABSOLUTE.match(text)
    if match is None:
        return None
    authority = match.group(2)
    if "@" in authority:
        raise UrlRefused(
            f"{shown(text)} holds a user name or password before the host.", hint="Take out everything up to the @."
        )
    if "%" in authority:
        raise UrlRefused(f"{shown(text)} has an escape (%) in its host.", hint="Write the host in plain letters.")
    if not authority.isascii():
        raise UrlRefused(
            f"{shown(text)} has a host with letters outside ASCII.",
            hint="Write the host in its xn-- form; it must be on the allow-list in that form.",
        )
    plain = _AUTHORITY.fullmatch(authority)
    if plain is None or plain.group(1).endswith(".") or plain.group(1).startswith("."):
        raise UrlRefused(
            f"{shown(text)} has no plain host after the two slashes.",
            hint='Write "https://", the host, and a port if it is not the usual one.',
        )
    return text[match.end() :]


def _parse(text: str) -> tuple[str, str]:
    """Origin and the rest of ``text``, by the WHATWG parser; refuses what that parser mends."""
    match = _ABSOLUTE.match(text)
    try:
        href = parse_url(text, ("href",))["href"]
    except ValueError:
        raise UrlRefused(f"{shown(text)} is not a URL.", hint="Check host and port.") from None
    canonical = _ABSOLUTE.match(href)
    if match is None or canonical is None:
        raise UrlRefused(f"{shown(text)} is not a plain http(s) URL.", hint="Write scheme, host and path.")
    origin = canonical.group()
    # A host that the parser had to rewrite (0x7f.1 is 127.0.0.1) is one that a reader would take for another.
    if _host(match) != _host(canonical):
        raise UrlRefused(
            f"{shown(text)} names its host in another form than {_host(canonical)}.",
            hint=f"Write {origin} if that is meant.",
        )
    return origin, href[len(origin) :]


def _host(match: re.Match[str]) -> str:
    return _PORT.sub("", match.group(2).lower())


def _refuse_characters(text: str) -> NoReturn:
    if len(text) > MAX_URL:
        raise UrlRefused(
            f"A URL of {len(text)} characters is too long: the limit is {MAX_URL}.", hint="Shorten the query."
        )
    raise UrlRefused(
        f"{shown(text)} holds a space, a backslash or a control character, which a browser would drop or mend.",
        hint="Percent-encode it (a space is %20), or take it out.",
    )
