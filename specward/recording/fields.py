"""What a field is for: by its type, its autocomplete tokens, then the words that its page calls it by.

The page says all of that, and may lie: the answer is one of a few words, whatever it says.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

from specward.recording.controls import Field, field_of
from specward.recording.dom import Node
from specward.recording.secrecy import why_secret


class FieldKind(StrEnum):
    """What is put into a field. The values are stable, and are letters and dashes only."""

    NONE = ""
    """It is no field, or nothing says what for."""
    CHOICE = "choice"
    FILE = "file"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    SEARCH = "search"
    USERNAME = "username"
    PASSWORD = "password"  # noqa: S105 (the kind of a field)
    CODE = "code"
    """Something that was given out to be typed: a one-time code, a voucher."""
    CARD = "card"
    ACCOUNT = "account"
    """A number that names one person or one account: an IBAN, a social security or a customer's number."""
    NAME = "name"
    GIVEN_NAME = "given-name"
    FAMILY_NAME = "family-name"
    ORGANIZATION = "organization"
    ADDRESS = "address"
    POSTCODE = "postcode"
    CITY = "city"
    REGION = "region"
    COUNTRY = "country"
    BIRTHDAY = "birthday"
    DATE = "date"
    NUMBER = "number"
    MESSAGE = "message"


_CERTAIN_TYPES: Final = {
    "email": FieldKind.EMAIL, "url": FieldKind.URL, "search": FieldKind.SEARCH, "password": FieldKind.PASSWORD,
}  # fmt: skip
_LIKELY_TYPES: Final = {
    "tel": FieldKind.PHONE, "number": FieldKind.NUMBER, "date": FieldKind.DATE, "datetime-local": FieldKind.DATE,
    "month": FieldKind.DATE, "week": FieldKind.DATE, "time": FieldKind.DATE,
}  # fmt: skip
"""They say which keyboard comes up: a card's number is often a ``tel``."""

# https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill-field
_AUTOCOMPLETE: Final = {
    "name": FieldKind.NAME, "honorific-prefix": FieldKind.NAME, "honorific-suffix": FieldKind.NAME,
    "nickname": FieldKind.NAME, "given-name": FieldKind.GIVEN_NAME, "additional-name": FieldKind.GIVEN_NAME,
    "family-name": FieldKind.FAMILY_NAME, "username": FieldKind.USERNAME, "email": FieldKind.EMAIL,
    "impp": FieldKind.USERNAME, "organization": FieldKind.ORGANIZATION,
    "organization-title": FieldKind.ORGANIZATION, "street-address": FieldKind.ADDRESS,
    "address-line1": FieldKind.ADDRESS, "address-line2": FieldKind.ADDRESS, "address-line3": FieldKind.ADDRESS,
    "address-level4": FieldKind.ADDRESS, "address-level3": FieldKind.CITY, "address-level2": FieldKind.CITY,
    "address-level1": FieldKind.REGION, "country": FieldKind.COUNTRY, "country-name": FieldKind.COUNTRY,
    "postal-code": FieldKind.POSTCODE, "bday": FieldKind.BIRTHDAY, "bday-day": FieldKind.BIRTHDAY,
    "bday-month": FieldKind.BIRTHDAY, "bday-year": FieldKind.BIRTHDAY, "url": FieldKind.URL, "photo": FieldKind.URL,
    "transaction-amount": FieldKind.NUMBER, "cc-name": FieldKind.CARD, "cc-given-name": FieldKind.CARD,
    "cc-additional-name": FieldKind.CARD, "cc-family-name": FieldKind.CARD, "cc-type": FieldKind.CARD,
    "tel": FieldKind.PHONE, "tel-country-code": FieldKind.PHONE, "tel-national": FieldKind.PHONE,
    "tel-area-code": FieldKind.PHONE, "tel-local": FieldKind.PHONE, "tel-extension": FieldKind.PHONE,
}  # fmt: skip
_SECRETS: Final = {
    "a password": FieldKind.PASSWORD,
    "a one-time code": FieldKind.CODE,
    "a personal or access key": FieldKind.ACCOUNT,
    "a card number": FieldKind.CARD,
    "a card's security code": FieldKind.CARD,
    "a card's expiry": FieldKind.CARD,
    "a card holder": FieldKind.CARD,
}

_SIGN_IN: Final = (FieldKind.EMAIL, FieldKind.PHONE)
"""What many sites sign in with, and mark as a user's name for the browser's sake."""

