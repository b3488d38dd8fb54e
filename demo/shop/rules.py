"""What the shop decides: prices, totals, who may sign in, what a form must hold.

Plain methods without pages around them, so that a seeded fault can stand in for exactly one of them.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, date, datetime

from demo.shop.products import BY_SLUG, COUNTRIES, DELIVERY, PRODUCTS, VOUCHERS, Product
from demo.shop.sessions import Line, Session

Errors = dict[str, str]
MOST_OF_ONE = 20


class Rules:
    """The shop as it should be."""

    # What things cost

    def price(self, product: Product) -> int:
        return product.price

    def line_total(self, line: Line) -> int:
        return self.price(BY_SLUG[line.slug]) * line.quantity

    def subtotal(self, session: Session) -> int:
        return sum(self.line_total(line) for line in session.cart)

    def reduction(self, session: Session) -> int:
        return self.subtotal(session) * VOUCHERS.get(session.voucher, 0) // 100

    def delivery(self, session: Session) -> int:
        return DELIVERY[session.checkout.get("delivery", "post")][1]

    def wrapping(self, session: Session) -> int:
        return 300 if session.checkout.get("gift") else 0

    def total(self, session: Session) -> int:
        return self.subtotal(session) - self.reduction(session) + self.delivery(session) + self.wrapping(session)

    # What is on show

    def search(self, words: str) -> list[Product]:
        wanted = words.casefold().split()
        return [p for p in PRODUCTS if all(w in f"{p.name} {p.kind}".casefold() for w in wanted)] if wanted else []

    def of_kinds(self, products: list[Product], kinds: list[str]) -> list[Product]:
        return [p for p in products if not kinds or p.kind in kinds]

    def in_stock(self, products: list[Product]) -> list[Product]:
        return [p for p in products if p.stock]

    def in_order(self, products: list[Product], order: str) -> list[Product]:
        if order == "cheap":
            return sorted(products, key=lambda p: p.price)
        return sorted(products, key=lambda p: p.name) if order == "name" else products

    # The cart

    def count(self, session: Session) -> int:
        return sum(line.quantity for line in session.cart)

    def add(self, session: Session, slug: str, colour: str, quantity: int) -> None:
        line = session.line(slug, colour)
        if line is None:
            session.cart.append(Line(slug, colour, quantity))
        else:
            line.quantity = min(line.quantity + quantity, MOST_OF_ONE)

    def change(self, session: Session, number: int, quantity: int) -> None:
        session.cart[number].quantity = quantity

    def remove(self, session: Session, number: int) -> Line:
        return session.cart.pop(number)

    def empty(self, session: Session) -> None:
        session.cart.clear()

    def redeem(self, session: Session, words: str) -> bool:
        if words.strip().upper() in VOUCHERS:
            session.voucher = words.strip().upper()
            return True
        return False

    # The checkout

    def address_errors(self, form: dict[str, str]) -> Errors:
        errors: Errors = {}
        if not form.get("name", "").strip():
            errors["name"] = "Please say who it is for"
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", form.get("email", "").strip()):
            errors["email"] = "An e-mail address has an @ and a dot"
        if form.get("delivery") not in DELIVERY:
            errors["delivery"] = "Please choose how you want to get it"
        elif form["delivery"] != "pickup":
            if not form.get("street", "").strip():
                errors["street"] = "Please give a street and number"
            if not form.get("city", "").strip():
                errors["city"] = "Please give a city"
            if form.get("country") not in COUNTRIES:
                errors["country"] = "Please choose a country"
        if form.get("day"):
            try:
                past = date.fromisoformat(form["day"]) <= datetime.now(UTC).date()
            except ValueError:
                past = True
            if past:
                errors["day"] = "We cannot deliver in the past"
        return errors

    def card_errors(self, card: str) -> Errors:
        return {} if re.fullmatch(r"\d{4}", card) else {"card": "Please give the number of your card, all 16 digits"}

    def place(self, session: Session) -> str:
        """Takes the order and gives its number."""
        number = str(40000 + secrets.randbelow(50000))
        session.orders[number] = self.total(session)
        session.cart.clear()
        session.checkout.clear()
        session.voucher = ""
        return number

    def state_of(self, number: str) -> str:
        """Where an order is by now: the last digit tells, in this shop."""
        return ("It is being packed", "It is on its way", "It was delivered")[int(number[-1]) % 3]

    # The account

    def signs_in(self, session: Session, email: str, password: str) -> bool:
        return (email.strip().lower(), password) == (session.account.email, session.account.password)

    def after_sign_in(self, session: Session) -> str:
        return "/account"

    def sign_out(self, session: Session) -> None:
        session.signed_in = False

    def keep_note(self, session: Session, note: str) -> str:
        session.account.note = note
        return "Your note was saved"

    def keep_mail(self, session: Session, often: str) -> None:
        session.account.mail = often

    def forget_address(self, session: Session, number: int) -> str:
        return session.account.addresses.pop(number)

    def claim(self, session: Session, reason: str, photo: str, size: int) -> str:
        """What the shop says to a damage report; ``size`` is the photo's, in bytes."""
        session.account.claims.append(reason)
        return f"Thank you. We have your report ({reason}) " + ("with a photo" if size else "without a photo")
