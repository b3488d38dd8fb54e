"""Signing in and out, and what a signed-in visitor may do."""

from __future__ import annotations

from html import escape

from demo.shop.markup import choice, field, radios, summary
from demo.shop.products import REASONS
from demo.shop.sessions import day
from demo.shop.web import Answer, Request, go, route, show

_OFTEN = {"never": "Never", "weekly": "Once a week", "monthly": "Once a month"}


def _login(request: Request, values: dict[str, str], errors: dict[str, str]) -> Answer:
    body = f"""<h1>Sign in</h1>{summary(errors)}<form class="form" method="post" action="/login">
{field("email", "E-mail", values, errors, more='autocomplete="username"')}
{field("password", "Password", values, errors, kind="password", more='autocomplete="current-password"')}
<button class="button">Sign in</button></form>"""
    return show(request, "Sign in", body)


@route("GET", "/login")
def login(request: Request) -> Answer:
    return _login(request, {}, {})


@route("POST", "/login")
def sign_in(request: Request) -> Answer:
    form, session = request.form, request.session
    if not request.rules.signs_in(session, form.get("email", ""), form.get("password", "")):
        return _login(request, form, {"password": "This is not the password of this account"})
    session.signed_in = True
    session.flash = f"Welcome back, {session.account.name}"
    return go(request.rules.after_sign_in(session))


@route("POST", "/logout")
def sign_out(request: Request) -> Answer:
    request.rules.sign_out(request.session)
    request.session.flash = "You are signed out"
    return go("/login")


@route("GET", "/account")
def account(request: Request) -> Answer:
    if not request.session.signed_in:
        return go("/login")
    mine = request.session.account
    addresses = "".join(
        f'<li>{escape(address)} <form class="inline" method="post" action="/account/forget" data-part="forget">'
        f'<input type="hidden" name="number" value="{number}">'
        f'<button class="plain" aria-label="Delete {escape(address)}">Delete</button></form></li>'
        for number, address in enumerate(mine.addresses)
    )
    claims = "".join(f"<li>{escape(claim)}</li>" for claim in mine.claims)
    body = f"""<h1>Your account</h1><p>Signed in as {escape(mine.name)}. Your last order was on {day(-9)}.</p>
<section><h2>Addresses</h2><ul class="plain-list" aria-label="Addresses">{addresses}</ul></section>
<section><h2>Note to the courier</h2>
<div class="note" contenteditable="true" role="textbox" aria-multiline="true" aria-label="Note to the courier"
 data-part="note">{escape(mine.note)}</div>
<button type="button" class="plain" data-part="keep-note">Save the note</button> <span role="status"
 data-part="noted"></span></section>
<section><h2>Mail</h2><form class="form" method="post" action="/account/mail">
{radios("often", "How often may we write?", _OFTEN, {"often": mine.mail})}<button class="plain">Save the choice
</button></form></section>
<section><h2>Something broken?</h2>{f'<ul aria-label="Reports">{claims}</ul>' if claims else ""}
<p><a href="/account/report">Report a damage</a></p></section>
<form method="post" action="/logout"><button class="plain" id="sign-out">Sign out</button></form>"""
    return show(request, "Your account", body, "account.js")


@route("POST", "/account/forget")
def forget(request: Request) -> Answer:
    number = request.form.get("number", "")
    if request.session.signed_in and number.isdigit() and int(number) < len(request.session.account.addresses):
        gone = request.rules.forget_address(request.session, int(number))
        request.session.flash = f"Deleted: {gone}"
    return go("/account")


@route("POST", "/account/note")
def note(request: Request) -> Answer:
    said = request.rules.keep_note(request.session, request.form.get("note", ""))
    return Answer(said, kind="text/plain; charset=utf-8")


@route("POST", "/account/mail")
def mail(request: Request) -> Answer:
    often = request.form.get("often", "never")
    if often in _OFTEN:
        request.rules.keep_mail(request.session, often)
        request.session.flash = f"We write: {_OFTEN[request.session.account.mail].lower()}"
    return go("/account")


def _report(request: Request, errors: dict[str, str]) -> Answer:
    reasons = {reason: reason for reason in REASONS}
    body = f"""<h1>Report a damage</h1>{summary(errors)}
<form class="form" method="post" action="/account/report" enctype="multipart/form-data">
{choice("reason", "What happened", reasons, request.form, "Choose one")}
<p class="row"><label for="photo">A photo of it</label><input id="photo" name="photo" type="file" accept="image/*"></p>
<button class="button">Send the report</button></form>"""
    return show(request, "Report a damage", body)


@route("GET", "/account/report")
def report(request: Request) -> Answer:
    return _report(request, {}) if request.session.signed_in else go("/login")


@route("POST", "/account/report")
def take_report(request: Request) -> Answer:
    reason, photo = request.form.get("reason", ""), request.files.get("photo")
    if not request.session.signed_in:
        return go("/login")
    if reason not in REASONS:
        return _report(request, {"reason": "Please say what happened"})
    size = len(photo.content) if photo is not None and photo.name else 0
    request.session.flash = request.rules.claim(request.session, reason, photo.name if photo else "", size)
    return go("/account")
