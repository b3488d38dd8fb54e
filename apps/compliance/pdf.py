"""PDF for people who keep paper's habits: set by typst from a template of ours and data that is never markup.

A process of its own sets each one (typesetting.py): typst gives no way to stop a document that takes too long, and
what it does to its process would be done to a worker with a tenant's walls around it. That costs 0.1 s. The process is
told nothing of the service's environment, may use so much time and memory and no more, reads nothing outside of
``templates/typst``, has typst's own fonts only, and a proxy that is not there, so that nothing is fetched.

The result is PDF/A-2a and PDF/UA-1: to be kept for decades, and to be read aloud.
"""

from __future__ import annotations

import base64
import datetime
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from apps.compliance import typesetting

TEMPLATES: Final = Path(settings.BASE_DIR) / "templates" / "typst"
SECONDS: Final = 30
"""What one document may take, on the clock."""
DATA_AT_MOST: Final = 8 * 1024 * 1024
"""Bytes of data as JSON."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_PROGRAM: Final = Path(typesetting.__file__)


class PdfRefused(Exception):
    """A document that could not be set. Quotes nothing of its data."""

    code = "compliance.pdf_refused"


def pdf(template: str, data: Mapping[str, Any], *, made: datetime.datetime | None = None) -> bytes:
    """The document that ``templates/typst/<template>.typ`` makes of this data, which it finds as
    ``json(bytes(sys.inputs.data))``: JSON's types, with bytes (a picture) as a list of numbers and times in ISO 8601.

    ``made`` is the date that stands in the document; the same template, data and date give the same bytes. A character
    that none of the fonts has is shown as a box: they have Latin, Greek and Cyrillic, and no Chinese.

    Raises :class:`PdfRefused` for data over :data:`DATA_AT_MOST`, and where typst refuses or takes too long.
    """
    path = TEMPLATES / f"{template}.typ"
    if not _NAME.fullmatch(template) or not path.is_file():
        raise PdfRefused(f"There is no template {template!r} in templates/typst.")
    moment = made or timezone.now()
    said = json.dumps(data, default=_plain, allow_nan=False)
    if len(said) > DATA_AT_MOST:
        raise PdfRefused(f"A PDF is made of at most {DATA_AT_MOST // 1024 // 1024} MB of data.")
    order = {
        "template": str(path),
        "root": str(TEMPLATES),
        "made": int(moment.timestamp()),
        "data": said,
    }
    return _set(json.dumps(order).encode())


def _set(order: bytes) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and nothing of the order is in the command
            [sys.executable, "-I", str(_PROGRAM)],
            input=order,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=typesetting.ENVIRONMENT,
            cwd=TEMPLATES,
        )
    except subprocess.TimeoutExpired:
        raise PdfRefused(f"The PDF took more than {SECONDS} seconds. Ask for less in it.") from None
    if done.returncode != 0:
        # What typst says may quote the data; its own program says only where in the template.
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise PdfRefused(f"The PDF could not be set: {said[-1] if said else f'it ended with {done.returncode}'}.")
    return base64.b64decode(done.stdout)


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return str(value)
