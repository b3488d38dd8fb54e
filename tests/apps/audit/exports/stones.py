"""What is taken out of exports, one at a time, and the test that must see it (``tests/apps/mutations.py``)."""

from __future__ import annotations

from typing import Final

_LIFE: Final = "exports/test_life.py::test_"
_PIECES: Final = "exports/test_pieces.py::test_"
_FORMATS: Final = "exports/test_formats.py::test_"
_BUNDLES: Final = "exports/test_bundles.py::test_"

STONES: Final = (
    # name, module, text, the text in its place, test
    (
        "an export goes on while the log grows",
        "exports.asking",
        "            size=size,\n",
        "            size=size + 1,\n",
        _FORMATS + "an_export_ends_where_it_was_asked_for_and_never_holds_its_own_entry",
    ),
    (
        "an export is no entry",
        "exports.asking",
        "        record(Action.EXPORT, export, details=details,",
        "        str(details)\n        (lambda *_, **__: None)(Action.EXPORT, export, details=details,",
        _LIFE + "asking_is_an_entry_with_who_what_and_how_and_no_value_of_a_filter",
    ),
    (
        "any number may be asked for",
        "exports.asking",
        ".count() >= MOST:",
        ".count() >= 10 * MOST:",
        _LIFE + "five_are_under_way_and_no_more",
    ),
    (
        "a late worker is believed",
        "exports.life",
        "return Q(id=claimed.export.id, fence=claimed.fence, state=State.MAKING)",
        "return Q(id=claimed.export.id, state=State.MAKING)",
        _LIFE + "of_two_workers_one_has_it_and_the_late_one_says_nothing_more",
    ),
    (
        "workers die over an export for ever",
        "exports.life",
        "fence__gte=MOST_TURNS)",
        "fence__gte=1000)",
        _LIFE + "what_workers_die_over_is_given_up",
    ),
    (
        "files stay for ever",
        "exports.purging",
        "            pieces.delete(export)\n",
        "",
        _LIFE + "after_a_week_the_file_is_gone_and_the_row_says_so",
    ),
    (
        "what another has made is made again",
        "exports.pieces",
        "if number < len(self._before) and",
        "if number < 0 and",
        _PIECES + "a_worker_is_killed_and_the_next_one_goes_on_to_the_same_bytes",
    ),
    (
        "what another has made is not looked at",
        "exports.pieces",
        "_digest_of(self._claimed.export, self._before[number]) == digest:",
        "digest:",
        _PIECES + "a_log_that_is_pruned_between_two_workers_is_still_one_file",
    ),
    (
        "pieces have no turn in their names",
        "exports.pieces",
        'name = f"{self._claimed.fence:04}-{number:06}"',
        'name = f"0001-{number:06}"',
        _PIECES + "what_a_late_worker_writes_is_never_read",
    ),
    (
        "a range begins one byte late",
        "exports.pieces",
        "skip, end = max(stretch.first - begin, 0),",
        "skip, end = max(stretch.first - begin + 1, 0),",
        _PIECES + "any_cut_into_ranges_gives_the_same_bytes",
    ),
    (
        "a piece of another size is given out",
        "exports.pieces",
        "if stream.summary.size != min(export.piece, export.bytes - begin):",
        "if stream.summary.size > export.piece:",
        _PIECES + "a_piece_of_another_size_than_was_made_is_not_given_out",
    ),
    (
        "cells are formulas",
        "exports.cells",
        'if text.lstrip(" ").startswith(_FORMULA) else text',
        "if text is None else text",
        _FORMATS + "no_cell_is_a_formula_and_no_name_ends_a_row",
    ),
    (
        "filters leave out what explains the log",
        "exports.selecting",
        "_chosen(export.only, wanted, rows) | _explaining(rows)",
        "_chosen(export.only, wanted, rows)",
        _BUNDLES + "pruned_stretches_are_explained_by_the_entries_that_announced_them",
    ),
    (
        "what was taken away is explained",
        "exports.bundles",
        "            elif part.why is Why.MISSING:\n                continue\n",
        "",
        _BUNDLES + "an_entry_that_somebody_took_away_is_named_and_not_explained",
    ),
    (
        "what is announced later explains a bundle",
        "exports.selecting",
        "explained = index < one.by < export.size",
        "explained = index < one.by",
        _BUNDLES + "what_is_announced_only_behind_the_end_of_the_export_is_withheld",
    ),
    (
        "a checkpoint with a new key is left out",
        "exports.bundles",
        '        chosen |= set(took_over.values_list("size", flat=True)[:1])\n',
        "",
        _BUNDLES + "of_many_checkpoints_some_go_into_the_bundle",
    ),
    (
        "a range of another file is given",
        "exports.ranges",
        "or (self.if_range and self.if_range != etag):",
        "or (self.if_range and not etag):",
        "exports/test_ranges.py::test_a_range_of_another_file_gives_all_of_this_one",
    ),
)