# The first that fits counts: "company name" before "name", "e-mail address" before "address". A star leaves a word's
# end open. Scripts without spaces are looked for anywhere.
_WORDS: Final = (
    (
        FieldKind.SEARCH,
        "search* suche suchen suchbegriff* recherche* buscar búsqueda busca cerca ricerca zoek* pesquis* szukaj* "
        "wyszukaj* sök* søg* søk* hledat hae haku поиск* найти шукати пошук* query q keywords 搜索 搜尋 検索 검색",
    ),
    (
        FieldKind.EMAIL,
        "email* e-mail* mail courriel correo poçt e-posta eposta sähköposti* почта почты эл. mejl* 邮箱 邮件 郵件 "
        "メール 이메일",
    ),
    (
        FieldKind.CARD,
        "name-on-card card-holder cardholder* karteninhaber* titulaire titular",
    ),
    (
        FieldKind.USERNAME,
        "username* user-name user-id userid login* log-in benutzername* nutzername* benutzer identifiant* "
        "nom-d-utilisateur usuario nome-utente gebruikersnaam användarnamn brukernavn brugernavn käyttäjätunnus "
        "имя-пользователя логин* użytkownik* kullan* nickname handle 用户名 ユーザー名 아이디",
    ),
    (
        FieldKind.PHONE,
        "phone* telephone* tel mobile* cell cellphone telefon* handy* handynummer rufnummer mobil* téléphone* "
        "portable teléfono* móvil celular telefono cellulare telefoon* mobiel* telemóvel telefone* puhelin* "
        "телефон* komórk* 电话 手机 電話 携帯 전화 휴대폰",
    ),
    (
        FieldKind.URL,
        "url website* web-site homepage web-address webseite* internetadresse* site-web sitio-web sito-web сайт* 网址",
    ),
    (
        FieldKind.POSTCODE,
        "post-code postcode* postal* zip zip-code zipcode* plz postleitzahl* code-postal código-postal "
        "codigo-postal cap cep postnummer* postnr postinumero индекс* kod-pocztowy psč eircode pincode 邮编 "
        "郵便番号 우편번호",
    ),
    (
        FieldKind.CODE,
        "voucher* coupon* promo* discount-code gift-card-number gift-card-code gutschein* rabattcode* "
        "aktionscode* code-promo* bon-de* cupón* código-de-descuento codice-sconto buono kortingscode* promokod* "
        "промокод* купон* kupon* code 优惠码 クーポン 쿠폰",
    ),
    (
        FieldKind.ACCOUNT,
        "order-number order-no order-id customer-number customer-id tax-id vat vat-id vat-number ust* steuer* "
        "bestellnummer* kundennummer* auftragsnummer* rechnungsnummer* numéro-de-commande número-de-pedido "
        "numero-ordine ordernummer* invoice-number reference* member-id membership* account-number bic swift "
        "sort-code routing-number national-id dni nif nie curp cpf cnpj pesel bsn personnummer* codice-fiscale "
        "инн снилс 订单号 注文番号 주문번호 身份证",
    ),
    (
        FieldKind.ORGANIZATION,
        "company* organi?ation* employer business* firma firmenname* unternehmen* organisation* société "
        "entreprise* empresa* azienda* società bedrijf* företag* firmanavn yritys компания компании организаци* "
        "job-title 公司 会社 회사",
    ),
    (
        FieldKind.NAME,
        "first-and-last-name vor--und-nachname imię-i-nazwisko nom-et-prénom nombre-y-apellidos nombre-completo",
    ),
    (
        FieldKind.GIVEN_NAME,
        "first-name firstname* given-name givenname fname forename* middle-name vorname* prénom* prenom "
        "nombre-de-pila nome-proprio voornaam* förnamn* fornavn* etunimi имя imię imie křestní 名字",
    ),
    (
        FieldKind.FAMILY_NAME,
        "last-name lastname* family-name familyname surname* lname nachname* familienname* nom-de-famille "
        "apellido* cognome* achternaam* sobrenome apelido efternamn* etternavn* efternavn* sukunimi фамили* "
        "nazwisk* příjmení soyad* 姓氏",
    ),
    (
        FieldKind.CITY,
        "city* town stadt ort wohnort ville ciudad città citta localidad plaats woonplaats cidade stad kaupunki "
        "город* miasto miejscowość město şehir 城市 市区町村 도시",
    ),
    (
        FieldKind.COUNTRY,
        "country* land pays país pais paese kraj maa страна країна ülke země nationality 国家 國家 国籍 国 국가",
    ),
    (
        FieldKind.REGION,
        "state province county region* bundesland kanton provincia estado województw* область 省 都道府県",
    ),
    (
        FieldKind.ADDRESS,
        "address* street* adresse* anschrift straße strasse hausnummer* house-number apartment* apt rue dirección "
        "direccion calle indirizzo via adres* straat* huisnummer* endereço endereco rua adress* gata* gade osoite "
        "katuosoite адрес* улица ulica adresa ulice adres sokak 地址 住所 주소",
    ),
    (
        FieldKind.BIRTHDAY,
        "birth* birthday* date-of-birth dob geburt* naissance nacimiento nascita geboorte* nascimento födelse* "
        "fødsel* syntymä* рождения urodzenia narození doğum* 生日 出生 生年月日 생년월일",
    ),
    (
        FieldKind.NAME,
        "name full-name fullname your-name yourname recipient addressee empfänger* nom nombre nome naam namn navn "
        "nimi фио имя imię isim jméno holder 姓名 氏名 名前 お名前 이름 성명",
    ),
    (
        FieldKind.DATE,
        "date* datum* fecha data dato dag day month year дата päivä* termin check-in check-out 日期 日付 날짜",
    ),
    (
        FieldKind.NUMBER,
        "quantity* qty amount* anzahl menge betrag quantité montant cantidad importe quantità importo aantal "
        "bedrag quantidade antal belopp количество сумма ilość kwota age alter budget price* 数量 金額 수량",
    ),
    (
        FieldKind.MESSAGE,
        "message* comment* note* notes feedback review* description* nachricht* kommentar* bemerkung* anmerkung* "
        "notiz* beschreibung* mensaje* comentario* remarque* messaggio* commento opmerking* bericht mensagem "
        "meddelande* viesti сообщени* комментари* wiadomość uwagi zpráva mesaj* greeting* instructions 留言 备注 "
        "メッセージ 메시지",
    ),
)


