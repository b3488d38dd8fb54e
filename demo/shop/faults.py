"""The seeded faults: one entry each, switched on by name.

A fault stands in for one rule of the shop (``rule``, ``instead``), or changes a text of one page or script on its way
out (``at``, ``old``, ``new``). Either way the shop's own code holds no trace of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from demo.shop.products import PRODUCTS
from demo.shop.rules import Rules


def _nothing(*_: Any, **__: Any) -> Any:
    return None


@dataclass(frozen=True, slots=True)
class Fault:
    """``notice`` is what a user would see; ``flow`` a recording that walks past it."""

    name: str
    notice: str
    flow: str
    rule: str = ""
    instead: Callable[..., Any] = _nothing
    at: str = ""
    old: str = ""
    new: str = ""
    missed: str = ""
    """Why no spec notices, where that is known and borne."""

    def bites(self, path: str) -> bool:
        """Is ``path`` one of the pages or scripts that the fault changes?"""
        return fnmatch(path, self.at)

    @property
    def where(self) -> str:
        return f"Rules.{self.rule}" if self.rule else self.at


def _fails(*_: Any) -> Any:
    raise RuntimeError("The orders are not there")


def _add_drops(rules: Rules, session: Any, slug: str, colour: str, quantity: int) -> None:
    session.cart.clear()
    Rules.add(rules, session, slug, colour, quantity)


_TABLE = (
    # Numbers
    Fault("wrong-price", "The tall mug costs a euro more than on its shelf", "change-quantities", "price",
          lambda rules, product: product.price + 100 * (product.slug == "tall-mug")),
    Fault("wrong-line-total", "Two of a thing cost as much as one", "change-quantities", "line_total",
          lambda rules, line: Rules.line_total(rules, line) // line.quantity),
    Fault("wrong-total", "The delivery is not in the total", "buy-by-courier", "total",
          lambda rules, session: Rules.total(rules, session) - rules.delivery(session)),
    Fault("wrong-delivery-cost", "The courier costs what the post costs", "buy-by-courier", "delivery",
          lambda rules, session: 490),
    Fault("gift-wrap-free", "The gift wrapping is ticked and not charged", "buy-by-courier", "wrapping",
          lambda rules, session: 0),
    Fault("discount-not-applied", "The voucher is taken and nothing is off", "redeem-a-voucher", "reduction",
          lambda rules, session: 0),
    Fault("stale-count", "The number beside the cart stays as it was", "change-quantities", at="/static/product.js",
          old='part("count").textContent = count', new="void count"),
    Fault("quantity-ignored", "However many are added, one is in the cart", "buy-by-courier", "add",
          lambda rules, session, slug, colour, quantity: Rules.add(rules, session, slug, colour, 1)),
    # The cart
    Fault("lost-item", "Adding a second thing drops the first", "change-quantities", "add", _add_drops),
    Fault("remove-wrong-one", "Removing one thing takes out another", "change-quantities", "remove",
          lambda rules, session, number: session.cart.pop(number - 1)),
    Fault("change-ignored", "A changed quantity springs back", "change-quantities", "change"),
    Fault("empty-does-nothing", "The cart that was emptied is as full as before", "empty-the-cart", "empty"),
    Fault("voucher-refused", "A good voucher is not known", "redeem-a-voucher", "redeem",
          lambda rules, session, words: False),
    # The shelves
    Fault("filter-ignored", "The shelf stays as it is when a kind is ticked", "filter-the-shelf", "of_kinds",
          lambda rules, products, kinds: products),
    Fault("stock-ignored", "Sold out things stay among those in stock", "filter-the-shelf", "in_stock",
          lambda rules, products: products),
    Fault("order-ignored", "The cheapest is not first", "filter-the-shelf", "in_order",
          lambda rules, products, order: products, missed="in which order a list comes is not read"),
    Fault("search-finds-nothing", "Every search ends with nothing found", "search-and-correct", "search",
          lambda rules, words: []),
    Fault("search-finds-all", "Every search ends with the whole shop", "search-and-correct", "search",
          lambda rules, words: list(PRODUCTS)),
    Fault("broken-link", "A product's link leads nowhere", "filter-the-shelf", at="/products*",
          old='href="/products/round-teapot"', new='href="/products/round-tea-pot"'),
    Fault("wrong-title", "The shelves are called something else in the tab", "browse-and-go-back", at="/products",
          old="<title>All products", new="<title>Untitled", missed="a title is not asserted beside a heading"),
    Fault("wrong-heading", "The product's page has another product's name", "browse-and-go-back",
          at="/products/tall-mug", old="<h1>Tall mug", new="<h1>Wide mug"),
    # Scripts
    Fault("dead-button", "Add to cart does nothing", "change-quantities", at="/static/product.js",
          old='const answer = await post("/cart/add"', new='return; const answer = await post("/cart/add"'),
    Fault("missing-message", "Nothing says that it is in the cart now", "buy-by-courier", at="/static/product.js",
          old='part("added").textContent = said', new="void said"),
    Fault("script-error", "The product's script stops with an error", "read-the-care-guide", at="/static/product.js",
          old='const adding = part("add");', new="const adding = part(add);"),
    Fault("dialog-does-not-open", "The care guide does not open", "read-the-care-guide", at="/static/product.js",
          old='part("guide").showModal()', new='part("guide")'),
    Fault("dialog-does-not-close", "The care guide cannot be closed", "read-the-care-guide", at="/static/product.js",
          old='part("guide").close()', new='part("guide")'),
    Fault("stars-ignored", "The stars that were given are not counted", "write-a-review", at="/static/rating.js",
          old="this.value = String(stars);", new=""),
    Fault("newsletter-silent", "Subscribing says nothing", "subscribe", at="/static/site.js",
          old='root.querySelector("p").textContent = answer.text;', new=""),
    Fault("menu-does-not-open", "On a phone the menu stays shut", "shop-on-a-phone", at="/static/site.js",
          old='menu.setAttribute("aria-expanded", String(open));', new=""),
    Fault("popup-does-not-open", "The terms open nothing", "read-the-terms", at="/static/site.js",
          old="window.open(event.currentTarget.href", new="void (event.currentTarget.href"),
    # The checkout
    Fault("error-not-shown", "A refused form comes back and does not say why", "buy-by-courier", at="/checkout",
          old='<div class="problem" role="alert">', new='<div class="problem" hidden>'),
    Fault("anything-accepted", "An order without a street is taken", "buy-by-courier", "address_errors",
          lambda rules, form: {}),
    Fault("option-missing", "The country cannot be chosen", "buy-by-courier", at="/checkout",
          old='<option value="Ireland">Ireland</option>', new=""),
    Fault("swapped-labels", "Street and city have each other's label", "buy-by-courier", at="/checkout",
          old='<label for="f-street">Street and number</label>', new='<label for="f-city">Street and number</label>'),
    Fault("frame-not-loaded", "Where the card's number goes is an empty frame", "buy-by-courier",
          at="/checkout/payment", old='src="/frames/card"', new='src="/frames/none"'),
    Fault("error-on-order", "Placing the order ends on an error page", "buy-by-courier", "place", _fails),
    Fault("no-thanks", "The order is placed and nobody says thanks", "buy-by-courier", at="/thanks",
          old="<h1>Thank you for your order</h1>", new="<h1>Order</h1>"),
    Fault("wrong-order-state", "A delivered order is said to be under way", "track-an-order", "state_of",
          lambda rules, number: "It is lost"),
    # The account
    Fault("any-password", "The wrong password is as good as the right one", "sign-in", "signs_in",
          lambda rules, session, email, password: True),
    Fault("wrong-redirect", "After signing in one is on the start page", "sign-in", "after_sign_in",
          lambda rules, session: "/"),
    Fault("sign-out-does-nothing", "One stays signed in after signing out", "sign-in", "sign_out"),
    Fault("upload-lost", "The photo does not arrive with the report", "report-a-damage", "claim",
          lambda rules, session, reason, photo, size: Rules.claim(rules, session, reason, photo, 0)),
    Fault("note-not-saved", "The note to the courier cannot be saved", "leave-a-note", "keep_note",
          lambda rules, session, note: "The note could not be saved"),
    Fault("mail-choice-ignored", "The choice of how often to get mail springs back", "choose-mail", "keep_mail"),
    Fault("deletes-unasked", "An address goes though deleting it was declined", "keep-an-address",
          at="/static/account.js", old="event.preventDefault()", new="void 0",
          missed="what did not happen is not asserted, and nobody looks at the addresses again"),
)  # fmt: skip

FAULTS = {fault.name: fault for fault in _TABLE}
