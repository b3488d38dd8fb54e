"""Addresses lose credentials, tokens and personal data before anything else sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specward.recording.scrubbing import scrub


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://alice:hunter2@shop.example/cart", "/cart"),
        ("https://shop.example/login?username=alice&password=hunter2", "/login"),
        ("https://shop.example/pay?creditcard=4111111111111111", "/pay"),
        ("https://shop.example/search?q=mugs&page=2", "/search?q=mugs&page=2"),
        ("https://shop.example/search?q=alice%40acme.example", "/search"),
        ("https://shop.example/?utm_source=mail&gclid=abc&q=mug", "/?q=mug"),
        ("https://shop.example/cb?code=abc&state=xyz", "/cb"),
        ("https://shop.example/a#access_token=abc", "/a"),
        ("https://shop.example:443/a", "/a"),
        ("https://shop.example", "/"),
        ("https://shop.example/reset/8f3k2j5h6g7d9s0a1b2c/confirm", "/reset/"),
        ("https://shop.example/u/alice@acme.example/orders", "/u/"),
        ("https://shop.example/call?tel=%2B49+30+1234567", "/call"),
        ("https://shop.example/orders?n=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2ln", "/orders"),
    ],
)
def test_what_must_not_be_kept_goes(url: str, kept: str) -> None:
    address = scrub(url)
    assert address is not None
    assert address.path == kept


def test_a_path_that_was_cut_is_never_taken_for_whole() -> None:
    address = scrub("https://shop.example/reset/8f3k2j5h6g7d9s0a1b2c")
    assert address is not None and not address.whole


@pytest.mark.parametrize(
    "url", ["about:blank", "#", "", "javascript:alert(1)", "data:,x", "file:///etc/passwd", "https://", "http://[::1"]
)
def test_what_is_no_http_address_gives_none(url: str) -> None:
    assert scrub(url) is None


@given(st.text(max_size=200))
def test_no_text_makes_it_crash(text: str) -> None:
    scrub(text)
    scrub("https://shop.example/" + text)


@given(st.text("abcdefXYZ0123456789-_", min_size=1, max_size=30))
def test_a_password_is_never_in_the_result(password: str) -> None:
    secret = f"pw{password}pw"
    address = scrub(f"https://u:{secret}@shop.example/a?password={secret}&b=1#token={secret}")
    assert address is not None and secret not in address.url
