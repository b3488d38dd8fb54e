"""A copy of somebody's own: who, when and which one over each page.

It deters and tells whose copy went astray. Whoever edits PDFs can take it off again: it prevents nothing.
"""

from __future__ import annotations

import secrets
from typing import Final

from apps.compliance.pdf import pdf

_DIGITS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""None that is taken for another when it is read aloud."""


def new_serial() -> str:
    """The name of one copy, such as ``SWD-7F3K9-Q2MXA``: drawn at random, so nobody finds another's by counting."""
    drawn = "".join(secrets.choice(_DIGITS) for _ in range(10))
    return f"SWD-{drawn[:5]}-{drawn[5:]}"


def marks(*, name: str, address: str, company: str, when: str, serial: str) -> bytes:
    """What is laid over the pages: a PDF of two, for upright ones and for broad ones. 0.2 s.

    Raises :class:`~apps.compliance.pdf.PdfRefused`.
    """
    line = f"For {name} <{address}>, {company} · {when} · {serial} · confidential, not to be passed on"
    return pdf("watermark", {"name": name, "company": company, "when": when, "serial": serial, "line": line})
