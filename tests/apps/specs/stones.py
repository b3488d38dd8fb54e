"""What is taken out of specs, one at a time, and the test that must see it (``tests/apps/mutations.py``)."""

from __future__ import annotations

from typing import Final

_REVIEW: Final = "test_review.py::test_"
_VOUCHING: Final = "test_vouching.py::test_"

STONES: Final = (
    # name, module, text, the text in its place, test
    (
        "whoever wrote it approves it",
        "approving",
        "if ungrounded and by.id in writers_of(version):",
        "if ungrounded and version.written_by_id is None:",
        _REVIEW + "what_goes_beyond_the_recording_needs_another_person",
    ),
    (
        "any digest will do",
        "approving",
        "if not hmac.compare_digest(digest.lower().encode(), version.digest.encode()):",
        "if not digest:",
        _REVIEW + "the_digest_is_what_is_approved",
    ),
    (
        "the text is not held against its digest",
        "opening",
        "if not hmac.compare_digest(",
        "if not text and hmac.compare_digest(",
        _REVIEW + "a_text_that_is_not_the_one_that_was_kept_is_not_approved",
    ),
    (
        "an action that was seen may be done again",
        "opening",
        "new = evidence.added(checked.spec, sheet, beside)",
        "new = ()",
        _REVIEW + "what_goes_beyond_the_recording_needs_another_person",
    ),
    (
        "another value may be put in at another place",
        "evidence",
        "if not all(_put_in(arg, step, secret) for name, arg in call.args if name in _VALUES):",
        "if False:",
        _VOUCHING + "what_the_recording_did_not_do_needs_another_person",
    ),
    (
        "a secret may go into another field",
        "evidence",
        "return step.value is None and arg.name == secret",
        "return step.value is None",
        _VOUCHING + "what_the_recording_did_not_do_needs_another_person",
    ),
    (
        "a drag may go the other way",
        "evidence",
        "if step.kind is ActionKind.DRAG:",
        "if False:",
        _VOUCHING + "what_was_dragged_there_is_not_dragged_back",
    ),
    (
        "a spec may begin from another state",
        "opening",
        "if evidence.begins_otherwise(checked.spec, beside):",
        "if False:",
        _VOUCHING + "what_the_recording_did_not_do_needs_another_person",
    ),
    (
        "whoever mends a title vouches for the rest",
        "approving",
        "if ungrounded and by.id in writers_of(version):",
        "if ungrounded and by.id == version.written_by_id:",
        _VOUCHING + "whoever_only_changed_the_title_has_not_vouched_for_the_rest",
    ),
    (
        "what is beyond the recording is not counted",
        "editing",
        "ungrounded=len(checked.ungrounded),",
        "ungrounded=0,",
        _REVIEW + "what_goes_beyond_the_recording_needs_another_person",
    ),
    (
        "an edit of any version is the newest",
        "editing",
        "if based_on != latest or newest.number != latest:",
        "if newest.number != latest:",
        _REVIEW + "an_edit_of_what_was_overtaken_or_that_changes_nothing_is_refused",
    ),
    (
        "what is no spec is kept",
        "editing",
        "if checked.spec is None or checked.text is None:",
        "if checked.text is None and checked.spec is not None:",
        _REVIEW + "what_is_no_spec_is_no_version",
    ),
    (
        "the version before stays approved",
        "approving",
        "spec.versions.filter(state=SpecVersion.State.APPROVED).exclude(id=version.id).update(",
        "spec.versions.filter(state=SpecVersion.State.RETIRED).exclude(id=version.id).update(",
        _REVIEW + "of_two_approved_versions_the_newer_one_counts",
    ),
    (
        "a retired spec is edited",
        "editing",
        "if locked.retired is not None:",
        "if locked.retired is None and not locked.pk:",
        _REVIEW + "a_retired_spec_is_left_alone_and_its_path_makes_another",
    ),
    (
        "drafts are exported",
        "exporting",
        "state=SpecVersion.State.APPROVED\n    )",
        "state__in=SpecVersion.State.values\n    )",
        _REVIEW + "only_what_is_approved_leaves_and_the_log_says_so",
    ),
    (
        "an export leaves no entry",
        "exporting",
        "for version in ordered:\n        record(",
        "for version in ordered[:0]:\n        record(",
        _REVIEW + "only_what_is_approved_leaves_and_the_log_says_so",
    ),
    (
        "each session makes a spec",
        "generation",
        "spec = grouping.spec_on(path)",
        "spec = grouping.spec_on(path + str(claimed.id))",
        _REVIEW + "sessions_of_one_path_make_one_spec_that_says_how_many_it_covers",
    ),
    (
        "paths are kept as they are",
        "grouping",
        "return keyed_digest(_KEY, path_signature(trace))",
        "return path_signature(trace) * 2",
        _REVIEW + "a_path_says_nothing_to_whoever_knows_the_site",
    ),
)
