"""The doubles by name, for a command line: ``reasonable``, ``obedient``, ``hostile``, ``chaotic:hang_in_body``."""

from __future__ import annotations

from typing import Final

from specward.doubles.chaotic import Chaos, Chaotic
from specward.doubles.double import Double
from specward.doubles.hostile import Hostile
from specward.doubles.obedient import Obedient
from specward.doubles.reasonable import Reasonable

NAMES: Final = ("reasonable", "obedient", "hostile", *(f"chaotic:{one.value}" for one in Chaos))


def named(name: str) -> Double:
    """A fresh double. Raises ``KeyError`` for a name that is not in :data:`NAMES`."""
    if name not in NAMES:
        raise KeyError(name)
    character, _, chaos = name.partition(":")
    match character:
        case "reasonable":
            return Reasonable()
        case "obedient":
            return Obedient()
        case "hostile":
            return Hostile()
        case _:
            return Chaotic(Chaos(chaos))
