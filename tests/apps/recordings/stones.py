"""What is taken out of uploads, one at a time, and the test that must see it (``tests/apps/mutations.py``)."""

from __future__ import annotations

from typing import Final

_UPLOADS: Final = "test_uploads.py::test_"

STONES: Final = (
    # name, module, text, the text in its place, test
    (
        "both of two parts count",
        "uploads",
        "filter(id=upload.id, offset=offset, expires__gt=Now()).update(",
        "filter(id=upload.id, expires__gt=Now()).update(",
        _UPLOADS + "of_two_parts_at_the_same_offset_one_counts_and_the_other_is_told",
    ),
    (
        "a part that does not count stays",
        "uploads",
        '        _delete(f"{_FOLDER}{upload.id}/{part}")\n        raise _overtaken',
        "        raise _overtaken",
        _UPLOADS + "of_two_parts_at_the_same_offset_one_counts_and_the_other_is_told",
    ),
    (
        "a part that broke off counts",
        "uploads",
        "        if self._left:\n            raise _Short",
        "        if self._left is None:\n            raise _Short",
        _UPLOADS + "a_part_that_breaks_off_keeps_nothing",
    ),
    (
        "an upload is completed by everybody",
        "uploads",
        "completing__isnull=True, recording__isnull=True, ",
        "",
        _UPLOADS + "it_is_completed_once",
    ),
    (
        "what is refused stays",
        "uploads",
        "        _remove(upload.id)\n        raise refusal",
        "        raise refusal",
        _UPLOADS + "what_is_refused_at_the_end_leaves_nothing",
    ),
    (
        "parts without an upload stay",
        "uploads",
        "if id is not None and not _may_count(rows.get(id), name):",
        "if id is None:",
        _UPLOADS + "parts_of_an_upload_that_no_row_has_are_taken_away",
    ),
    (
        "what is forgotten while it is read arrives",
        "uploads",
        "    if not is_wanted:",
        "    if is_wanted is None:",
        _UPLOADS + "what_is_forgotten_while_it_is_read_is_not_kept",
    ),
    (
        "an upload is stuck where the vault failed",
        "uploads",
        "            Upload.objects.filter(id=upload.id).update(completing=None)",
        "            pass",
        _UPLOADS + "where_the_vault_fails_the_upload_is_still_there",
    ),
)
