"""A visit that sees every page of the shop and sends every form, without a browser."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from demo.shop import Shop
from demo.shop.web import Answer

_BOUNDARY = "a-boundary-of-ours"


class Visitor:
    """Asks a shop as a browser would: it keeps its cookie, follows redirects, and notes what it was told."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.cookie = ""
        self.at = ""
        self.told: list[str] = []

    def get(self, path: str) -> str:
        return self._follow(self.shop.answer("GET", path, self.cookie), path)

    def post(self, path: str, **form: str) -> str:
        kind = "application/x-www-form-urlencoded"
        return self._follow(self.shop.answer("POST", path, self.cookie, kind, urlencode(form).encode()), path)

    def upload(self, path: str, photo: bytes, **form: str) -> str:
        parts = [f'Content-Disposition: form-data; name="{n}"\r\n\r\n{v}'.encode() for n, v in form.items()]
        parts.append(b'Content-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\n' + photo)
        mark = b"--" + _BOUNDARY.encode()
        body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        return self._follow(self.shop.answer("POST", path, self.cookie, kind, body), path)

    def add(self, slug: str, colour: str, quantity: str = "1") -> str:
        return self.post("/cart/add", slug=slug, colour=colour, quantity=quantity, script="yes")

    def _follow(self, answer: Answer, path: str) -> str:
        self.at = path
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        if answer.status == 303:
            return self.get(answer.headers["Location"])
        text = re.sub(r"order=\d+|<b>\d{5}</b>", "an order", f"{answer.status} {path}\n{answer.body}")
        self.told.append(text)
        return answer.body


ADDRESS = {
    "name": "Alice Example",
    "email": "alice@acme.example",
    "delivery": "courier",
    "street": "12 Mill Lane",
    "city": "Galway",
    "country": "Ireland",
    "gift": "yes",
}
SCRIPTS = ("site", "catalogue", "product", "rating", "cart", "payment", "card", "account")


def tour(shop: Shop) -> list[str]:
    """Every answer of a visit to all of the shop."""
    alice = Visitor(shop)
    for path in (*(f"/static/{name}.js" for name in SCRIPTS), "/static/shop.css", "/", "/products", "/frames/card"):
        alice.get(path)
    for query in ("kind=Mugs", "stocked=yes", "order=cheap", "words=tea"):
        alice.get(f"/products/shelf?{query}")
    for path in ("/search?q=teapot", "/search?q=tankard", "/products/tall-mug", "/track?parcel=KC-51", "/terms"):
        alice.get(path)
    alice.add("tall-mug", "Blue", "2")
    alice.add("mint-tea", "Loose")
    alice.add("soup-plate", "Sand")
    alice.get("/cart")
    alice.post("/cart/change", number="0", quantity="3")
    alice.post("/cart/remove", number="0")
    alice.post("/cart/voucher", voucher="SPRING10")
    alice.get("/checkout")
    alice.post("/checkout", **{**ADDRESS, "street": ""})
    alice.post("/checkout", **ADDRESS)
    alice.post("/checkout/payment", card="")
    alice.post("/checkout/payment", card="1111")
    alice.post("/checkout/place")
    alice.add("tall-mug", "Blue", "2")
    alice.post("/cart/empty")
    alice.post("/login", email="alice@acme.example", password="wrong")
    alice.post("/login", email="alice@acme.example", password="correct horse")
    alice.post("/account/note", note="Ring twice")
    alice.post("/account/mail", often="monthly")
    alice.upload("/account/report", b"\x89PNG\r\n\x00", reason="It came broken")
    alice.post("/account/forget", number="0")
    alice.post("/logout")
    alice.get("/account")
    return alice.told
