"""The cart, and the checkout in three pages."""

from __future__ import annotations

from html import escape

from demo.shop.markup import choice, field, radios, summary, tick
from demo.shop.products import BY_SLUG, COUNTRIES, DELIVERY, money
from demo.shop.sessions import day
from demo.shop.web import Answer, Request, go, route, show


@route("GET", "/cart")
def cart(request: Request) -> Answer:
    rules, session = request.rules, request.session
    if not session.cart:
        body = '<h1>Your cart is empty</h1><p><a class="button" href="/products">See everything</a></p>'
        return show(request, "Your cart", body)
    rows = ""
    for number, line in enumerate(session.cart):
        name = f"{BY_SLUG[line.slug].name} ({line.colour})"
        rows += f"""<tr><th scope="row">{escape(name)}</th>
<td><form action="/cart/change" method="post"><input type="hidden" name="number" value="{number}">
<input class="few" name="quantity" type="number" min="1" max="20" value="{line.quantity}"
 aria-label="Quantity of {name}">
<button class="plain" aria-label="Update {name}">Update</button></form></td>
<td class="price">{money(rules.line_total(line))}</td>
<td><form action="/cart/remove" method="post"><input type="hidden" name="number" value="{number}">
<button class="plain" aria-label="Remove {name}">Remove</button></form></td></tr>"""
    reduction = rules.reduction(session)
    off = f"<p>Voucher {session.voucher}: −{money(reduction)}</p>" if session.voucher else ""
    body = f"""<h1>Your cart</h1>
<table class="cart" aria-label="Cart"><thead><tr><th scope="col">What</th><th scope="col">How many</th>
<th scope="col">Price</th><th scope="col"><span class="quiet">Remove</span></th></tr></thead><tbody>{rows}</tbody>
</table>
{off}<p class="sum">Together <output class="price" aria-label="Together">{money(rules.subtotal(session) - reduction)}
</output></p>
<form class="inline" action="/cart/voucher" method="post"><label for="voucher">Voucher</label>
<input id="voucher" name="voucher" autocomplete="off"><button class="plain">Redeem</button></form>
<p class="actions"><button type="button" class="plain" data-part="empty">Empty the cart</button>
<a class="button" href="/checkout">Go to checkout</a></p>
<dialog class="dialog" role="alertdialog" data-part="sure" aria-labelledby="sure-title">
<h2 id="sure-title">Empty the cart?</h2>
<p>Everything in it goes back to the shelf.</p><form action="/cart/empty" method="post">
<button type="button" class="plain" data-part="keep">Keep everything</button> <button class="button">Yes, empty it
</button></form>
</dialog>"""
    return show(request, "Your cart", body, "cart.js")


def _number(request: Request) -> int | None:
    number = request.form.get("number", "")
    return int(number) if number.isdigit() and int(number) < len(request.session.cart) else None


@route("POST", "/cart/change")
def change(request: Request) -> Answer:
    number, quantity = _number(request), request.form.get("quantity", "")
    if number is not None and quantity.isdigit() and 1 <= int(quantity) <= 20:
        request.rules.change(request.session, number, int(quantity))
        request.session.flash = "Your cart was updated"
    return go("/cart")


@route("POST", "/cart/remove")
def remove(request: Request) -> Answer:
    number = _number(request)
    if number is not None:
        name = BY_SLUG[request.session.cart[number].slug].name
        request.rules.remove(request.session, number)
        request.session.flash = f"{name} was removed"
    return go("/cart")


@route("POST", "/cart/empty")
def empty(request: Request) -> Answer:
    request.rules.empty(request.session)
    return go("/cart")


@route("POST", "/cart/voucher")
def voucher(request: Request) -> Answer:
    words = request.form.get("voucher", "")
    good = request.rules.redeem(request.session, words)
    request.session.flash = "Your voucher was redeemed" if good else "We do not know this voucher"
    return go("/cart")


def _address(request: Request, values: dict[str, str], errors: dict[str, str]) -> Answer:
    ways = {key: f"{words} ({money(cost)})" for key, (words, cost) in DELIVERY.items()}
    countries = {country: country for country in COUNTRIES}
    body = f"""<h1>Where shall it go?</h1>{summary(errors)}
<form class="form" method="post" action="/checkout" novalidate>
{field("name", "Full name", values, errors, more='autocomplete="name"')}
{field("email", "E-mail", values, errors, kind="email", more='autocomplete="email"')}
{radios("delivery", "Delivery", ways, values)}
{field("street", "Street and number", values, errors, more='autocomplete="street-address"')}
{field("city", "City", values, errors, more='autocomplete="address-level2"')}
{choice("country", "Country", countries, values, "Choose a country")}
{field("day", "Delivery day", values, errors, kind="date")}
{tick("gift", "Wrap it as a gift (€3.00)", values)}
<p class="row"><label for="f-card">Words on the gift card</label>
<textarea id="f-card" name="words" rows="2">{escape(values.get("words", ""))}</textarea></p>
<button class="button">Continue to payment</button></form>"""
    return show(request, "Delivery", body)


