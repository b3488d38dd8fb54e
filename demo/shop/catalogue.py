"""The start page, the shelves, the search, and a product's own page."""

from __future__ import annotations

from html import escape

from demo.shop.products import BY_SLUG, KINDS, PRODUCTS, Product, money
from demo.shop.rules import Rules
from demo.shop.web import Answer, Request, go, missing, route, show


def _card(product: Product, rules: Rules) -> str:
    stock = "" if product.stock else '<span class="dim">Sold out</span>'
    return (
        f'<li class="card"><img class="art" src="/art/{product.slug}.svg" alt="" width="96" height="96">'
        f'<a class="name" href="/products/{product.slug}">{escape(product.name)}</a>'
        f'<span class="price">{money(rules.price(product))}</span>{stock}</li>'
    )


def _shelf(products: list[Product], rules: Rules, label: str) -> str:
    cards = "".join(_card(product, rules) for product in products)
    return f'<ul class="shelf" data-part="shelf" aria-label="{label}">{cards}</ul>'


def _counted(number: int) -> str:
    return f"{number} product{'' if number == 1 else 's'}" if number else "Nothing matches"


@route("GET", "/")
def start(request: Request) -> Answer:
    shown = [BY_SLUG[slug] for slug in ("tall-mug", "round-teapot", "dinner-plate", "mountain-tea")]
    body = f"""<section class="hero"><h1>Things to drink from</h1>
<p>Thrown, glazed and packed by hand. The voucher of this spring is <b>SPRING10</b>.</p>
<p><a class="button" href="/products">See everything</a></p></section>
<h2>Liked this week</h2>{_shelf(shown, request.rules, "Liked this week")}"""
    return show(request, "Things to drink from", body)


@route("GET", "/products")
def shelves(request: Request) -> Answer:
    kinds = "".join(
        f'<label class="tick"><input type="checkbox" name="kind" value="{kind}"> {kind}</label>' for kind in KINDS
    )
    body = f"""<h1>All products</h1>
<div class="sides"><form class="filters" data-part="filters" aria-label="Filters">
<fieldset class="group"><legend>Shelf</legend>{kinds}</fieldset>
<p><label class="tick"><input type="checkbox" name="stocked" value="yes"> In stock only</label></p>
<p class="row"><label for="order">Order</label><select id="order" name="order"><option value="">As on the shelf</option>
<option value="cheap">Cheapest first</option><option value="name">By name</option></select></p>
<p class="row"><label for="words">Part of the name</label><input id="words" name="words" autocomplete="off"></p>
<button type="reset" class="plain">Clear the filters</button></form>
<section><p role="status" data-part="found">{_counted(len(PRODUCTS))}</p>
{_shelf(list(PRODUCTS), request.rules, "Products")}</section></div>"""
    return show(request, "All products", body, "catalogue.js")


@route("GET", "/products/shelf")
def shelf(request: Request) -> Answer:
    """The shelf alone, as the filters ask for it."""
    rules = request.rules
    found = rules.of_kinds(list(PRODUCTS), request.query.get("kind", []))
    if request.asked("stocked"):
        found = rules.in_stock(found)
    words = request.asked("words").strip().casefold()
    found = rules.in_order([p for p in found if words in p.name.casefold()], request.asked("order"))
    return Answer(f'<p role="status">{_counted(len(found))}</p>{_shelf(found, rules, "Products")}')


@route("GET", "/search")
def search(request: Request) -> Answer:
    words = request.asked("q").strip()
    found = request.rules.search(words)
    if not found:
        body = f"<h1>Nothing found for “{escape(words)}”</h1><p>Try a shorter word, or look at the shelves.</p>"
        return show(request, "Search", body)
    heading = f"{_counted(len(found))} for “{escape(words)}”"
    return show(request, "Search", f"<h1>{heading}</h1>{_shelf(found, request.rules, 'Results')}")


