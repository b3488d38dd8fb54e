"""A mail shown in a browser: a document of its own, which may do nothing but stand there.

Its styles are on its elements, as mail clients want it, so the console's own policy does not fit it.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

_ALONE: Final = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
    "sandbox": ["allow-popups", "allow-top-navigation-by-user-activation"],
}


def as_page(html: str) -> HttpResponse:
    """No script, nothing from anywhere, no form, no origin."""
    response = HttpResponse(html)
    response._csp_config = _ALONE  # type: ignore[attr-defined]  # read by django-csp
    return response


def as_text(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def as_file(pdf: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    )