@route("GET", "/checkout")
def address(request: Request) -> Answer:
    return _address(request, request.session.checkout, {}) if request.session.cart else go("/cart")


@route("POST", "/checkout")
def take_address(request: Request) -> Answer:
    errors = request.rules.address_errors(request.form)
    if errors:
        return _address(request, request.form, errors)
    request.session.checkout = dict(request.form)
    return go("/checkout/payment")


def _payment(request: Request, errors: dict[str, str]) -> Answer:
    body = f"""<h1>How would you like to pay?</h1>{summary(errors)}
<form class="form" method="post" action="/checkout/payment" data-part="payment">
<iframe class="frame" src="/frames/card" title="Card details"></iframe><input type="hidden" name="card">
<button class="button">Review the order</button></form>"""
    return show(request, "Payment", body, "payment.js")


@route("GET", "/checkout/payment")
def payment(request: Request) -> Answer:
    return _payment(request, {}) if request.session.checkout else go("/checkout")


@route("POST", "/checkout/payment")
def take_payment(request: Request) -> Answer:
    errors = request.rules.card_errors(request.form.get("card", ""))
    if errors:
        return _payment(request, errors)
    request.session.checkout["card"] = request.form["card"]
    return go("/checkout/review")


@route("GET", "/frames/card")
def card(request: Request) -> Answer:
    """The payment provider's page, as it stands in a frame."""
    return Answer("""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Card details</title>
<link rel="stylesheet" href="/static/shop.css"><script src="/static/card.js" defer></script></head>
<body class="framed"><form class="form" aria-label="Card" data-part="card">
<p class="row"><label for="number">Card number</label><input id="number" name="number"
 inputmode="numeric" autocomplete="cc-number"></p>
<p class="row"><label for="until">Valid until</label><input id="until" name="until" placeholder="MM/YY"
 autocomplete="cc-exp"></p>
<p class="dim" role="status" data-part="kind"></p></form></body></html>""")


@route("GET", "/checkout/review")
def review(request: Request) -> Answer:
    rules, session = request.rules, request.session
    given = session.checkout
    if not session.cart or not given.get("card"):
        return go("/checkout")
    lines = "".join(
        f"<li>{line.quantity} × {escape(BY_SLUG[line.slug].name)} ({line.colour}), {money(rules.line_total(line))}</li>"
        for line in session.cart
    )
    where = ", ".join(given[key] for key in ("street", "city", "country") if given.get(key))
    way = DELIVERY[given["delivery"]][0]
    gift = f"<dt>Gift card</dt><dd>{escape(given.get('words', ''))}</dd>" if given.get("gift") else ""
    body = f"""<h1>Is everything right?</h1><ul class="plain-list" aria-label="Order">{lines}</ul>
<dl class="facts"><dt>For</dt><dd>{escape(given["name"])}</dd><dt>Where</dt>
<dd data-part="where">{escape(where) or "Our shop, Mill Lane"}</dd>
<dt>How</dt><dd>{way}, {money(rules.delivery(session))}</dd>{gift}
<dt>Expected</dt><dd>{day(4)}</dd><dt>Card</dt><dd>ending in {given["card"]}</dd></dl>
<p class="sum">To pay <output class="price" aria-label="To pay">{money(rules.total(session))}</output></p>
<form method="post" action="/checkout/place"><button class="button">Place the order</button></form>"""
    return show(request, "Review", body)


@route("POST", "/checkout/place")
def place(request: Request) -> Answer:
    if not request.session.cart or not request.session.checkout.get("card"):
        return go("/checkout")
    return go(f"/thanks?order={request.rules.place(request.session)}")


@route("GET", "/thanks")
def thanks(request: Request) -> Answer:
    number = request.asked("order")
    if number not in request.session.orders:
        return go("/")
    body = f"""<h1>Thank you for your order</h1><p role="status">We are packing it now</p>
<p>Your order number is <b>{escape(number)}</b>. It was placed on {day()}.</p>"""
    return show(request, "Thank you", body)
