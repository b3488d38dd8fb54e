"""The page of the docs that lists promises, controls and checks: made from what the code says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from apps.compliance.catalogue import catalogue
from apps.compliance.promises import VERSION, Promise, Threat, digest

_HEAD: Final = """\
# Promises, controls and checks

Made from the code by `manage.py controls --file docs/controls.md`; a test compares them. What a check is, how it runs
and what is kept of it is told in [the evidence](compliance.md). Criteria are identifiers of the AICPA's Trust Services
Criteria, which the controls are designed for; nothing here says that anybody has certified them.
"""


def page() -> str:
    """The whole page."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    ours = catalogue()
    yield _HEAD
    yield f"\nVersion {VERSION} of the promises, SHA-256 `{digest()}`.\n\n## Promises\n"
    for promise in ours.promises:
        yield from _told(promise, promise.how)
    yield "\n## Threats\n"
    for threat in ours.threats:
        yield from _told(threat, threat.answer)
    yield "\n## Controls\n\n| control | serves | criteria | mended by | runs | checks |\n|---|---|---|---|---|---|\n"
    for control in ours.controls.values():
        checks = ", ".join(f"`{key}`" for key in control.checks)
        yield (
            f"| **{control.key}** {control.title}. {control.words} | {', '.join(control.serves)} "
            f"| {', '.join(control.criteria)} | {control.owner.words} | {control.every.words} | {checks} |\n"
        )
    yield "\n## Checks\n\n| check | it passes when | it looks at | what to do when it fails |\n|---|---|---|---|\n"
    for key, check in sorted(ours.checks.items()):
        yield f"| `{key}` | {check.title} | {check.words} | {check.mend} |\n"


def _told(one: Promise | Threat, how: str) -> Iterator[str]:
    yield f"\n### {one.key}: {one.title}\n\n{one.words}\n\n{how}"
    if one.not_yet:
        yield f"\n\n*{one.not_yet}*"
    places = (f"[{place}]({place.removeprefix('docs/')})" for place in one.docs)
    controls = ", ".join(control.key for control in catalogue().serving(one.key)) or "none"
    yield f"\n\nTold in {', '.join(places)}. Controls: {controls}.\n"
