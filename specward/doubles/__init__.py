"""Stand-ins for a language model: servers on loopback that speak Anthropic's Messages API, each with a character.

They are for trials and tests. They share no code with the writers they stand opposite to: a double that did could not
find their faults. Each is a small class with :meth:`~specward.doubles.double.Double.answer`; ``serving`` starts one.
"""

from specward.doubles.chaotic import Chaos, Chaotic
from specward.doubles.double import Double
from specward.doubles.hostile import Hostile, Manner
from specward.doubles.naming import NAMES, named
from specward.doubles.obedient import Harm, Obedient
from specward.doubles.reasonable import Reasonable
from specward.doubles.serving import serving

__all__ = [
    "NAMES",
    "Chaos",
    "Chaotic",
    "Double",
    "Harm",
    "Hostile",
    "Manner",
    "Obedient",
    "Reasonable",
    "named",
    "serving",
]
