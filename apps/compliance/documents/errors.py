"""What the document room refuses. Each has a stable code, and says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from apps.compliance.errors import ComplianceError

_ACTIVE: Final = "Save it anew without that (print it to a PDF, or export it as PDF/A), and upload that."
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "not-pdf": ("It is not a PDF: it does not begin as one does.", "Export the document as PDF."),
    "empty": ("It is empty.", "Choose the file itself."),
    "too-large": ("It is larger than 20 MB.", "Export it with smaller pictures."),
    "damaged": ("It is damaged: it cannot be read to its end.", "Export it again, and open it once yourself."),
    "encrypted": ("It is encrypted, so nobody can look whether it is safe.", "Save it without a password."),
    "too-many-pages": ("It has more than 500 pages.", "Upload it in parts."),
    "too-many-objects": ("It is made of more than 300,000 objects.", "Print it to a PDF, which makes it simpler."),
    "too-slow": ("It takes too long to be read.", "Print it to a PDF, which makes it simpler."),
    "javascript": ("It holds JavaScript.", _ACTIVE),
    "launch": ("It holds an action that starts a program or opens another file.", _ACTIVE),
    "action": ("It holds an action that a reader of PDF would carry out by itself.", _ACTIVE),
    "embedded-file": ("It holds another file.", _ACTIVE),
    "form-script": ("It holds an XFA form, which is a program.", _ACTIVE),
    "media": ("It holds sound, film or a 3D model.", _ACTIVE),
    "postscript": ("It holds a program in PostScript.", _ACTIVE),
    "external-file": ("It refers to a file outside of itself.", _ACTIVE),
    "link": ("It holds a link that is neither http, https nor mailto.", "Take the link out, and export it again."),
}


class DocumentRefused(ComplianceError):
    """A file that is not put into the room. ``why`` is a key of the words above; nothing of the file is quoted."""

    code = "compliance.document_refused"

    def __init__(self, why: str) -> None:
        self.why = why if why in _WORDS else "damaged"
        what, way_out = _WORDS[self.why]
        super().__init__(f"The document is not taken. {what} {way_out}")


class AccessRefused(ComplianceError):
    """Something that cannot be done with a request for a document, in the state that it is in."""

    code = "compliance.document_access_refused"
