"""Evidence on a page: readable, bounded, and never more than text."""

from __future__ import annotations

from apps.console.posture.evidence import readable, words_of


def test_counts_names_and_lists_are_shown_as_what_they_are() -> None:
    found = readable({"tables_looked_at": 1234, "is_forced": True, "role": "specward_app", "why": None, "in": ["a"]})
    assert [(one.name, one.kind, one.text) for one in found] == [
        ("Tables looked at", "text", "1,234"),
        ("Is forced", "text", "yes"),
        ("Role", "text", "specward_app"),
        ("Why", "text", "nothing"),
        ("In", "items", ""),
    ]
    assert found[4].items == ["a"] and found[2].is_code and not found[0].is_code


def test_rows_become_a_table_with_every_column_that_one_of_them_has() -> None:
    (table,) = readable({"some": [{"name": "x", "of": 1}, {"name": "y", "late": True}]})
    assert table.columns == ["Name", "Of", "Late"]
    assert table.rows == [["x", "1", ""], ["y", "", "yes"]]
    (pairs,) = readable({"pairs": [["a", 1], ["b"]]})
    assert pairs.columns == ["1", "2"] and pairs.rows == [["a", "1"], ["b", ""]]


def test_what_was_counted_and_named_in_part_is_one_list() -> None:
    (late,) = readable({"late": {"count": 70, "first": ["a_1", "b_2"]}})
    assert (late.name, late.kind, late.items, late.more) == ("Late: 70", "items", ["a_1", "b_2"], 68)
    (none,) = readable({"late": {"count": 0, "first": []}})
    assert (none.name, none.text) == ("Late", "none")


def test_what_is_long_wide_or_deep_is_cut_and_counted() -> None:
    (many,) = readable({"ids": [str(n) for n in range(200)]})
    assert len(many.items) == 50 and many.more == 150
    (wide,) = readable({"rows": [{f"c{n}": n for n in range(30)}]})
    assert len(wide.columns) == 8
    deep: object = "end"
    for _ in range(30):
        deep = {"in": deep}
    assert len(str(readable({"deep": deep}))) < 4000
    (long,) = readable({"text": "x" * 5000})
    assert len(long.text) == 401 and long.text.endswith("…")


def test_what_would_turn_words_about_is_inert() -> None:
    (one,) = readable({"na\u202eme": "gnp\u202e.exe"})
    assert "\u202e" not in one.name + one.text
    assert words_of("_late_") == "Late"


def test_no_evidence_is_an_empty_list_and_a_bare_value_has_a_name() -> None:
    assert readable({}) == [] and readable(None) == []
    assert [(one.name, one.text) for one in readable(7)] == [("Seen", "7")]
