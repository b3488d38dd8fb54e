"""What PDF/A-2 (ISO 19005-2) asks and forbids, as far as a file shows it: no validator is a package of ours.

Looked at: the metadata that claims part and level and agrees with the document's own, the output intent with its colour
profile, every font embedded with its map to Unicode, tags and language, and nothing of what is forbidden: encryption,
scripts, actions that do anything, attached files, links to anywhere.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

FORBIDDEN_ACTIONS = {"/JavaScript", "/Launch", "/URI", "/GoToR", "/SubmitForm", "/ImportData", "/Sound", "/Movie"}


def text_of(made: bytes) -> str:
    """Its words, with one space between them."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages).split())


def faults(made: bytes) -> list[str]:
    """What is against PDF/A-2a or PDF/UA-1; empty where nothing is."""
    reader = PdfReader(io.BytesIO(made), strict=True)
    return [*_file(made, reader), *_metadata(reader), *_intent(reader), *_structure(reader), *_objects(reader)]


def _file(made: bytes, reader: PdfReader) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[4-7]\n%[\x80-\xff]{4}", made):
        yield "no header with a line of bytes over 127"
    if not made.rstrip().endswith(b"%%EOF"):
        yield "something after the end"
    if reader.is_encrypted:
        yield "encrypted"
    if "/ID" not in reader.trailer:
        yield "no file identifier"


def _metadata(reader: PdfReader) -> Iterator[str]:
    stream = reader.root_object.get("/Metadata")
    if stream is None:
        yield "no metadata"
        return
    xmp = stream.get_object().get_data().decode()
    for wanted in ("<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        if wanted not in xmp:
            yield f"the metadata has no {wanted}"
    title = reader.metadata.title if reader.metadata else None
    if not title or "<dc:title>" not in xmp:
        yield "no title"


def _intent(reader: PdfReader) -> Iterator[str]:
    intents = reader.root_object.get("/OutputIntents", [])
    profiles = [
        one.get_object()["/DestOutputProfile"].get_object().get_data()
        for one in intents
        if one.get_object()["/S"] == "/GTS_PDFA1"
    ]
    if not profiles or any(profile[36:40] != b"acsp" for profile in profiles):
        yield "no output intent with an ICC profile"


def _structure(reader: PdfReader) -> Iterator[str]:
    root = reader.root_object
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "not tagged"
    if "/StructTreeRoot" not in root:
        yield "no structure"
    if not root.get("/Lang"):
        yield "no language"
    if root.get("/ViewerPreferences", {}).get("/DisplayDocTitle") != True:  # noqa: E712 - pypdf's own boolean
        yield "its window shows the file's name"
    for name in ("/OpenAction", "/AA", "/AcroForm"):
        if name in root:
            yield f"the catalogue has {name}"
    if "/EmbeddedFiles" in root.get("/Names", {}):
        yield "files are attached"


def _objects(reader: PdfReader) -> Iterator[str]:
    for one in _all(reader):
        kind, subtype = one.get("/Type"), one.get("/Subtype")
        if kind == "/FontDescriptor" and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(one):
            yield f"the font {one.get('/FontName')} is not embedded"
        if kind == "/Font" and subtype == "/Type0" and "/ToUnicode" not in one:
            yield f"the font {one.get('/BaseFont')} has no map to Unicode"
        if one.get("/S") in FORBIDDEN_ACTIONS:
            yield f"an action {one['/S']}"
        if isinstance(one, StreamObject) and "/LZWDecode" in str(one.get("/Filter")):
            yield "LZW"
        if subtype == "/Image" and one.get("/Interpolate"):
            yield "a picture is interpolated"


def _all(reader: PdfReader) -> Iterator[DictionaryObject]:
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [reader.trailer]
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if (one.idnum, one.generation) in seen:
                continue
            seen.add((one.idnum, one.generation))
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, ArrayObject):
            waiting.extend(one)
