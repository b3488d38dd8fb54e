"""Did the session begin signed in? Told by the words a page shows only then."""

from __future__ import annotations

import re
from itertools import islice

from specward.recording.dom import ELEMENT, Node, Page
from specward.recording.names import Accessible
from specward.recording.wording import LONGEST_NAME, collapsed, is_sayable

_SIGN_OUT = re.compile(
    r"^(?:log|sign)\s?-?(?:out|off)\b|\blog\s?-?out$|^abmelden|^ausloggen|^d[eé]connexion|^se d[eé]connecter|"
    r"^cerrar sesi[oó]n|^salir$|^esci$|^disconnetti|^sair$|^uitloggen|^logga ut|^wyloguj|^выйти|"
    r"^ログアウト|^退出登录|^退出$",
    re.IGNORECASE,
)


def _may_sign_out(node: Node) -> bool:
    """Do the raw words in and on a control make it worth being named?"""
    said = [collapsed("".join(below.text for below in islice(node.walk(), 50)))]
    said += [node.attr(name) or "" for name in ("aria-label", "title", "value")]
    return "aria-labelledby" in node.attrs or any(_SIGN_OUT.search(words) for words in said)


def signed_in_words(page: Page, access: Accessible) -> str:
    """The name of the first page's sign-out control; empty where there is none."""
    if page.root is None:
        return ""
    for node in page.root.walk():
        if node.kind != ELEMENT or (node.tag not in ("a", "button") and "role" not in node.attrs):
            continue
        if not _may_sign_out(node):
            continue
        if access.role(node) in ("link", "button", "menuitem"):
            name = collapsed(access.name(node))
            if len(name) <= 40 and _SIGN_OUT.search(name) and is_sayable(name, LONGEST_NAME):
                return name
    return ""
