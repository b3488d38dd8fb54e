"""The trust page in its three forms (page, JSON, procurement pack), made together of one look and kept for a while."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.template.loader import render_to_string

from apps.accounts.links import address
from apps.compliance.kept import Kept
from apps.compliance.pack import pack
from apps.compliance.pdf import PdfRefused
from apps.compliance.standing import Standing
from apps.compliance.trust import DESIGNED, Trust, look

log = logging.getLogger(__name__)
TONES: Final = {
    Standing.KEPT: "good", Standing.BROKEN: "bad", Standing.ACCEPTED: "warn", Standing.UNKNOWN: "warn",
    Standing.NOT_APPLICABLE: "quiet",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Body:
    """What is answered, and its strong validator (RFC 9110, 8.8.3)."""

    content: bytes
    kind: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def etag(self) -> str:
        return f'"{self.sha256[:32]}"'


@dataclass(frozen=True, slots=True)
class Seen:
    """All three, of one state."""

    state: str
    page: Body
    data: Body
    pack: Body | None


def _see(before: Seen | None) -> Seen:
    """Behind the walls of the platform's own tenant, in no transaction: setting the pack takes half a second."""
    with transaction.atomic():
        trust = look()
        home = address("/trust/")
    if before is not None and before.state == trust.etag:
        return before
    host = home.split("/")[2]
    papers = _pack(trust, host)
    told = trust.as_data() | {"pack_sha256": papers.sha256 if papers else None}
    shown = {
        "trust": trust, "host": host, "pack": papers, "designed": DESIGNED, "tone": TONES[trust.standing],
        "promises": [(one, TONES[one.standing]) for one in trust.promises],
        "threats": [(one, TONES[one.standing]) for one in trust.threats],
    }  # fmt: skip
    page = Body(render_to_string("trust/trust.html", shown).encode(), "text/html; charset=utf-8")
    data = Body(json.dumps(told, ensure_ascii=False, indent=1).encode(), "application/json")
    return Seen(trust.etag, page, data, papers)


def _pack(trust: Trust, host: str) -> Body | None:
    try:
        return Body(pack(trust, host), "application/pdf")
    except PdfRefused:
        log.exception("The procurement pack could not be set; the trust page goes without.")
        return None


kept: Final = Kept(_see)
