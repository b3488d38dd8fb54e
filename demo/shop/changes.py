"""Benign changes: what a redesign or a slow day brings, and no user would call a fault. A good spec still passes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch

_TAG = re.compile(r"<([a-z][a-z-]*)((?:\s+[a-z-]+(?:=\"[^\"]*\")?)+)\s*>")
_ATTRIBUTE = re.compile(r"\s+[a-z-]+(?:=\"[^\"]*\")?")


@dataclass(frozen=True, slots=True)
class Change:
    """``rewrite`` takes a body and its content type.

    ``pause`` is in seconds, before the answers at ``only`` some paths, or at all ``apart`` from some.
    """

    name: str
    notice: str
    rewrite: Callable[[str, str], str] | None = None
    pause: float = 0.0
    only: str = "*"
    apart: str = ""

    def delay(self, path: str) -> float:
        return self.pause if fnmatch(path, self.only) and not fnmatch(path, self.apart) else 0.0


def _pages(rewrite: Callable[[str], str]) -> Callable[[str, str], str]:
    return lambda body, kind: rewrite(body) if kind.startswith("text/html") else body


def _renamed_classes(body: str, kind: str) -> str:
    if kind.startswith("text/css"):
        return re.sub(r"\.([a-z][a-z-]*)(?=[^{}]*\{)", r".x7-\1", body)
    if kind.startswith("text/html"):
        return re.sub(
            r' class="([^"]*)"', lambda m: f' class="{" ".join(f"x7-{name}" for name in m[1].split())}"', body
        )
    return body


def _other_ids(body: str) -> str:
    return re.sub(r' (id|for|aria-labelledby|aria-controls)="([^"]+)"', r' \1="g81-\2"', body).replace(
        'href="#main"', 'href="#g81-main"'
    )


def _reordered(body: str) -> str:
    return _TAG.sub(lambda m: f"<{m[1]}{''.join(reversed(_ATTRIBUTE.findall(m[2])))}>", body)


def _wrapped(body: str) -> str:
    body = re.sub(r"(<main [^>]*>)", r"\1<div><div>", body).replace("</main>", "</div></div></main>")
    return re.sub(
        r'(<(?:button|a) class="(?:button|plain|name)[^>]*>)([^<]+)(</(?:button|a)>)', r"\1<span>\2</span>\3", body
    )


def _font(body: str, kind: str) -> str:
    return body + "\nbody { font-family: Georgia, serif; font-size: 19px; }\n" if kind.startswith("text/css") else body


def _dark(body: str, kind: str) -> str:
    if not kind.startswith("text/css"):
        return body
    return body.replace("--ink: #23211c; --paper: #fbf8f2", "--ink: #f3ead8; --paper: #1c1a17") + (
        "\ninput, select, textarea, .card, .note { background: #2a2723; }\n"
    )


def _other_numbers(body: str) -> str:
    """Other dates and order numbers: every run that the shop itself makes anew each day."""
    body = re.sub(r"\b\d{2} ([A-Z][a-z]+) 20\d\d\b", r"28 \1 2031", body)
    return re.sub(r"(order number is <b>)\d+", r"\g<1>771204", body)


_TABLE = (
    Change("slow-answers", "Pages and answers to scripts take 250 ms longer", pause=0.25, apart="/static/*"),
    Change("slow-scripts", "Scripts and style sheets take 250 ms longer", pause=0.25, only="/static/*"),
    Change("renamed-classes", "All CSS classes have other names", _renamed_classes),
    Change("other-ids", "All ids were made anew by a build", _pages(_other_ids)),
    Change("another-font", "Another font in another size", _font),
    Change("dark-colours", "Dark colours", _dark),
    Change("wrapper-elements", "The content and the words of buttons stand in further elements", _pages(_wrapped)),
    Change("reordered-attributes", "Attributes are written in another order", _pages(_reordered)),
    Change("unrelated-banner", "A banner about opening hours at the top of every page", _pages(
        lambda body: re.sub(r"(<body[^>]*>)", r'\1<p class="banner">On Sunday we are closed.</p>', body))),
    Change("other-numbers", "Other dates and order numbers", _pages(_other_numbers)),
    Change("more-blanks", "Line breaks and blanks between elements", _pages(lambda body: body.replace("><", ">\n  <"))),
)  # fmt: skip

CHANGES = {change.name: change for change in _TABLE}
