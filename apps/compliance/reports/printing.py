"""A report as HTML, as text and as PDF: three ways to say the same blocks.

The HTML is for mail clients: tables, styles on each element and nowhere else, explicit colours of ground and letters
together, so that a client that darkens one darkens both. Bars are cells of a table: clients that show no pictures show
them. Nothing of it comes from elsewhere; the tenant's own picture, where there is one, is a part of the mail.
"""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass
from typing import Any, Final

from django.template.loader import render_to_string

from apps.compliance.pdf import pdf
from apps.compliance.reports.content import Content
from apps.compliance.reports.layout import lay
from apps.compliance.reports.models import Letterhead

LOGO: Final = "logo@report"
"""Under which name the picture is a part of the mail."""
HIGHEST: Final = 44
"""Points of the screen that the picture may be high."""
COLOURS: Final = {
    "good": ("#0f6b3d", "#e3f4ea"),
    "bad": ("#a3211b", "#fbe7e5"),
    "middling": ("#7a4f00", "#fdf1d8"),
    "plain": ("#44505c", "#eceff3"),
    "now": ("#2856c3", "#2856c3"),
    "ground": ("#d9dee6", "#d9dee6"),
}
"""Of letters and of the ground under them; a bar has that of the letters."""


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses in a mail. ``unsubscribe`` is empty where nobody can unsubscribe: in a preview."""

    console: str
    unsubscribe: str = ""


def as_html(content: Content, links: Links, logo: Letterhead | None, source: str = f"cid:{LOGO}") -> str:
    """The mail as a page. ``source`` is where the picture is found."""
    high = min(HIGHEST, logo.height) if logo is not None else 0
    wide = logo.width * high // logo.height if logo is not None else 0
    return render_to_string(
        "reports/mail.html",
        {
            "laid": lay(content), "links": links, "colours": COLOURS, "tenant": content.tenant,
            "logo": {"source": source, "high": high, "wide": min(wide, 260)} if logo is not None else None,
        },
    )  # fmt: skip


def as_text(content: Content, links: Links) -> str:
    """The same in plain words, line by line."""
    return render_to_string("reports/mail.txt", {"laid": lay(content), "links": links})


def as_pdf(content: Content, logo: Letterhead | None) -> bytes:
    """The same as PDF/A. Raises ``PdfRefused``."""
    given: dict[str, Any] = dataclasses.asdict(lay(content))
    given["logo"] = None
    if logo is not None:
        given["logo"] = {"bytes": bytes(logo.png), "alt": f"The logo of {content.tenant}"}
    return pdf("report", given, made=datetime.datetime.fromisoformat(content.at))