@route("GET", "/products/*")
def product(request: Request) -> Answer:
    one = BY_SLUG.get(request.path.rpartition("/")[2])
    if one is None:
        return missing(request)
    colours = "".join(f"<option>{colour}</option>" for colour in one.colours)
    buy = (
        f"""<form data-part="add" action="/cart/add" method="post"><input type="hidden" name="slug" value="{one.slug}">
<p class="row"><label for="colour">Colour</label><select id="colour" name="colour">{colours}</select></p>
<p class="row"><label for="quantity">Quantity</label>
<input id="quantity" name="quantity" type="number" min="1" max="20" value="1"></p>
<button class="button">Add to cart</button></form>"""
        if one.stock
        else "<p>Sold out. It comes back in autumn.</p>"
    )
    body = f"""<p class="crumbs"><a href="/products">All products</a></p>
<article class="sides"><img class="large" src="/art/{one.slug}.svg" alt="{escape(one.name)}" width="280" height="280">
<div><h1>{escape(one.name)}</h1><p class="price">{money(request.rules.price(one))}</p><p>{escape(one.about)}</p>{buy}
<p role="status" data-part="added"></p>
<button type="button" class="plain" data-part="care">How to care for it</button></div></article>
<dialog class="dialog" data-part="guide" aria-labelledby="guide-title"><h2 id="guide-title">Care guide</h2>
<p>Wash it by hand, keep it away from frost, and it will outlive you.</p>
<button type="button" class="button" data-part="shut">Close the guide</button></dialog>
<section><h2>What do you think of it?</h2><form data-part="review" aria-label="Review">
<star-rating></star-rating>
<p class="row"><label for="review">Your review</label><textarea id="review" name="review" rows="3"></textarea></p>
<button class="button">Send the review</button></form><p role="status" data-part="reviewed"></p></section>"""
    return show(request, one.name, body, "product.js", "rating.js")


@route("GET", "/terms")
def terms(request: Request) -> Answer:
    return show(request, "Terms of sale", "<h1>Terms of sale</h1><p>You pay, we pack. Broken things are replaced.</p>")


@route("GET", "/track")
def track(request: Request) -> Answer:
    number = request.asked("parcel").strip()
    form = """<h1>Track an order</h1><form class="form" action="/track"><p class="row"><label for="parcel">Order code
</label>
<input id="parcel" name="parcel" autocomplete="off" placeholder="KC-"></p>
<button class="button">Where is it?</button></form>"""
    if not number:
        return show(request, "Track an order", form)
    if not number.upper().startswith("KC-") or not number[-1:].isdigit():
        return show(
            request, "Track an order", form + '<p role="alert" class="problem">An order code begins with KC</p>'
        )
    said = f'<h2>{request.rules.state_of(number)}</h2><p role="status">Please have your door bell ready</p>'
    return show(request, "Track an order", form + said)


@route("POST", "/newsletter")
def newsletter(request: Request) -> Answer:
    email = request.form.get("email", "")
    if "@" not in email:
        return Answer("This is no e-mail address", 400, "text/plain; charset=utf-8")
    return Answer("You are on the list", kind="text/plain; charset=utf-8")


@route("POST", "/review")
def review(request: Request) -> Answer:
    stars = request.form.get("stars", "")
    if not stars.isdigit():
        return Answer("Please give some stars first", 400, "text/plain; charset=utf-8")
    return Answer(f"Thank you for {stars} stars", kind="text/plain; charset=utf-8")


@route("POST", "/cart/add")
def add(request: Request) -> Answer:
    """Puts something into the cart; answers JSON to the page's script, and the cart to a plain form."""
    form, session, rules = request.form, request.session, request.rules
    one = BY_SLUG.get(form.get("slug", ""))
    quantity = form.get("quantity", "1")
    if one is None or not quantity.isdigit() or not 1 <= int(quantity) <= 20 or form.get("colour") not in one.colours:
        return Answer("How many would you like? 1 to 20", 400, "text/plain; charset=utf-8")
    rules.add(session, one.slug, form["colour"], int(quantity))
    line = session.line(one.slug, form["colour"])
    there = line.quantity if line else 0
    if "script" not in form:
        return go("/cart")
    said = f"{there} × {one.name} ({form['colour']}) in your cart"
    return Answer(f"{rules.count(session)}\n{said}", kind="text/plain; charset=utf-8")
