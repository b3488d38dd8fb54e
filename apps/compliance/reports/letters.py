"""A report as a mail: its text, its page, its PDF, the tenant's picture, and how to get no more of them (RFC 8058)."""

from __future__ import annotations

import datetime
from email.charset import QP, Charset
from email.mime.image import MIMEImage
from typing import Any, Final

from django.core.mail import EmailMultiAlternatives

from apps.accounts import links
from apps.compliance.reports.content import Content, plain
from apps.compliance.reports.models import Letterhead, Mailing
from apps.compliance.reports.printing import LOGO, Links, as_html, as_text
from apps.compliance.reports.recipients import UNSUBSCRIBE
from apps.compliance.reports.turns import zone_of
from apps.tenants.walls import PLATFORM_ID
from apps.tenants.walls import connection as walled

CONSOLE: Final = "/console/posture/"
PLATFORM: Final = "/platform/posture/"
_QUOTED: Final = Charset("utf-8")
_QUOTED.body_encoding = QP


def console_path() -> str:
    """Where the posture stands in the console of the tenant behind whose walls this runs."""
    return PLATFORM if walled().walls.proven == PLATFORM_ID else CONSOLE


class _Letter(EmailMultiAlternatives):
    """A mail of seven bits: not every server on its way takes eight (RFC 6152 is an extension)."""

    def message(self) -> Any:  # type: ignore[override]  # as Django 5.2 has it; its stubs are of 6
        whole = super().message()
        for part in whole.walk():
            if part["Content-Transfer-Encoding"] == "8bit":
                said = part.get_payload(decode=True)
                del part["Content-Transfer-Encoding"]
                part.set_payload(said.decode(), _QUOTED)  # type: ignore[union-attr]  # a part of text, in bytes
        return whole


def letter_of(mailing: Mailing, content: Content, secret: str, logo: Letterhead | None) -> EmailMultiAlternatives:
    """The mail to one recipient. Its Message-ID is the same however often it is sent."""
    unsubscribe = links.address(UNSUBSCRIBE.format(secret=secret))
    where = Links(links.address(console_path()), unsubscribe)
    host = content.host.partition(":")[0]
    message = _Letter(
        subject_of(content),
        as_text(content, where),
        to=[mailing.to],
        headers={
            "Message-ID": f"<{mailing.id.hex}.report@{host}>",
            "List-Id": f"<reports.{mailing.report.schedule_id.hex}.{host}>",
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(as_html(content, where, logo), "text/html")
    if logo is not None:
        picture = MIMEImage(bytes(logo.png), "png")
        picture.add_header("Content-ID", f"<{LOGO}>")
        picture.add_header("Content-Disposition", "inline", filename="logo.png")
        message.attach(picture)
    if mailing.report.pdf is not None:
        day = datetime.datetime.fromisoformat(content.at).astimezone(zone_of(content.zone))
        message.attach(f"compliance-{day:%Y-%m-%d}.pdf", bytes(mailing.report.pdf), "application/pdf")
    return message


def subject_of(content: Content) -> str:
    """One line, whatever the tenant is called."""
    day = datetime.datetime.fromisoformat(content.at).astimezone(zone_of(content.zone))
    return plain(f"Compliance of {content.tenant}: {day.day} {day:%B %Y}", 200)
