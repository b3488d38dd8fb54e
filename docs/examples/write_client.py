"""Writes client.py: one method for each operation of openapi.yaml, with the standard library alone.

In a folder with the tools of the tests::

    python docs/examples/write_client.py | ruff format --stdin-filename client.py - > docs/examples/client.py
"""

from __future__ import annotations

import keyword
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "openapi.yaml"
_TYPES: Final = {"string": "str", "integer": "int", "boolean": "bool", "number": "float"}
_HEAD: Final = '''\
"""Specward's API: one method for each operation, with the standard library alone.

Made from openapi.yaml by docs/examples/write_client.py. Copy it, and make it anew when the document changes.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

ROOT = "/api/v1"


class Problem(Exception):
    """A refusal (RFC 9457). ``code`` stays as it is; ``said`` is all of it, ``headers`` are those of the answer."""

    def __init__(self, status: int, said: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.status, self.said, self.headers = status, said, headers
        self.code = str(said.get("code", ""))
        super().__init__(f"{status} {self.code}: {said.get('detail', '')}")


class Client:
    """Asks at ``address`` (``https://acme.example``) with a token. ``host`` where the address is not the tenant's own.

    Answers are what their JSON says; of an export, its bytes. Raises Problem, and OSError where nobody answers.
    """

    def __init__(self, address: str, token: str, *, host: str | None = None, timeout: float = 600) -> None:
        if not address.startswith(("https://", "http://")):
            raise ValueError("Write the address as https://...")
        self._address, self._timeout = address.rstrip("/"), timeout
        self._headers = {"Authorization": f"Bearer {token}"} | ({"Host": host} if host else {})

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
    ) -> Any:
        asked = urllib.parse.urlencode({k: v for k, v in (query or {}).items() if v is not None})
        sent = {**self._headers, **{k: str(v) for k, v in (headers or {}).items() if v is not None}}
        if body is not None:
            sent["Content-Type"] = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        address = f"{self._address}{ROOT}{path}" + (f"?{asked}" if asked else "")
        request = urllib.request.Request(address, content, sent, method=method)  # noqa: S310  # see __init__
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                kind, found = answer.headers.get_content_type(), answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                raise Problem(refused.code, _said(refused.read()), dict(refused.headers)) from None
        return json.loads(found) if kind == "application/json" and found else found or None


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}  # of something on the way, which is none of ours
    return said if isinstance(said, dict) else {}


def _in_path(value: object) -> str:
    return urllib.parse.quote(str(value), safe="")
'''


def written(document: Mapping[str, Any]) -> str:
    """The client of a document."""
    methods = [
        _method(path, method.upper(), operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    head, after = _HEAD.split("\n\ndef _said", 1)
    return f"{head}\n{''.join(methods)}\n\ndef _said{after}"


def _method(path: str, method: str, operation: Mapping[str, Any]) -> str:
    by_place: dict[str, list[Mapping[str, Any]]] = {"path": [], "query": [], "header": []}
    for parameter in operation.get("parameters", []):
        by_place[parameter["in"]].append(parameter)
    contents = operation.get("requestBody", {}).get("content", {})
    takes = [f"{_name(one)}: str" for one in by_place["path"]]
    if contents:
        takes.append("body: Mapping[str, Any]" if "application/json" in contents else "body: bytes")
    named = [*by_place["query"], *by_place["header"]]
    if named:
        takes += ["*", *(_taken(one) for one in sorted(named, key=lambda one: not one.get("required", False)))]
    spelled = path.removeprefix("/api/v1")
    for one in by_place["path"]:
        spelled = spelled.replace(f"{{{one['name']}}}", f"{{_in_path({_name(one)})}}")
    asks = [f'"{method}"', f'f"{spelled}"' if by_place["path"] else f'"{spelled}"']
    for place, argument in (("query", "query"), ("header", "headers")):
        if by_place[place]:
            given = ", ".join(f'"{one["name"]}": {_name(one)}' for one in by_place[place])
            asks.append(f"{argument}={{{given}}}")
    if contents:
        asks.append("body=body")
    lines = [
        f"    def {operation['operationId']}({', '.join(['self', *takes])}) -> Any:",
        f'        """{operation["summary"]}."""',
        f"        return self._ask({', '.join(asks)})",
    ]
    return "\n" + "\n".join(lines) + "\n"


def _name(parameter: Mapping[str, Any]) -> str:
    name: str = parameter["name"].lower().replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


def _taken(parameter: Mapping[str, Any]) -> str:
    kind = _TYPES.get(parameter["schema"].get("type", ""), "str")
    if parameter.get("required", False):
        return f"{_name(parameter)}: {kind}"
    return f"{_name(parameter)}: {kind} | None = None"


if __name__ == "__main__":
    sys.stdout.write(written(yaml.safe_load(DOCUMENT.read_text("utf-8"))))
