"""Did the session begin signed in? Told by the words a page shows only then."""

from __future__ import annotations

import re

from specward.recording.dom import ELEMENT, Page
from specward.recording.names import Accessible
from specward.recording.wording import LONGEST_NAME, collapsed, is_sayable

_SIGN_OUT = re.compile(
    r"^(?:log|sign)\s?-?(?:out|off)\b|\blog\s?-?out$|^abmelden|^ausloggen|^d[eé]connexion|^se d[eé]connecter|"
    r"^cerrar sesi[oó]n|^salir$|^esci$|^disconnetti|^sair$|^uitloggen|^logga ut|^wyloguj|^выйти|"
    r"^ログアウト|^退出登录|^退出$",
    re.IGNORECASE,
)


def signed_in_words(page: Page, access: Accessible) -> str:
    """The name of the first page's sign-out control; empty where there is none."""
    if page.root is None:
        return ""
    for node in page.root.walk():
        if node.kind != ELEMENT or (node.tag not in ("a", "button") and "role" not in node.attrs):
            continue
        if access.role(node) in ("link", "button", "menuitem"):
            name = collapsed(access.name(node))
            if len(name) <= 40 and _SIGN_OUT.search(name) and is_sayable(name, LONGEST_NAME):
                return name
    return ""
