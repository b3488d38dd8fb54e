"""The program that reads a PDF and ends (apart.py starts it): an order and a file come in, an answer goes out.

A file that somebody made to be dangerous is dangerous to who parses it: so this process knows nothing of the service,
imports nothing of it, has a limit of time and of memory, and writes nowhere but to its standard output.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    StreamObject,
)

SECONDS_OF_CPU: Final = 25
MEMORY: Final = 1024**3
"""Bytes of address space."""
MOST_PAGES: Final = 500
MOST_OBJECTS: Final = 300_000

_REFUSED_KEYS: Final[Mapping[str, str]] = {
    "/JS": "javascript",
    "/JavaScript": "javascript",
    "/AA": "action",
    "/EmbeddedFiles": "embedded-file",
    "/EF": "embedded-file",
    "/XFA": "form-script",
    "/RichMediaContent": "media",
    "/RichMediaSettings": "media",
}
_REFUSED_KINDS: Final[Mapping[str, str]] = {
    "/EmbeddedFile": "embedded-file",
    "/FileAttachment": "embedded-file",
    "/RichMedia": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/Screen": "media",
    "/3D": "media",
    "/PS": "postscript",
}
"""By /Type or /Subtype."""
_REFUSED_ACTIONS: Final[Mapping[str, str]] = {
    "/JavaScript": "javascript",
    "/Launch": "launch",
    "/GoToR": "launch",
    "/GoToE": "embedded-file",
    "/SubmitForm": "action",
    "/ImportData": "action",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMediaExecute": "media",
    "/GoTo3DView": "media",
}
_ALLOWED_ACTIONS: Final = frozenset({"/GoTo", "/URI", "/Named"})
"""Where an action stands, it is one of these: to a place in the file, to a web page, to the next page."""
_ACTION_KEYS: Final = ("/A", "/OpenAction", "/Next", "/PA")
_ALLOWED_LINK: Final = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)


class Refused(Exception):
    """What is no PDF that is handed on. Its only argument is a code, never anything of the file."""


def inspect(content: bytes) -> int:
    """The number of pages of a PDF in which nothing is that does something by itself. Raises :class:`Refused`.

    Looked at is each object that the file's table names and each that can be reached from its root, with names as
    they are once decoded (ISO 32000-1, 7.3.5): ``/J#61vaScript`` is ``/JavaScript``.
    """
    reader = _opened(content)
    seen = _Seen()
    for one in seen.below(_roots(reader)):
        _refuse_active(one)
    pages = len(reader.pages)
    if not pages:
        raise Refused("damaged")
    if pages > MOST_PAGES:
        raise Refused("too-many-pages")
    return pages


def stamp(content: bytes, marks: bytes, serial: str) -> bytes:
    """A PDF with the first page of ``marks`` over each upright page, and the second over each that is wider than high.

    All of it is written anew from what can be reached from the root: whatever else the file held is not in it.
    """
    writer = PdfWriter(clone_from=_opened(content))
    forms = [_as_form(page, writer) for page in PdfReader(io.BytesIO(marks)).pages]
    for page in writer.pages:
        _put_over(page, forms, writer)
    writer.add_metadata({"/SpecwardSerial": serial})
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _opened(content: bytes) -> PdfReader:
    if not content.startswith(b"%PDF-"):
        raise Refused("not-pdf")
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise Refused("encrypted")
    return reader


class _Seen:
    """A walk over objects, each once, however they refer to each other."""

    def __init__(self) -> None:
        self.indirect: set[tuple[int, int]] = set()
        self.count = 0

    def below(self, roots: Iterator[Any]) -> Iterator[DictionaryObject]:
        for root in roots:
            waiting: list[Any] = [root]
            while waiting:
                one = waiting.pop()
                if isinstance(one, IndirectObject):
                    if (one.idnum, one.generation) in self.indirect:
                        continue
                    self.indirect.add((one.idnum, one.generation))
                    one = one.get_object()
                self.count += 1
                if self.count > MOST_OBJECTS:
                    raise Refused("too-many-objects")
                if isinstance(one, DictionaryObject):
                    yield one
                    waiting.extend(one.values())
                elif isinstance(one, ArrayObject):
                    waiting.extend(one)


def _roots(reader: PdfReader) -> Iterator[Any]:
    yield reader.trailer
    for generation, places in reader.xref.items():
        yield from (IndirectObject(number, generation, reader) for number in places if number)
    yield from (IndirectObject(number, 0, reader) for number in reader.xref_objStm)


def _refuse_active(one: DictionaryObject) -> None:
    for key in one:
        if key in _REFUSED_KEYS:
            raise Refused(_REFUSED_KEYS[key])
    for key in ("/Type", "/Subtype"):
        if (kind := _name(one.get(key))) in _REFUSED_KINDS:
            raise Refused(_REFUSED_KINDS[kind])
    if (action := _name(one.get("/S"))) in _REFUSED_ACTIONS:
        raise Refused(_REFUSED_ACTIONS[action])
    for key in _ACTION_KEYS:
        held = _plain(one.get(key))
        if isinstance(held, DictionaryObject) and "/S" in held:
            kind = _name(held["/S"])
            if kind not in _ALLOWED_ACTIONS:
                raise Refused(_REFUSED_ACTIONS.get(kind, "action"))
    if isinstance(one, StreamObject) and "/F" in one:
        raise Refused("external-file")
    link = _plain(one.get("/URI"))
    if isinstance(link, str | bytes) and not _ALLOWED_LINK.match(str(link)):
        raise Refused("link")


def _plain(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value


def _name(value: Any) -> str:
    held = _plain(value)
    return str(held) if isinstance(held, NameObject) else ""


def _as_form(page: PageObject, writer: PdfWriter) -> tuple[Any, float, float]:
    """A page as a form XObject of the file that is written, with its width and height."""
    contents = page.get_contents()
    made = DecodedStreamObject()
    made.set_data(contents.get_data() if contents is not None else b"")
    form = made.flate_encode()
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(FloatObject(edge) for edge in page.mediabox)
    form[NameObject("/Resources")] = _plain(page["/Resources"]).clone(writer)
    return writer._add_object(form), float(page.mediabox.width), float(page.mediabox.height)


def _put_over(page: PageObject, forms: list[tuple[Any, float, float]], writer: PdfWriter) -> None:
    box = page.cropbox
    left, bottom, width, height = map(float, (box.left, box.bottom, box.width, box.height))
    turned = page.rotation % 360
    seen_width, seen_height = (height, width) if turned in (90, 270) else (width, height)
    form, of_width, of_height = forms[-1] if seen_width > seen_height else forms[0]
    across, up = seen_width / of_width, seen_height / of_height
    # The page is shown turned clockwise by /Rotate, so what shall stand upright is drawn turned against it.
    matrix = {
        90: (0, across, -up, 0, left + width, bottom),
        180: (-across, 0, 0, -up, left + width, bottom + height),
        270: (0, -across, up, 0, left, bottom + height),
    }.get(turned, (across, 0, 0, up, left, bottom))
    name = _free_name(page, form)
    drawn = f"\nQ\nq {' '.join(f'{number:.5f}' for number in matrix)} cm {name} Do Q\n"
    before, after = _stream(b"q\n", writer), _stream(drawn.encode("ascii"), writer)
    own = page.get("/Contents")
    held = _plain(own)
    middle = list(held) if isinstance(held, ArrayObject) else [] if held is None else [own]
    page[NameObject("/Contents")] = ArrayObject([before, *middle, after])


def _free_name(page: PageObject, form: Any) -> str:
    """Puts the form among the page's resources, which may be its parents' or shared; gives its name there."""
    resources = DictionaryObject(_plain(_inherited(page)) or {})
    objects = DictionaryObject(_plain(resources.get("/XObject")) or {})
    name = next(name for name in (f"/Mark{i}" for i in range(len(objects) + 1)) if name not in objects)
    objects[NameObject(name)] = form
    resources[NameObject("/XObject")] = objects
    page[NameObject("/Resources")] = resources
    return name


def _inherited(page: DictionaryObject) -> Any:
    one: Any = page
    for _ in range(100):
        if one is None or "/Resources" in one:
            break
        one = _plain(one.get("/Parent"))
    return None if one is None else one.get("/Resources")


def _stream(data: bytes, writer: PdfWriter) -> Any:
    made = DecodedStreamObject()
    made.set_data(data)
    return writer._add_object(made)


def answer(order: Mapping[str, Any], parts: list[bytes]) -> bytes:
    """What was asked for. Raises :class:`Refused`, also for whatever is damaged."""
    try:
        if order["do"] == "inspect":
            return str(inspect(parts[0])).encode("ascii")
        return stamp(parts[0], parts[1], order["serial"])
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        # What is damaged breaks a parser in many ways, and what that says may quote the file.
        raise Refused("damaged") from None


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_OF_CPU, SECONDS_OF_CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    order = json.loads(sys.stdin.buffer.readline())
    parts = [sys.stdin.buffer.read(size) for size in order["sizes"]]
    try:
        sys.stdout.buffer.write(answer(order, parts))
    except Refused as refused:
        sys.stderr.write(f"refused {refused}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
