"""The program that sets one PDF and ends (pdf.py starts it): an order as JSON comes in, the document goes out, base64.

It knows nothing of the service, and imports nothing of it.
"""

from __future__ import annotations

import base64
import json
import re
import resource
import sys
import unicodedata
from typing import Any, Final

import typst

ENVIRONMENT: Final = {
    # Where nothing listens. No template of ours imports a package; one that did would get it from nowhere.
    "https_proxy": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "all_proxy": "http://127.0.0.1:9",
    "RAYON_NUM_THREADS": "1",
}
STANDARDS: Final = ("a-2a", "ua-1")
SECONDS_OF_CPU: Final = 25
MEMORY: Final = 2 * 1024**3
"""Bytes of address space, most of which is never touched."""

BOX: Final = "\u25a1"
_TRIES: Final = 6
_NOT_SHOWN: Final = re.compile(r'(?:the text|the codepoint) `"(?P<said>.+?)"`')
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]+)\}")
_WHERE: Final = re.compile(r"─ (?P<file>[^\s:]+):(?P<line>\d+)")
_CATEGORIES: Final = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Control, not assigned, private and surrogate: no font of typst has them, and PDF/A forbids the private ones."""


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_OF_CPU, SECONDS_OF_CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    order = json.loads(sys.stdin.buffer.read())
    data = json.loads(order["data"])
    boxed = {one for one in set(_characters(data)) if unicodedata.category(one) in _CATEGORIES and one not in "\n\t"}
    for _ in range(_TRIES):
        try:
            made = _compile(order, _with_boxes(data, boxed))
        except typst.TypstError as error:
            missing = _missing(error.diagnostic)
            if not missing - boxed:
                sys.stderr.write(_where(error))
                return 1
            boxed |= missing
        else:
            sys.stdout.buffer.write(base64.b64encode(made))
            return 0
    sys.stderr.write("characters that none of its fonts has")
    return 1


def _compile(order: dict[str, Any], data: Any) -> bytes:
    made = typst.compile(
        order["template"],
        root=order["root"],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=list(STANDARDS),
        timestamp=order["made"],
        package_path="/nonexistent",
        package_cache_path="/nonexistent",
    )
    if not isinstance(made, bytes):
        raise TypeError("typst made no document")
    return made


def _missing(diagnostic: str) -> set[str]:
    """The characters that typst says it cannot show; plain ones are never among them."""
    found: set[str] = set()
    for match in _NOT_SHOWN.finditer(diagnostic):
        found |= set(_ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), match["said"]))
    return {one for one in found if not one.isascii() or not one.isprintable()} - {BOX}


def _characters(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(_characters(one) for one in value.values())
    if isinstance(value, list):
        return "".join(_characters(one) for one in value)
    return ""


def _with_boxes(value: Any, boxed: set[str]) -> Any:
    if isinstance(value, str):
        return value.translate({ord(one): BOX for one in boxed})
    if isinstance(value, dict):
        return {key: _with_boxes(one, boxed) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_boxes(one, boxed) for one in value]
    return value


def _where(error: typst.TypstError) -> str:
    """The place in a template of ours, and not the message, which may quote data."""
    where = _WHERE.search(error.diagnostic)
    return f"typst refuses {where['file']}, line {where['line']}" if where else "typst refuses it"


if __name__ == "__main__":
    sys.exit(main())
