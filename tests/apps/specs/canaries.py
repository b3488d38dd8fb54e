"""Words that can be found again wherever they end up: in a text, in what was typed, in an address, in a name."""

from __future__ import annotations

import base64
import gzip
import json
import uuid
from collections.abc import Iterator
from typing import Any

from demo.flows import RECORDINGS

RUN = uuid.uuid4().hex[:12]
"""The server's write-ahead log keeps what earlier runs wrote."""
IN_TEXT, TYPED, SECRET, IN_URL, NAME, PERSON = (
    f"canary-{what}-{RUN}" for what in ("text", "typed", "password", "url", "name", "person")
)
CANARIES = (IN_TEXT, TYPED, SECRET, IN_URL, NAME, PERSON)
LOG_IN_EMAIL, LOG_IN_PASSWORD = 68, 79


def planted() -> bytes:
    """The sign-in, with a canary in a text that nothing asserts, in what was typed, in a password and in an address."""
    found = json.loads(gzip.decompress((RECORDINGS / "sign-in.json.gz").read_bytes()))
    page = next(event["data"]["node"] for event in found if event["type"] == 2)
    body = next(node for node in walk(page) if node.get("tagName") == "body")
    text = {"type": 3, "textContent": f"Order of {IN_TEXT}", "id": 900_001}
    body["childNodes"].append({"type": 2, "tagName": "p", "attributes": {}, "childNodes": [text], "id": 900_002})
    for event in found:
        data = event["data"]
        if event["type"] == 4:
            data["href"] += f"?session={IN_URL}"
        elif event["type"] == 3 and data.get("source") == 5:
            data["text"] = {LOG_IN_EMAIL: TYPED, LOG_IN_PASSWORD: SECRET}.get(data["id"], data["text"])
    content = json.dumps(found).encode()
    assert all(canary.encode() in content for canary in (IN_TEXT, TYPED, SECRET, IN_URL))
    return content


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("childNodes", ()):
        yield from walk(child)


def forms(canary: str) -> list[bytes]:
    """How it could be written. Of base64 one alignment is enough where the canary is all there is; three are looked
    for, since it may stand anywhere in something longer."""
    plain = canary.encode()
    shifted = [base64.b64encode(bytes(n) + plain)[4 : -4 or None] for n in range(3)]
    return [plain, plain.hex().encode(), plain.hex().upper().encode(), *shifted]
