"""What an auditor does with the log: takes a proof bundle home, and checks it with nothing but the log's key.

As the page's own scripts do it, by Alice's session; the check is ``specward verify``, which asks nobody of the service.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.embedded.place import ROOT
from demo.people import ALICE
from demo.visitor import Answer, Refused, Visitor

if TYPE_CHECKING:
    from demo.serving import Demo

_API = "/api/v1/audit"


def prove_the_log(demo: Demo) -> str:
    """Exports Acme's log and verifies it; gives the command by which anybody does that again. Raises :class:`Refused`.

    Then a byte of what the log says is changed in the file, and the verifier has to name that entry.
    """
    visitor = demo.visitor(ALICE)
    visitor.sign_in(ALICE.email, demo.passwords[ALICE.name])
    key = read(visitor.ask(f"{_API}/log"))["keys"][0]["key"]
    asked = read(visitor.send("POST", f"{_API}/exports", b'{"format":"bundle"}', "application/json"))
    made = demo.waited(lambda: _if_ready(visitor, asked["id"]), "The proof bundle of Acme's log")
    bundle = demo.folder.root / "acme-log.zip"
    bundle.write_bytes(visitor.ask(f"{_API}/exports/{asked['id']}/file").content)
    near = os.path.relpath(bundle, ROOT)
    words = ["verify", near, "--key", key]
    report = verified(words, 0)
    if (report["size"], report["entries"]) != (made["size"], made["entries"]) or not report["entries"]:
        raise Refused(f"The bundle has {report['entries']} of {report['size']} entries, and not {made['entries']}.")
    _refuse_unless_named(demo, words)
    demo.say(
        f"  Acme's log: {made['entries']:,} entries, {made['bytes']:,} bytes as a proof bundle, verified offline with "
        "the log's key; one that was changed in it is named"
    )
    return f".venv/bin/specward verify {near} --key '{key}'"


def _if_ready(visitor: Visitor, export: str) -> dict[str, Any] | None:
    found = read(visitor.ask(f"{_API}/exports/{export}"))
    if found["state"] == "failed":
        raise Refused(f"The proof bundle of Acme's log could not be made: {found['reason']}.")
    return found if found["state"] == "ready" else None


def _refuse_unless_named(demo: Demo, words: list[str]) -> None:
    """The words of one entry are changed where they stand in the file."""
    bundle = demo.folder.root / "acme-log.zip"
    changed = demo.folder.root / "acme-log-changed.zip"
    packed = io.BytesIO()
    with zipfile.ZipFile(bundle) as whole, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as copy:
        for member in whole.infolist():
            content = whole.read(member)
            if member.filename == "entries.jsonl":
                content = content.replace(b'"action":"sign-in"', b'"action":"sign-on"', 1)
            copy.writestr(zipfile.ZipInfo(member.filename), content)
    changed.write_bytes(packed.getvalue())
    try:
        report = verified([words[0], os.path.relpath(changed, ROOT), *words[2:]], 1)
    finally:
        changed.unlink()
    if [one["fault"] for one in report["findings"]] != ["changed"]:
        raise Refused(f"An entry of the log was changed, and the verifier says: {report['findings']}.")


def verified(words: list[str], code: int) -> dict[str, Any]:
    """The report of ``specward verify`` as JSON. Raises :class:`Refused` where it ends with another code."""
    program = Path(sys.executable).with_name("specward")
    ran = subprocess.run([program, *words, "--json"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode != code:
        raise Refused(
            f"specward verify ends with {ran.returncode}, not with {code}: {ran.stdout[:500]}{ran.stderr[:500]}"
        )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def read(answer: Answer) -> dict[str, Any]:
    """An answer of the API. Raises :class:`Refused` for a refusal."""
    if answer.status not in (200, 201, 202):
        raise Refused(f"The API answered {answer.status}: {answer.text[:300]}")
    found: dict[str, Any] = json.loads(answer.text)
    return found
