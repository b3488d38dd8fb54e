"""Where a spec may go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specward.language.urls import UrlRefused, canonical_origin, canonical_url, origin_of
from tests.language import own_cases

ORIGIN = "https://shop.example"
ALLOWED = (ORIGIN, "https://pay.example:8443", "https://xn--bcher-kva.example")
CASES = own_cases.read("urls")


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["url"])[:60])
def test_a_url_has_one_canonical_form_or_is_refused(case):
    if case["expected"] is None:
        with pytest.raises(UrlRefused) as refused:
            canonical_url(case["url"], ORIGIN, ALLOWED)
        assert str(refused.value).endswith(".")
        assert refused.value.hint
        assert str(refused.value).isprintable()
    else:
        assert canonical_url(case["url"], ORIGIN, ALLOWED) == case["expected"]
        assert canonical_url(case["expected"], ORIGIN, ALLOWED) == case["expected"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://shop.example@evil.example/", "user name"),
        ("https://sh%6fp.example/", "escape"),
        ("https://sh\u043ep.example/", "outside ASCII"),
        ("https://shop.example./", "plain host"),
        ("//evil.example/", "two slashes"),
        ("/.//evil.example/", "two slashes"),
        ("/a\\b", "backslash"),
        ("javascript:alert(1)", "neither a path"),
        ("https://evil.example/", "not an allowed origin"),
        ("/" + "a" * 3000, "too long"),
    ],
)
def test_a_refusal_says_what_is_wrong_with_the_url(url, why):
    with pytest.raises(UrlRefused, match=why):
        canonical_url(url, ORIGIN, ALLOWED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("HTTPS://Shop.Example:443", "https://shop.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://shop.example:80", "http://shop.example"),
    ],
)
def test_an_origin_has_one_canonical_form(text, expected):
    assert canonical_origin(text) == expected
    assert canonical_origin(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "shop.example", "//shop.example", "https:shop.example", "ftp://shop.example", "javascript:1", "null"),
        *("https://shop.example/a", "https://shop.example?", "https://shop.example#", "https://shop.example//"),
        *("https://a@shop.example", "https://shop.example.", "https://sh%6fp.example", "https://bücher.example"),
        *("http://127.1", "http://0x7f000001", "http://[::0001]", "http://shop.example:0x50", " https://shop.example"),
    ],
)
def test_what_is_no_origin_is_refused(text):
    with pytest.raises(UrlRefused):
        canonical_origin(text)


def test_the_origin_of_a_url_is_found():
    assert origin_of("https://shop.example:443/cart?a#b") == ORIGIN
    with pytest.raises(UrlRefused):
        origin_of("/cart")


@given(
    st.text(max_size=40), st.sampled_from(["", "/", "//", "https://shop.example", "https://shop.example/", "https:"])
)
def test_whatever_is_written_the_result_is_canonical_and_stays_on_an_allowed_origin(text, start):
    try:
        url = canonical_url(start + text, ORIGIN, ALLOWED)
    except UrlRefused:
        return
    assert canonical_url(url, ORIGIN, ALLOWED) == url
    assert url.isascii()
    assert url.isprintable()
    if url.startswith("/"):
        assert not url.startswith(("//", "/\\"))
        assert origin_of(ORIGIN + url) == ORIGIN
    else:
        assert origin_of(url) in ALLOWED
