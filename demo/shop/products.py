"""What the shop sells. Prices are in cents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """One thing on a shelf; ``kind`` is the shelf's name."""

    slug: str
    name: str
    kind: str
    price: int
    stock: int
    colours: tuple[str, ...]
    about: str


KINDS = ("Mugs", "Teapots", "Plates", "Tea")

PRODUCTS = (
    Product("tall-mug", "Tall mug", "Mugs", 1450, 20, ("Blue", "Green", "Sand"), "Half a litre of anything."),
    Product("small-mug", "Small mug", "Mugs", 950, 34, ("Blue", "Sand"), "Fits under every coffee machine we know."),
    Product("travel-mug", "Travel mug", "Mugs", 2200, 0, ("Green",), "Double walls and a lid that holds what it says."),
    Product("espresso-cup", "Espresso cup", "Mugs", 800, 51, ("Blue", "Green", "Sand"), "Thin at the lip."),
    Product("round-teapot", "Round teapot", "Teapots", 3900, 8, ("Blue", "Sand"), "Pours without a drop on the table."),
    Product("iron-teapot", "Iron teapot", "Teapots", 6450, 3, ("Green",), "Keeps tea warm for an hour and a half."),
    Product("dinner-plate", "Dinner plate", "Plates", 1800, 40, ("Blue", "Sand"), "Wide, flat and hard to chip."),
    Product("soup-plate", "Soup plate", "Plates", 1650, 26, ("Sand",), "Deep enough for a second helping."),
    Product("cake-plate", "Cake plate", "Plates", 1200, 0, ("Green",), "A foot, a dome, a whole cake."),
    Product("mountain-tea", "Mountain tea", "Tea", 750, 60, ("Loose", "Bags"), "Picked late, and very good cold."),
    Product("smoky-tea", "Smoky tea", "Tea", 890, 44, ("Loose", "Bags"), "For people who miss their campfire."),
    Product("mint-tea", "Mint tea", "Tea", 560, 70, ("Loose",), "Nothing but mint."),
)  # fmt: skip

BY_SLUG = {product.slug: product for product in PRODUCTS}

DELIVERY = {"post": ("By post", 490), "courier": ("By courier", 990), "pickup": ("Pick it up", 0)}
COUNTRIES = ("Austria", "Belgium", "Germany", "Ireland", "Netherlands")
REASONS = ("It came broken", "It is the wrong thing", "Something is missing")
VOUCHERS = {"SPRING10": 10, "TEATIME": 20}
"""Per cent off, by the words on the voucher."""


def money(cents: int) -> str:
    """``1450`` as ``€14.50``."""
    return f"€{cents // 100}.{cents % 100:02d}"
