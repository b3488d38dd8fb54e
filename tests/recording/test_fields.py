"""What a field is for is read off its page: the type first, then autocomplete, then its words, in many languages."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from specward.recording.actions import ActionKind
from specward.recording.fields import FieldKind, kind_by_words, kind_of_field
from specward.recording.reading import read_events
from specward.recording.sheet import sheet_of
from specward.recording.tracing import trace
from specward.writing.composing import compose
from tests.recording.markup import Markup
from tests.recording.replay import SHOP, Replay

RECORDINGS = Path(__file__).parents[2] / "demo" / "recordings"


def kind(html: str, label: str = "") -> FieldKind:
    markup = Markup(html)
    return kind_of_field(markup["f"], " ".join([label, *(markup["f"].attr(a) or "" for a in ("name", "placeholder"))]))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<input key=f type=email>", "email"),
        ("<input key=f type=EMAIL autocomplete=name>", "email"),
        ("<input key=f type=tel>", "phone"),
        ("<input key=f type=tel autocomplete=postal-code>", "postcode"),
        ("<input key=f type=tel name=verification_code>", "code"),
        ("<input key=f type=tel name=cardNumber>", "card"),
        ("<input key=f type=number name=zip>", "postcode"),
        ("<input key=f type=number>", "number"),
        ("<input key=f type=date>", "date"),
        ("<input key=f type=date name=birthday>", "birthday"),
        ("<input key=f type=search name=email>", "search"),
        ("<input key=f type=password name=x>", "password"),
        ("<input key=f autocomplete='shipping given-name'>", "given-name"),
        ("<input key=f autocomplete='section-a billing street-address' name=email>", "address"),
        ("<input key=f autocomplete=cc-number>", "card"),
        ("<input key=f autocomplete=one-time-code>", "code"),
        ("<input key=f autocomplete=off name=firstName>", "given-name"),
        ("<input key=f autocomplete=username name=email>", "email"),
        ("<input key=f autocomplete=username name=login>", "username"),
        ("<input key=f autocomplete=username>", "username"),
        ("<input key=f name='user[last_name]'>", "family-name"),
        ("<input key=f placeholder='Your company name'>", "organization"),
        ("<textarea key=f name=x></textarea>", "message"),
        ("<textarea key=f name=address></textarea>", "address"),
        ("<div key=f contenteditable>x</div>", ""),
        ("<input key=f name=x>", ""),
        ("<select key=f name=country><option>x</select>", "choice"),
        ("<input key=f type=checkbox name=email>", "choice"),
        ("<input key=f type=radio name=email>", "choice"),
        ("<input key=f type=file name=email>", "file"),
        ("<input key=f type=range name=email>", ""),
        ("<input key=f type=submit name=email>", ""),
        ("<button key=f name=email>E-mail</button>", ""),
        ("<a key=f href=/email>E-mail</a>", ""),
    ],
)
def test_type_then_autocomplete_then_words(html: str, expected: str) -> None:
    assert kind(html) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("E-mail address", "email"), ("E-Mail-Adresse", "email"), ("Adresse e-mail", "email"),
        ("Correo electrónico", "email"), ("Электронная почта", "email"), ("メールアドレス", "email"),
        ("邮箱地址", "email"),
        ("Phone number", "phone"), ("Telefonnummer", "phone"), ("Numéro de téléphone", "phone"), ("手机号", "phone"),
        ("First name", "given-name"), ("Vorname", "given-name"), ("Prénom", "given-name"), ("Voornaam", "given-name"),
        ("Last name", "family-name"), ("Nachname", "family-name"), ("Apellidos", "family-name"),
        ("姓氏", "family-name"),
        ("Full name", "name"), ("Nom", "name"),
        ("Imię i nazwisko", "name"), ("Vor- und Nachname", "name"), ("お名前", "name"), ("ФИО", "name"),
        ("User name", "username"), ("Benutzername", "username"), ("Имя пользователя", "username"),
        ("Company name", "organization"), ("Firma", "organization"), ("Société", "organization"),
        ("Street and number", "address"), ("Straße und Hausnummer", "address"), ("STRASSE", "address"),
        ("Dirección", "address"), ("Улица", "address"), ("住所", "address"),
        ("Postcode", "postcode"), ("Zip code", "postcode"), ("PLZ", "postcode"), ("Code postal", "postcode"),
        ("Town or city", "city"), ("Wohnort", "city"), ("Ville", "city"), ("Miasto", "city"),
        ("Country", "country"), ("Pays", "country"), ("State / Province", "region"),
        ("Date of birth", "birthday"), ("Geburtsdatum", "birthday"), ("Delivery date", "date"), ("Fecha", "date"),
        ("Quantity of Tall mug", "number"), ("Anzahl", "number"), ("Voucher", "code"), ("Gutscheincode", "code"),
        ("Order number", "account"), ("Kundennummer", "account"), ("Website", "url"), ("Search by name", "search"),
        ("Suche", "search"), ("Поиск", "search"), ("Leave a comment", "message"), ("Nachricht", "message"),
        ("Words on the gift card", ""), ("Colour", ""), ("Part", ""), ("Cape", ""), ("Storage", ""), ("Sort", ""),
        ("Hotel", ""), ("Passage", ""), ("Username", "username"), ("ｅｍａｉｌ", "email"), ("", ""),
    ],
)  # fmt: skip
def test_words_in_many_languages(words: str, expected: str) -> None:
    assert kind_by_words(words) == expected


def test_a_page_cannot_make_it_say_anything_else() -> None:
    assert kind("<input key=f type='<b>' autocomplete='ignore all instructions' name='\u202e\x00]]>'>") == ""
    assert all(one.isascii() and one.replace("-", "").isalpha() for one in FieldKind if one)


def test_words_without_end_take_no_time() -> None:
    began = time.thread_time()  # our own: a busy machine takes its time of every clock but this
    for words in ("a" * 100_000, "e-" * 50_000, "名" * 100_000, "[]." * 30_000, "first " * 20_000):
        kind_by_words(words)
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize(
    ("recording", "expected"),
    [
        (
            "buy-by-courier",
            "search number name email city address date message card card",
        ),
        ("buy-by-courier-inputs-masked", "search number name email city address date message card card"),
        ("buy-by-courier-all-masked", "search number name email city address date message card card"),
        ("sign-in", "email password password"),
        ("sign-in-all-masked", "email password password"),
        ("change-quantities", "number"),
        ("redeem-a-voucher", "code code"),
        ("track-an-order", "code code"),
        ("write-a-review", "message"),
        ("leave-a-note", "email password message"),
        ("search-and-correct", "search search"),
    ],
)
def test_the_fields_that_bob_fills_in_the_shop(recording: str, expected: str) -> None:
    with (RECORDINGS / f"{recording}.json.gz").open("rb") as file:
        found = trace(read_events(file))
    filled = [one.target.field for one in found.actions if one.kind is ActionKind.FILL and one.target is not None]
    assert " ".join(filled) == expected
    chosen = {one.target.field for one in found.actions if one.kind in _CHOOSING and one.target is not None}
    assert chosen <= {FieldKind.CHOICE}


_CHOOSING = (ActionKind.SELECT, ActionKind.CHECK, ActionKind.UNCHECK)


def test_the_sheet_and_the_spec_say_nothing_of_it() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("input", {"type": "email", "aria-label": "Where to"}, key="f")])
    found = replay.click("f").type("f", "bob@acme.example").trace()
    target = found.actions[-1].target
    assert target is not None and target.field is FieldKind.EMAIL
    assert b"email" not in sheet_of(found).to_bytes()
    assert "email" not in compose(found).text
