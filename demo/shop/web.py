"""What a page's function gets and gives: a request with its form, and an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qs

from demo.shop.markup import page
from demo.shop.rules import Rules
from demo.shop.sessions import Session


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    content: bytes


@dataclass(slots=True)
class Request:
    """One request of one visitor."""

    method: str
    path: str
    query: dict[str, list[str]]
    form: dict[str, str]
    files: dict[str, Upload]
    session: Session
    rules: Rules
    banner: str = ""

    def asked(self, name: str) -> str:
        return self.query.get(name, [""])[0]


@dataclass(slots=True)
class Answer:
    """What is sent back."""

    body: str = ""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Answer]
ROUTES: dict[tuple[str, str], Handler] = {}


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Registers a page; a path that ends in ``/*`` takes everything below it."""

    def keep(handler: Handler) -> Handler:
        ROUTES[(method, path)] = handler
        return handler

    return keep


def find(method: str, path: str) -> Handler | None:
    """The page at a path."""
    parent = path.rpartition("/")[0]
    return ROUTES.get((method, path)) or ROUTES.get((method, f"{parent}/*"))


def show(request: Request, title: str, body: str, *scripts: str, status: int = 200) -> Answer:
    """A page in the shop's frame."""
    count = request.rules.count(request.session)
    return Answer(page(title, body, request.session, count, scripts=scripts), status)


def go(path: str) -> Answer:
    """See other: what a form's success answers, so that a reload does not send it twice."""
    return Answer(status=303, headers={"Location": path})


def missing(request: Request) -> Answer:
    return show(request, "Not found", "<h1>There is nothing here</h1><p>The page may have moved.</p>", status=404)


def read_form(kind: str, body: bytes) -> tuple[dict[str, str], dict[str, Upload]]:
    """A form as browsers send it: urlencoded, or multipart where files come with it."""
    if not kind.startswith("multipart/form-data"):
        found = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[-1] for name, values in found.items()}, {}
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    form: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", "", header="content-disposition"))
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        file = part.get_filename()
        if file is None:
            form[name] = content.decode("utf-8", "replace")
        else:
            files[name] = Upload(file, content)
    return form, files
