"""What specs refuse. Each has a stable code, and says what was refused, why, and the way out.

None quotes a spec: what the gate has to say, which quotes it, is in ``findings``, for those who may read the spec.
"""

from __future__ import annotations

from collections.abc import Sequence

from apps.tenants.refusals import Refusal
from specward.language.findings import Finding


class SpecError(Refusal):
    """Base of what specs refuse."""

    code = "spec"


class DoesNotPass(SpecError):
    """A text that is no spec, by the gate. ``findings`` says where and why; there is at least one."""

    code = "spec.does_not_pass"
    way_out = "Each finding says what to change."

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        more = f", and {len(self.findings) - 1} more" if len(self.findings) > 1 else ""
        super().__init__(f"This is no spec: line {first.line}, column {first.column} ({first.rule.value}){more}.")


class Unchanged(SpecError):
    """An edit that changes nothing."""

    code = "spec.unchanged"
    way_out = "Change it, or approve the version that is there."

    def __init__(self, number: int) -> None:
        super().__init__(f"This is the text of version {number}, which is kept as it is.")


class Overtaken(SpecError):
    """An edit of a version that is not the newest any more. ``newest`` is its number."""

    code = "spec.overtaken"
    way_out = "Look at what changed, and edit the newest version."

    def __init__(self, based_on: int, newest: int) -> None:
        self.newest = newest
        super().__init__(f"You edited version {based_on}; meanwhile there is version {newest}.")


class OtherDigest(SpecError):
    """An approval of another text than the version's."""

    code = "spec.other_digest"
    way_out = "Read the version again, and approve the digest that stands there."

    def __init__(self) -> None:
        super().__init__("The digest that was approved is not that of this version.")


class NeedsAnotherPerson(SpecError):
    """An approval by the writer of what the recording does not bear out."""

    code = "spec.needs_another_person"
    way_out = "Ask a colleague who may approve specs."

    def __init__(self, ungrounded: int) -> None:
        self.ungrounded = ungrounded
        super().__init__(
            f"This edit says {ungrounded} {'thing' if ungrounded == 1 else 'things'} that the recording does not bear "
            "out, and whoever wrote it does not approve it."
        )


class NotADraft(SpecError):
    """An approval of what is approved or retired already."""

    code = "spec.not_a_draft"
    way_out = "Edit it: the edit is a draft."

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(f"This version is {state}, and only a draft can be approved.")


class IsRetired(SpecError):
    """A change of a spec that is retired."""

    code = "spec.retired"
    way_out = "The next session that walks its path makes a new one."

    def __init__(self) -> None:
        super().__init__("This spec is retired.")


class NotApproved(SpecError):
    """An export of a spec of which no version is approved."""

    code = "spec.not_approved"
    way_out = "Have a version approved first."

    def __init__(self, count: int = 1) -> None:
        what = "This spec has" if count == 1 else f"{count} of these specs have"
        super().__init__(f"{what} no approved version, and nothing else leaves.")


class TooMany(SpecError):
    """An export of more specs than one project takes."""

    code = "spec.too_many"
    way_out = "Export fewer at a time."

    def __init__(self, most: int) -> None:
        super().__init__(f"One export takes 1 to {most} specs.")


class NotWhatWasKept(SpecError):
    """A version whose text has not its digest, or that no longer passes the gate."""

    code = "spec.not_what_was_kept"
    way_out = "It cannot be used. Have the spec made again, and tell us."

    def __init__(self) -> None:
        super().__init__("The text of this version is not the one that was kept.")
