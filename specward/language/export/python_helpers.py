"""The helper functions of an exported Python test. Fixed text: nothing of a spec enters it."""

from __future__ import annotations

from typing import Final

# helper: (imports it needs from the standard library, its code)
HELPERS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "step": (
        ("from collections.abc import Iterator", "from contextlib import contextmanager"),
        '''\
@contextmanager
def step(title: str) -> Iterator[None]:
    """Says in which step a test failed."""
    try:
        yield
    except Exception as error:
        error.add_note("In the step: " + title)
        raise
''',
    ),
    "secret": (
        ("import os",),
        '''\
def secret(name: str) -> str:
    """The value of a secret, from the environment."""
    value = os.environ.get("SPECWARD_SECRET_" + name)
    if value is None:
        raise LookupError("Set the environment variable SPECWARD_SECRET_" + name + ".")
    return value
''',
    ),
    "fixture": (
        ("from pathlib import Path",),
        '''\
def fixture(name: str) -> Path:
    """The path of a file in the folder of fixtures."""
    return Path(__file__).parent.parent / "fixtures" / name
''',
    ),
    "read_state": (
        ("import json", "from pathlib import Path", "from typing import Any"),
        '''\
def read_state(name: str) -> dict[str, Any]:
    """Cookies and local storage that a set-up spec has left."""
    text = (Path(__file__).parent.parent / "states" / (name + ".json")).read_text(encoding="utf-8")
    state: dict[str, Any] = json.loads(text)
    return state


def storage_state() -> dict[str, Any]:
    """The state that the test starts from."""
    states = [read_state(name) for name in REQUIRES]
    return {
        "cookies": [cookie for state in states for cookie in state["cookies"]],
        "origins": [origin for state in states for origin in state["origins"]],
    }
''',
    ),
    "url_pattern": (
        ("import re", "from urllib.parse import urlsplit"),
        '''\
def url_pattern(url: str) -> re.Pattern[str]:
    """Matches a URL; a query or fragment counts only where it is given."""
    parts = urlsplit(BASE_URL)
    whole = parts.scheme + "://" + parts.netloc + url if url.startswith("/") else url
    rest, hash_sign, fragment = whole.partition("#")
    address, question_mark, query = rest.partition("?")
    return re.compile(
        "^"
        + re.escape(address)
        + (re.escape("?" + query) if question_mark else r"(\\?[^#]*)?")
        + (re.escape("#" + fragment) if hash_sign else "(#.*)?")
        + "$"
    )
''',
    ),
    "answer_next_dialog": (
        ("from collections.abc import Callable",),
        '''\
LISTENING: list[Page] = []
ANSWERS: list[Callable[[Dialog], None]] = []


def answer_next_dialog(page: Page, answer: Callable[[Dialog], None]) -> None:
    """Answers dialogs in the order they are opened; one that nobody has an answer for is dismissed."""
    if page not in LISTENING:
        LISTENING[:] = [page]
        ANSWERS.clear()
        page.on("dialog", lambda dialog: ANSWERS.pop(0)(dialog) if ANSWERS else dialog.dismiss())
    ANSWERS.append(answer)
''',
    ),
    "expect_popup": (
        ("import re", "import time"),
        '''\
def expect_popup(page: Page, url: re.Pattern[str]) -> None:
    """Waits up to five seconds for another page at this URL."""
    until = time.monotonic() + 5
    while True:
        opened = [other.url for other in page.context.pages if other != page]
        if any(url.search(other) for other in opened):
            return
        assert time.monotonic() < until, "No page was opened at the URL; open are: " + repr(opened)
        page.wait_for_timeout(100)
''',
    ),
}
