"""What a compliance officer does: has every check run, sees whether the promises are kept, and takes the evidence home.

As the pages do it, by Cora's session; what is taken home is checked by ``specward verify``, which asks nobody of the
service.
"""

from __future__ import annotations

import datetime
import os
from typing import TYPE_CHECKING, Any

from config.embedded.place import ROOT
from demo.people import CORA
from demo.proving import read, verified
from demo.visitor import Refused, Visitor

if TYPE_CHECKING:
    from demo.serving import Demo

_API = "/api/v1/compliance"


def prove_the_promises(demo: Demo) -> str:
    """Has what is due run, and says how the promises stand; gives the command by which anybody verifies the evidence.

    Raises :class:`Refused` where one is broken, or the evidence does not hold.
    """
    from apps.compliance.tasks import run_due_everywhere
    from apps.tenants.walls import Walls, behind

    with behind(Walls()):
        run_due_everywhere()  # which the schedule does every five minutes
    visitor = demo.visitor(CORA)
    visitor.sign_in(CORA.email, demo.passwords[CORA.name])
    checks = demo.waited(lambda: _all_run(visitor), "The checks of Acme", seconds=240)
    posture = read(visitor.ask(f"{_API}/posture"))
    broken = [f"{one['title']}: {one['because']}" for one in checks if one["standing"] in ("broken", "unknown")]
    if broken:
        raise Refused("Promises to Acme that are not kept:\n  " + "\n  ".join(broken))
    kept = sum(one["outcome"] == "pass" for one in checks)
    promises = [one for one in posture["promises"] if one["standing"] == "kept"]
    demo.say(
        f"  {len(promises)} of {len(posture['promises'])} promises are kept, by {kept} checks of the running system; "
        f"{len(checks) - kept} have nothing here to look at, and say why"
    )
    return _taken_home(demo, visitor, len(checks))


def _all_run(visitor: Visitor) -> list[dict[str, Any]] | None:
    found: list[dict[str, Any]] = read(visitor.ask(f"{_API}/checks"))["items"]
    return found if all(one["last_at"] for one in found) else None


def _taken_home(demo: Demo, visitor: Visitor, least: int) -> str:
    """Once the log's newest head covers the runs, which is a second or so."""
    key = read(visitor.ask("/api/v1/audit/log"))["keys"][0]["key"]
    today = datetime.datetime.now(datetime.UTC).date()
    days = f"first={today - datetime.timedelta(days=1)}&last={today}"
    file = demo.folder.root / "acme-evidence.zip"
    words = ["verify", os.path.relpath(file, ROOT), "--key", key]

    def proven() -> dict[str, Any] | None:
        file.write_bytes(visitor.ask(f"{_API}/evidence?{days}").content)
        report = verified(words, 0)
        return report if not report["waiting"] else None

    report = demo.waited(proven, "The log's head over the evidence", seconds=30)
    if report["proven"] < least:
        raise Refused(f"The evidence proves {report['proven']} runs of at least {least}.")
    demo.say(f"  Acme's evidence: {report['proven']} runs of checks, each verified offline against the signed log")
    return f".venv/bin/specward verify {words[1]} --key '{key}'"
