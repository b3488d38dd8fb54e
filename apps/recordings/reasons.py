"""Why a recording got no spec, in words: one table by the stable code that its row holds.

The words are ours and the same for every recording: nothing of what was recorded is in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reason:
    """``what`` happened, and what to do ``next``. ``again``: whether another try may end otherwise."""

    what: str
    next: str
    again: bool = False


_ASK: Final = "If it comes again, tell us the recording's id and this code."

REASONS: Final[Mapping[str, Reason]] = {
    "recording-refused": Reason(
        "The recording cannot be followed to its end: an event is not as rrweb writes it, or it is over a limit.",
        "Export the session again, whole, and upload that. Longer sessions fit as several shorter recordings.",
    ),
    "recording.unreadable": Reason(
        "It cannot be read as rrweb events.",
        "Upload the events of one session as rrweb, PostHog or Sentry export them: JSON or JSON lines.",
    ),
    "recording.too_large": Reason(
        "It holds more than your plan takes in.",
        "Cut the session into shorter recordings, or ask for a larger plan.",
    ),
    "recording.altered": Reason(
        "The stored bytes are not those that were uploaded, so nothing was made of them.",
        "Discard it and upload the session again. Tell us the recording's id: this should not happen.",
    ),
    "recording.upload_lost": Reason(
        "The upload took too long, and was given up.", "Upload it again, over a faster line or in shorter recordings."
    ),
    "generation.gate_refused": Reason(
        "A spec was written, and our own check refused it: it would not have been safe or exact enough to show you.",
        "Record the path again with fewer detours and upload that. Tell us the recording's id, so that we can mend it.",
    ),
    "generation.worker_lost": Reason(
        "Several workers stopped while they were at it: it may be too large for them, or they were restarted.",
        "Try again. If that ends the same, cut the session into shorter recordings.",
        again=True,
    ),
    "generation.unexpected": Reason(
        "Something in it surprised our code, which stopped.", f"Try again once. {_ASK}", again=True
    ),
    "sheet-refused": Reason(
        "What was kept of the recording for its spec is over a limit.",
        "Record a shorter path, and upload that.",
    ),
    "spec-refused": Reason(
        "What was recorded cannot be written as a spec.",
        "Record the path again with fewer detours, and upload that.",
    ),
    "url-refused": Reason(
        "The recorded page has an address that no spec may open: only http and https are.",
        "Record the path on the site itself, not on a local file.",
    ),
    "vault.key_disabled": Reason(
        "The key that it is sealed under is disabled.",
        "Whoever keeps your keys enables it again; then try again.",
        again=True,
    ),
    "vault.key_destroyed": Reason(
        "The key that it is sealed under is destroyed: nobody can open it any more.",
        "Discard it, and upload the session again.",
    ),
    "vault.key_missing": Reason(
        "The key that it is sealed under is not there.",
        f"Try again once the keys are back. {_ASK}",
        again=True,
    ),
    "vault.key_service_failed": Reason(
        "The key service did not answer, so it could not be opened.", "Try again in a few minutes.", again=True
    ),
    "vault.no_such_object": Reason(
        "Its bytes are not in the store any more.",
        "Discard it, and upload the session again. Tell us the recording's id: this should not happen.",
    ),
    "vault.store_tampered": Reason(
        "The store holds something that is none of ours beside it, so nothing was opened.",
        "Nothing is lost. Tell us the recording's id at once; then try again.",
        again=True,
    ),
    "vault.does_not_open": Reason(
        "Its bytes do not open as what was sealed, so nothing was made of them.",
        "Discard it, and upload the session again. Tell us the recording's id at once.",
    ),
}
"""What each code means. ``reason_of`` answers for every other one."""

_OTHER: Final = Reason("No spec could be made of it.", f"Try again once. {_ASK}", again=True)


def reason_of(code: str) -> Reason:
    """The words for the code of a failure; such as always fit, for a code that nobody has described."""
    return REASONS.get(code, _OTHER)
