"""The procurement pack: what whoever buys asks for first, as one PDF made from the trust page's data."""

from __future__ import annotations

import datetime
from typing import Any, Final

from apps.compliance.pdf import pdf
from apps.compliance.trust import DESIGNED, Shown, Trust

_BEFORE_ANY: Final = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def pack(trust: Trust, host: str) -> bytes:
    """PDF/A. Its date is that of the last check, so that the same state is the same file, byte for byte.

    Raises :class:`~apps.compliance.pdf.PdfRefused`.
    """
    data: dict[str, Any] = {
        "host": host,
        "checked": _moment(trust.last_at),
        "version": trust.version,
        "digest": trust.digest,
        "designed": DESIGNED,
        "criteria": list(trust.criteria),
        "promises": [_row(one) for one in trust.promises],
        "threats": [_row(one) for one in trust.threats],
        "subprocessors": [
            {"name": one.name, "does": one.does, "gets": one.gets, "where": one.where, "when": one.when}
            for one in trust.subprocessors
            if one.is_possible
        ],
        "documents": [
            {"title": one.title, "kind": one.get_kind_display(), "about": one.about} for one in trust.documents
        ],
    }
    return pdf("procurement_pack", data, made=trust.last_at or _BEFORE_ANY)


def _row(one: Shown) -> dict[str, Any]:
    promise = one.promise
    return {
        "key": promise.key,
        "title": promise.title,
        "words": promise.words,
        "how": getattr(promise, "how", "") or getattr(promise, "answer", ""),
        "standing": one.standing.label,
        "since": _moment(one.since),
        "checked": _moment(one.last_at),
        "checks": one.checks,
        "kept": one.kept,
        "not_yet": promise.not_yet,
        "section": promise.docs[0].removeprefix("docs/"),
    }


def _moment(moment: datetime.datetime | None) -> str:
    return "" if moment is None else f"{moment:%d %b %Y, %H:%M} UTC"
