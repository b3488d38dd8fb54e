"""HTML by hand: escaping, form rows, and the frame around every page."""

from __future__ import annotations

from html import escape

from demo.shop.sessions import Session


def page(title: str, body: str, session: Session, count: int, *, scripts: tuple[str, ...] = ()) -> str:
    """A whole document; ``body`` is HTML, everything else is text."""
    who = (
        f'<a href="/account">{escape(session.account.name)}</a>'
        if session.signed_in
        else '<a href="/login">Sign in</a>'
    )
    said = session.said()
    flash = f'<p class="flash" role="status">{escape(said)}</p>' if said else ""
    tags = "".join(f'<script src="/static/{name}" defer></script>' for name in ("site.js", *scripts))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} | Kettle and Cup</title>
<link rel="stylesheet" href="/static/shop.css">
<link rel="icon" href="/art/small-mug.svg" type="image/svg+xml">
{tags}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/">Kettle and Cup</a>
<button class="menu" type="button" data-part="menu" aria-expanded="false" aria-controls="places">Menu</button>
<nav class="places" id="places" aria-label="Main">
<a href="/products">All products</a>
<a href="/track">Track an order</a>
{who}
<a class="basket" href="/cart">Cart <span class="count" data-part="count">{count}</span></a>
</nav>
<form class="search" role="search" action="/search">
<label class="quiet" for="q">Search the shop</label>
<input id="q" name="q" type="search" placeholder="Mugs, teapots, tea" autocomplete="off">
</form>
</header>
<main class="main" id="main" tabindex="-1">
{flash}{body}
</main>
<footer class="foot">
<news-letter></news-letter>
<p><a href="/terms" target="terms" data-part="terms">Terms of sale</a> <span class="dim">Kettle and Cup is made up.
</span></p>
</footer>
</body>
</html>
"""


def summary(errors: dict[str, str]) -> str:
    """What is wrong with a form, said once at its top."""
    if not errors:
        return ""
    entries = "".join(f"<li>{escape(words)}</li>" for words in errors.values())
    return f'<div class="problem" role="alert"><p>Please look at this again:</p><ul>{entries}</ul></div>'


def field(
    name: str,
    label: str,
    values: dict[str, str],
    errors: dict[str, str],
    *,
    kind: str = "text",
    more: str = "",
) -> str:
    """A labelled input in its row; ``more`` is HTML for further attributes."""
    wrong = ' aria-invalid="true"' if name in errors else ""
    value = "" if kind == "password" else escape(values.get(name, ""))
    return (
        f'<p class="row"><label for="f-{name}">{escape(label)}</label>'
        f'<input id="f-{name}" name="{name}" type="{kind}" value="{value}"{wrong} {more}></p>'
    )


def choice(name: str, label: str, options: dict[str, str], values: dict[str, str], empty: str = "") -> str:
    """A labelled select; ``options`` are words by value."""
    entries = f'<option value="">{escape(empty)}</option>' if empty else ""
    for value, words in options.items():
        chosen = " selected" if values.get(name) == value else ""
        entries += f'<option value="{escape(value)}"{chosen}>{escape(words)}</option>'
    return (
        f'<p class="row"><label for="f-{name}">{escape(label)}</label>'
        f'<select id="f-{name}" name="{name}">{entries}</select></p>'
    )


def radios(name: str, legend: str, options: dict[str, str], values: dict[str, str]) -> str:
    """A group of radio buttons; ``options`` are words by value."""
    entries = "".join(
        f'<label class="tick"><input type="radio" name="{name}" value="{escape(value)}"'
        f"{' checked' if values.get(name) == value else ''}> {escape(words)}</label>"
        for value, words in options.items()
    )
    return f'<fieldset class="group"><legend>{escape(legend)}</legend>{entries}</fieldset>'


def tick(name: str, label: str, values: dict[str, str]) -> str:
    """One checkbox."""
    on = " checked" if values.get(name) else ""
    return f'<p><label class="tick"><input type="checkbox" name="{name}" value="yes"{on}> {escape(label)}</label></p>'
