"""The demo shop serves its visitors, each in a world of their own."""

from __future__ import annotations

import time
import urllib.request

import pytest

from demo.shop import Shop
from demo.shop.products import PRODUCTS
from tests.demo.visiting import ADDRESS, Visitor, tour


def test_it_starts_within_a_second_and_answers_over_http() -> None:
    took = []
    for _ in range(5):  # one of them while nobody else wants the machine
        started = time.monotonic()
        with Shop() as shop, urllib.request.urlopen(shop.url) as answer:
            assert answer.status == 200 and "Things to drink from" in answer.read().decode()
            took.append(time.monotonic() - started)
        if took[-1] < 1:
            return
    pytest.fail(f"It starts in {took} seconds.")


def test_nothing_is_fetched_from_anywhere_else() -> None:
    with Shop() as shop, urllib.request.urlopen(shop.url) as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert not [page for page in tour(Shop()) if "https:" in page]


def test_alice_and_bob_have_a_cart_each() -> None:
    shop = Shop()
    alice, bob = Visitor(shop), Visitor(shop)
    alice.add("tall-mug", "Blue")
    assert "Tall mug (Blue)" in alice.get("/cart")
    assert "Your cart is empty" in bob.get("/cart")


def test_a_refused_form_comes_back_at_its_address_with_what_was_typed() -> None:
    alice = Visitor(Shop())
    alice.add("tall-mug", "Blue")
    body = alice.post("/checkout", **{**ADDRESS, "street": ""})
    assert alice.at == "/checkout"
    assert 'role="alert"' in body and "Please give a street and number" in body
    assert 'value="Alice Example"' in body


def test_alice_pays_what_is_in_the_cart_with_voucher_courier_and_wrapping() -> None:
    alice = Visitor(Shop())
    alice.add("tall-mug", "Blue", "2")
    alice.post("/cart/voucher", voucher="spring10")
    alice.post("/checkout", **ADDRESS)
    assert "€39.00" in alice.post("/checkout/payment", card="1111")  # 29.00 - 2.90 + 9.90 + 3.00
    assert "Thank you for your order" in alice.post("/checkout/place")
    assert "Your cart is empty" in alice.get("/cart")


def test_mallory_does_not_sign_in_with_a_wrong_password_nor_see_the_account() -> None:
    mallory = Visitor(Shop())
    assert "This is not the password" in mallory.post("/login", email="alice@acme.example", password="horse")
    mallory.get("/account")
    assert mallory.at == "/login"


def test_mallory_s_words_are_shown_as_words() -> None:
    mallory = Visitor(Shop())
    assert "<script>alert" not in mallory.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "&lt;script&gt;" in mallory.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E")


def test_a_photo_arrives_with_its_report() -> None:
    alice = Visitor(Shop())
    alice.post("/login", email="alice@acme.example", password="correct horse")
    assert "with a photo" in alice.upload("/account/report", b"\x00\xff", reason="It came broken")


@pytest.mark.parametrize("slug", [product.slug for product in PRODUCTS])
def test_every_product_has_its_page_and_its_picture(slug: str) -> None:
    bob = Visitor(Shop())
    assert f'src="/art/{slug}.svg"' in bob.get(f"/products/{slug}")
    assert bob.get(f"/art/{slug}.svg").startswith("<svg")


def test_a_page_that_is_not_there_says_so() -> None:
    bob = Visitor(Shop())
    bob.get("/products/none")
    assert bob.told[-1].startswith("404")


def test_an_unknown_fault_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no fault called 'wrong-moon'"):
        Shop(faults={"wrong-moon"})
