"""Pictures of the products, drawn when they are asked for: a shape for the shelf, a colour for the product."""

from __future__ import annotations

from demo.shop.products import BY_SLUG, PRODUCTS
from demo.shop.web import Answer, Request, missing, route

_GLAZES = ("#2f6d8f", "#6b8f3c", "#c9a66b", "#b3541e", "#7d5a8c", "#3f4d5c")
_SHAPES = {
    "Mugs": '<path d="M30 30h46v44a12 12 0 0 1-12 12H42a12 12 0 0 1-12-12z"/>'
    '<path d="M76 42h8a13 13 0 0 1 0 26h-8" fill="none" stroke-width="7"/>',
    "Teapots": '<ellipse cx="58" cy="66" rx="30" ry="24"/><path d="M30 64 12 48l8-4 18 12z"/>'
    '<circle cx="58" cy="36" r="6"/><path d="M86 54a14 14 0 0 1 0 26" fill="none" stroke-width="7"/>',
    "Plates": '<ellipse cx="60" cy="64" rx="46" ry="26"/><ellipse cx="60" cy="61" rx="30" ry="15" fill="#ffffff55"/>',
    "Tea": '<rect x="32" y="34" width="56" height="58" rx="6"/>'
    '<rect x="40" y="52" width="40" height="22" fill="#ffffffaa"/>',
}


@route("GET", "/art/*")
def picture(request: Request) -> Answer:
    one = BY_SLUG.get(request.path.rpartition("/")[2].removesuffix(".svg"))
    if one is None:
        return missing(request)
    glaze = _GLAZES[PRODUCTS.index(one) % len(_GLAZES)]
    body = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120"><rect width="120" height="120" fill="#f4eee1"/>'
        f'<g fill="{glaze}" stroke="{glaze}">{_SHAPES[one.kind]}</g></svg>'
    )
    return Answer(body, kind="image/svg+xml")
