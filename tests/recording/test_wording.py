"""What may be said in a spec: not what is masked, not what reads differently tomorrow, not what nobody can see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specward.recording.masking import is_masked
from specward.recording.volatile import is_generated_id, is_volatile
from specward.recording.wording import is_printable, is_sayable


@pytest.mark.parametrize("text", ["***", "**** ***", "*", " * ", "Hello ****", "••••••", "a***b"])
def test_masked_text_is_known(text: str) -> None:
    assert is_masked(text) and not is_sayable(text)


@pytest.mark.parametrize("text", ["Name *", "* required", "5 * 3", "", " ", "Mug"])
def test_an_asterisk_alone_is_no_mask(text: str) -> None:
    assert not is_masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24", "24.11.2026", "11/24/26", "Nov 24", "24 November 2026", "November 2026", "Monday, 3",
        "© 2026 Shop",
        "12:30", "9 pm", "3 minutes ago", "just now", "yesterday", "in 2 days", "5 days left", "vor 3 Tagen",
        "Order #48213", "Invoice 2041", "no. 12345", "Ticket ABC-10422", "AB-12345", "1234567",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "deadbeef42", "a1b2c3d4e5", "1.2k views", "12 people", "2026年",
    ],
)  # fmt: skip
def test_what_will_read_differently_tomorrow_is_volatile(text: str) -> None:
    assert is_volatile(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thank you", "Blue mug", "€12.00", "$1,299.00", "Total: €52.50", "2 products found", "Page 3", "SMTX OS 5.0",
        "May",
        "March forward", "Version 1.2.3", "20% off", "Step 2 of 4", "H2O", "MP3", "100 g", "Second form button",
        "iPhone 15",
    ],
)  # fmt: skip
def test_what_stays_may_be_asserted(text: str) -> None:
    assert is_sayable(text)


@pytest.mark.parametrize(
    "id", ["ember123", ":r3:", "css-1x2Y3z", "radix-7", "8f8bb5a9-90d2-5970", "mui-42", "item_10442", ""]
)
def test_an_id_that_a_build_made_is_known(id: str) -> None:
    assert is_generated_id(id)


@pytest.mark.parametrize("id", ["doc-search", "toggleSwitch", "cart", "menu-header", "h2", "main_content"])
def test_an_id_that_a_person_gave_is_kept(id: str) -> None:
    assert not is_generated_id(id)


@pytest.mark.parametrize("text", ["a\x00", "a\u202eb", "a\u200bb", "\ud800", "a\nb", "\ue000", "a\u2028b"])
def test_what_nobody_can_see_is_not_printable(text: str) -> None:
    assert not is_printable(text)


@given(st.text())
def test_no_text_makes_the_checks_crash(text: str) -> None:
    is_sayable(text)
    is_generated_id(text)


@given(st.integers(0, 40), st.sampled_from(["a", "1", ":", "-", " ", "ago", "0x", "#", "."]))
def test_long_runs_take_no_time(length: int, unit: str) -> None:
    is_volatile(unit * (length * 50))
    is_generated_id(unit * (length * 50))
