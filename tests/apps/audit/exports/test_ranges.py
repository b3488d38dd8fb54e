"""Ranges of bytes as RFC 9110 says: any cut of a file gives the same bytes, and what is no range gives all of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.audit.exports.ranges import Stretch, Unsatisfiable, Wanted

TAG = '"0f1e"'


@given(size=st.integers(0, 2_000), first=st.integers(0, 2_500), last=st.integers(0, 2_500))
@settings(max_examples=300)
def test_a_range_is_what_a_list_of_bytes_would_be_cut_to(size: int, first: int, last: int) -> None:
    whole = list(range(size))
    found = Wanted(f"bytes={first}-{last}").of(size, TAG)
    if last < first:
        assert found is None
    elif first >= size:
        assert found == Unsatisfiable(size)
    else:
        assert isinstance(found, Stretch) and whole[found.first : found.end] == whole[first : last + 1]
        assert found.content_range == f"bytes {first}-{min(last, size - 1)}/{size}"


@given(size=st.integers(0, 2_000), suffix=st.integers(0, 2_500))
def test_a_suffix_is_the_end_of_it(size: int, suffix: int) -> None:
    whole = list(range(size))
    found = Wanted(f"bytes=-{suffix}").of(size, TAG)
    if not size or not suffix:
        assert found == Unsatisfiable(size)
    else:
        assert isinstance(found, Stretch) and whole[found.first : found.end] == whole[-suffix:]


@given(size=st.integers(1, 2_000), data=st.data())
def test_a_range_without_an_end_goes_on_to_the_last_byte(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, size - 1))
    assert Wanted(f"bytes={first}-").of(size, TAG) == Stretch(first, size, size)


NO_RANGES = (
    "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1-2,4-5", "bytes=5-2", "lines=1-2", "bytes=1-2 x",
    " bytes=0-1", "bytes=+1-2",
    "bytes=1 - 2", "bytes=0x1-2", "bytes=\u0661-\u0662", "bytes=1--2", "bytes=" + "9" * 19 + "-",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_RANGES)
def test_what_is_no_range_or_several_gives_all_of_it(text: str) -> None:
    assert Wanted(text).of(100, TAG) is None


@pytest.mark.parametrize(
    ("if_range", "is_partial"),
    [(TAG, True), ("", True), ('"other"', False), (f"W/{TAG}", False), ("Sat, 28 Nov 2026 01:00:00 GMT", False)],
)
def test_a_range_of_another_file_gives_all_of_this_one(if_range: str, is_partial: bool) -> None:
    found = Wanted("bytes=10-19", if_range).of(100, TAG)
    assert (found == Stretch(10, 20, 100)) if is_partial else (found is None)


def test_a_range_of_another_file_that_begins_behind_the_end_gives_all_too() -> None:
    assert Wanted("bytes=1000-", '"other"').of(100, TAG) is None
    assert Wanted("bytes=1000-", TAG).of(100, TAG) == Unsatisfiable(100)
    assert Unsatisfiable(100).content_range == "bytes */100"


def test_the_units_name_may_be_written_large() -> None:
    assert Wanted("Bytes=0-0").of(1, TAG) == Stretch(0, 1, 1)
