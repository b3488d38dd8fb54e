"""What opens doors or names one thing only: keys, tokens, wallets, hashes, random ids."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_KNOWN: Final = re.compile(
    r"-----BEGIN |(?<![A-Za-z0-9])(?:"
    r"eyJ[\w-]{6,}\.|(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{12,}|gh[pousr]_\w{10,}|github_pat_\w{10,}|glpat-[\w-]{10,}|"
    r"xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}|(?:sk|pk|rk)_(?:live|test)_\w{8,}|whsec_\w{8,}|sk-(?:ant-|proj-|or-)?[\w-]{12,}|"
    r"AIza[\w-]{20,}|ya29\.[\w-]{8,}|GOCSPX-[\w-]{8,}|npm_\w{16,}|pypi-\w{16,}|SG\.[\w-]{8,}|hf_\w{16,}|"
    r"dop_v1_\w{16,}|shp(?:at|ss|ca|pa)_\w{8,}|dckr_pat_[\w-]{8,}|lin_api_\w{8,}|sq0[a-z]{3}-[\w-]{8,}|"
    r"AGE-SECRET-KEY-\w{8,}|(?:bearer|basic) [\w+/=.~-]{12,}"
    r")",
    re.IGNORECASE,
)
_SAID: Final = re.compile(
    r"(?<![A-Za-z])(?:password|passwd|pwd|secret|token|api[ _-]?key|passwort|kennwort|mot de passe|contrasena|otp|pin|"
    r"code) ?(?:[:=]|is:?) ?(?=\S{0,40}\d)\S{4,}",
    re.IGNORECASE,
)
_WALLET: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:0x[0-9a-fA-F]{40}|(?:bc|tb|ltc|addr)1[a-z0-9]{25,}|[13LMD][1-9A-HJ-NP-Za-km-z]{25,34}|"
    r"T[1-9A-HJ-NP-Za-km-z]{33}|r[1-9A-HJ-NP-Za-km-z]{24,34})(?![A-Za-z0-9])"
)
_UUID: Final = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_ULID: Final = re.compile(r"(?<![A-Za-z0-9])(?=[A-Z]{0,25}\d)[0-7][0-9A-HJKMNP-TV-Z]{25}(?![A-Za-z0-9])")
_WORD: Final = re.compile(r"[A-Za-z0-9_+/=.~-]{8,}")
_PIECE: Final = re.compile(r"[A-Za-z0-9]+")
_HEX: Final = re.compile(r"[0-9a-f]{8,}|[0-9A-F]{8,}")
_PERSONAL: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]|"  # National Insurance number
    r"[A-Z]{5}\d{4}[A-Z]|"  # India's PAN
    r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]|"  # Italy's codice fiscale
    r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d|"  # Mexico's CURP
    r"[XYZ]-?\d{7}-?[A-Z]|\d{8}-?[TRWAGMYFPDXBNJZSQVHLCKE]|"  # Spain's NIE and NIF
    r"[STFGM]\d{7}[A-Z]|"  # Singapore's NRIC
    r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]"  # Finland's henkilötunnus
    r")(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_GIVEN_OUT: Final = re.compile(
    r"(?:#|№|(?<![a-z])(?:no|nr|number|order|invoice|ticket|case|ref|reference|booking|customer|account|member|tracking|"
    r"bestellung|bestellnummer|auftrag|rechnung|kundennummer|commande|facture|pedido|factura|ordine|fattura|"
    r"zamowienie|zakaz)\.?) ?(?:no\.?|nr\.?|number|id)? ?[:#]? ?[a-z]{0,4}-?\d{4,}(?!\d)|"
    r"(?<![A-Za-z0-9-])(?!(?:ISO|RFC|EN|DIN|IEC|IEEE|CVE|UTF|SHA|AES|MIL|JIS|EC|CE)-)[A-Z]{1,5}-\d{4,}(?![\w.])",
    re.IGNORECASE,
)


def holds_known_token(text: str) -> bool:
    """Is there a key or token in folded ``text``, by how its issuer begins it, or by the word before it?"""
    return _KNOWN.search(text) is not None or _SAID.search(text) is not None


def holds_token(text: str) -> bool:
    """Is there a key or token in folded ``text``, by its looks?"""
    return any(_is_token(found.group()) for found in _WORD.finditer(text))


def _is_token(word: str) -> bool:
    """Letters and digits without order, 16 and more in a row or between dashes that make no words of them."""
    if len(word) < 16:
        return False
    for piece in _PIECE.findall(word):
        if len(piece) >= 16 and (_is_mixed(piece, 4) or _is_unpronounceable(piece)):
            return True
    joined = "".join(_PIECE.findall(word))
    digits = sum(c.isdigit() for c in joined)
    if len(joined) >= 32 and digits and _case_turns(joined) >= 5:
        return True
    return len(joined) >= 16 and _is_mixed(joined, 6) and digits * 5 >= len(joined)


def _is_mixed(word: str, fewest: int) -> bool:
    digits = sum(c.isdigit() for c in word)
    turns = sum(a.isdigit() != b.isdigit() for a, b in pairwise(word))
    return digits >= 3 and len(word) - digits >= 3 and turns >= fewest


def _is_unpronounceable(word: str) -> bool:
    """Capitals in the middle, over and over: no words run together (``addToCartButton``) turn so often."""
    turns = _case_turns(word)
    pairs = sum(a.isupper() and b.isupper() for a, b in pairwise(word))
    return turns >= 4 and (turns + pairs) * 3 >= len(word)


def _case_turns(word: str) -> int:
    return sum(a.islower() and b.isupper() for a, b in pairwise(word))


def holds_wallet(text: str) -> bool:
    """Is there an address of a cryptocurrency in folded ``text``: Bitcoin's kin, Ethereum's, Tron's, Ripple's?"""
    return any(
        sum(c.isdigit() for c in found.group()) >= 3 and len(set(found.group())) >= 8
        for found in _WALLET.finditer(text)
    )


def holds_personal_number(text: str) -> bool:
    """Is there a number in folded ``text`` by which a state knows one person, of those that have letters in them?"""
    return _PERSONAL.search(text) is not None


def holds_known_id(text: str) -> bool:
    """Is there a UUID, a ULID, a hash, or a number that was given out (``Order 10423``) in folded ``text``?"""
    if _UUID.search(text) or _ULID.search(text) or _GIVEN_OUT.search(text):
        return True
    return any(
        _HEX.fullmatch(piece) and 2 <= sum(c.isdigit() for c in piece) <= len(piece) - 2
        for piece in _PIECE.findall(text)
    )


def holds_id(text: str) -> bool:
    """Is there a random id in folded ``text``: eight and more letters and digits without order?"""
    return any(
        len(piece) >= 8 and sum(c.isdigit() for c in piece) >= 4 and _is_mixed(piece, 4)
        for piece in _PIECE.findall(text)
    )
