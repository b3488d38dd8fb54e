"""What a call costs, estimated from the provider's list.

Source: platform.claude.com, the overview pages of the models, November 2026. Writing to the cache is for five minutes.
An estimate knows neither discounts nor surcharges (of a region, say): the provider's invoice is what counts. Amazon's
prices are Amazon's own, and are not here; nor is that of a model whose page named none.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from apps.inference.models import Client
from specward.writing.models.client import Tokens

SOURCE: Final = "platform.claude.com, overview pages of the models, November 2026"
_MILLION: Final = Decimal(1_000_000)
_WRITTEN: Final = Decimal("1.25")
_READ: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal


PRICES: Final = {
    "claude-opus-5-5": Price(Decimal(4), Decimal(20)),
    "claude-sonnet-5-5": Price(Decimal(2), Decimal(10)),
}


def estimate(client: str, model: str, tokens: Tokens) -> Decimal | None:
    """US dollars, to eight places; None where no price is known."""
    price = PRICES.get(model) if client == Client.ANTHROPIC else None
    if price is None:
        return None
    taken_in = tokens.input + tokens.written * _WRITTEN + tokens.read * _READ
    return ((taken_in * price.input + tokens.output * price.output) / _MILLION).quantize(Decimal("0.00000001"))
