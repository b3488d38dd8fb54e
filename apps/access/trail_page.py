"""The page of the docs that lists what is an entry of the log: made from what the code says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from apps.access.endpoints import endpoints
from apps.access.trail import Entry, Trail, plain, trail_of
from apps.audit.vocabulary import MEANINGS, WRITES, Action

_HEAD: Final = """\
# The words of the log, and what leaves which

Made from the code by `manage.py audit_entries --file docs/audit-entries.md`; a test compares them. How the log is
kept and proven is in [the audit log](audit-log.md).

## §1 Actions

Few, and the same in the database, the console, the API and the exports. A number is never given another meaning.

| number | action | what it is an entry of |
|---|---|---|
"""

_DECISIONS: Final = """
## §2 What is an entry, and what is not

- **Every write** of a row, by whatever statement: the database's triggers record it, so no list of them is needed
  here.
- **A read** of what a recording, a spec, a version, a model call or a delivery holds: with the object's id, by page
  and by API alike. A list says which there are, and is none; its export is one.
- **Reading the log** is an access to it (`audit.entry`, without a key): once an hour for each person and each token,
  not for each page. Each export of it, and each download of an export, is an entry by itself.
- **A token acts like a person**: what it reads and changes are entries of the token, with its id. That it asked
  something else is none. Its first use is an entry (`token use`), and so is each use from an address that it was
  never used from; a use after it was revoked or has expired, from a network that it does not allow, or of somebody
  who is not let in any more, is a `refusal` that names the token.
- **A request that is refused or fails** leaves that and nothing else: what it had done is taken back with it.
- **Staff** that looks at a customer, or does something with one: in the platform's log, and what was done also in the
  customer's.
- **An operator's command** on a tenant (`tenant_key`, `log_key`): an `operation` in that tenant's log, before it is
  done. What it writes are entries besides, by `manage.py` and its name. What comes past the application altogether
  says so in its entry.

## §3 What each address leaves

Of a request that was answered. "writes" is create, update or delete. A page of both sites of the console stands here
once.

| request | entries |
|---|---|
"""


def page() -> str:
    """The whole page."""
    actions = "".join(f"| {action.value} | {action.label} | {MEANINGS[action]} |\n" for action in Action)
    return _HEAD + actions + _DECISIONS + "".join(f"| {request} | {said} |\n" for request, said in _rows())


def _rows() -> Iterator[tuple[str, str]]:
    shown = set()
    for endpoint in endpoints():
        for method in endpoint.methods:
            key = (plain(endpoint.name), method)
            trail = trail_of(endpoint, method)
            if key not in shown and trail is not None:
                shown.add(key)
                path = (
                    str(endpoint).replace("/platform/", "/console/") if endpoint.at_platform is None else str(endpoint)
                )
                yield f"`{method} {path}`", words(trail)


def words(trail: Trail) -> str:
    """What a trail says, in a line."""
    written = {entry.kind for entry in trail.entries if entry.action in WRITES}
    others = sorted((e for e in trail.entries if e.action not in WRITES), key=lambda e: (e.action, e.kind))
    found = [_told(entry) for entry in others]
    if written:
        found.append("writes " + ", ".join(f"`{kind}`" for kind in sorted(written)))
    if trail.because:
        found.append(f"none: {trail.because}" if not found else f"(otherwise none: {trail.because})")
    return "; ".join(found)


def _told(entry: Entry) -> str:
    return f"{entry.action.label} `{entry.kind}`" if entry.kind else entry.action.label
