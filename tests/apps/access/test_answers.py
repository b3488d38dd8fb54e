"""What is made alike before two answers are compared."""

from __future__ import annotations

from apps.access.answers import _alike


def test_an_id_that_is_the_number_of_a_day_leaves_no_time_in_the_answer() -> None:
    asked = [f'<time datetime="2026-11-24T18:43:{second}Z">entry 24</time>' for second in ("08", "09")]
    assert {_alike(body, ("24",)) for body in asked} == {'<time datetime="<time>">entry <id></time>'}


def test_an_id_is_a_whole_word() -> None:
    assert _alike("404 for 4", ("4",)) == "404 for <id>"