def _pattern(words: str) -> re.Pattern[str]:
    parts = []
    for word in dict.fromkeys(words.casefold().split()):
        stem = re.escape(word.removesuffix("*")).replace(r"\-", "[ -]?").replace(r"\?", "[sz]")
        if word[0] > "\u2e7f":
            parts.append(stem)
        else:
            parts.append(rf"(?<!\w){stem}" + ("" if word.endswith("*") else r"(?!\w)"))
    return re.compile("|".join(parts))


_PATTERNS: Final = tuple((kind, _pattern(words)) for kind, words in _WORDS)
_TURNS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[_./\[\](){}:,;'\u2019]+")


def kind_of_field(node: Node, words: str) -> FieldKind:
    """What is put into ``node``; ``words`` are its label, name, id and placeholder (``Observer.words``).

    Looks at 400 characters of them.
    """
    match field_of(node):
        case Field.NONE:
            return FieldKind.NONE
        case Field.CHECKBOX | Field.RADIO | Field.SELECT:
            return FieldKind.CHOICE
        case Field.FILE:
            return FieldKind.FILE
        case _:
            pass
    given = (node.attr("type") or "").lower() if node.tag == "input" else ""
    if given in _CERTAIN_TYPES:
        return _CERTAIN_TYPES[given]
    for token in (node.attr("autocomplete") or "").lower()[:200].split():
        if token in _AUTOCOMPLETE:
            said = _AUTOCOMPLETE[token]
            named = kind_by_words(words) if said is FieldKind.USERNAME else said
            return named if named in _SIGN_IN else said
    found = _SECRETS.get(why_secret(node, words, "")) or kind_by_words(words)
    if found is FieldKind.NONE:
        return _LIKELY_TYPES.get(given, FieldKind.MESSAGE if node.tag == "textarea" else FieldKind.NONE)
    return found


def kind_by_words(words: str) -> FieldKind:
    """What words like ``firstName``, ``card_holder`` or ``Straße und Hausnummer`` speak of."""
    spaced = _TURNS.sub(" ", unicodedata.normalize("NFKC", words[:400])).casefold()
    return next((kind for kind, pattern in _PATTERNS if pattern.search(spaced)), FieldKind.NONE)
