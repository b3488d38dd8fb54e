"""Small spec texts that the tests of this folder build on: Alice, who owns a shop at Acme, and her buyers."""

from __future__ import annotations

ORIGIN = "https://shop.example"

MUG = """\
spec("Guest buys a mug", origin="https://shop.example")

with step("Find the mug"):
    goto("/")
    click(role("link", name="Mugs"))
    expect_visible(role("heading", name="Mugs"))

with step("Pay"):
    fill(label("Card number"), secret("CARD_NUMBER"))
    click(role("button", name="Pay"))
    expect_text(role("status"), "Thank you")
    expect_url("/thanks")
"""
"""The example of the design, in canonical form."""


def with_call(call: str) -> str:
    """A spec in canonical form whose one step, on line 4, holds ``call``."""
    return f'spec("Alice looks around", origin="{ORIGIN}")\n\nwith step("Look"):\n    {call}\n'


def with_target(locator: str) -> str:
    """A spec that clicks ``locator``."""
    return with_call(f"click({locator})")
