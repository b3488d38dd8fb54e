"""All that is promised, done for it, and looked at: one catalogue, which fits together."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from apps.compliance import checks as _all_checks  # noqa: F401  # makes them known
from apps.compliance.checking import Check, known
from apps.compliance.controls import Control, Frequency
from apps.compliance.controls_life import CONTROLS as OF_LIFE
from apps.compliance.controls_walls import CONTROLS as OF_WALLS
from apps.compliance.errors import NoSuchCheck, NoSuchControl
from apps.compliance.promises import PROMISES, THREATS, Promise, Threat


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Promises, threats, controls and checks. Raises ValueError where one of them leads nowhere."""

    promises: tuple[Promise, ...]
    threats: tuple[Threat, ...]
    controls: Mapping[str, Control]
    checks: Mapping[str, Check]

    def __post_init__(self) -> None:
        ends = {promise.key for promise in self.promises} | {threat.key for threat in self.threats}
        for control in self.controls.values():
            if lost := set(control.serves) - ends:
                raise ValueError(f"The control {control.key} serves {sorted(lost)}, which are promised nowhere.")
            if lost := set(control.checks) - set(self.checks):
                raise ValueError(f"The control {control.key} names checks that are not there: {sorted(lost)}.")
        used = {check for control in self.controls.values() for check in control.checks}
        if lost := set(self.checks) - used:
            raise ValueError(f"Checks that no control names: {sorted(lost)}.")

    def unchecked(self) -> list[str]:
        """Promises and threats that nothing looks at, though there is something to look at: a defect."""
        ends: list[Promise | Threat] = [*self.promises, *self.threats]
        return [one.key for one in ends if not one.not_yet and not self.serving(one.key)]

    def serving(self, key: str) -> list[Control]:
        """The controls of a promise or a threat."""
        return [control for control in self.controls.values() if key in control.serves]

    def naming(self, check: str) -> list[Control]:
        """The controls that a check is of."""
        return [control for control in self.controls.values() if check in control.checks]

    def frequency(self, check: str) -> Frequency:
        """How often a check runs: as often as the most demanding of its controls."""
        return min((control.every for control in self.naming(check)), key=lambda every: every.value)

    def check(self, key: str) -> Check:
        """Raises :class:`NoSuchCheck`."""
        try:
            return self.checks[key]
        except KeyError:
            raise NoSuchCheck(key) from None

    def control(self, key: str) -> Control:
        """Raises :class:`NoSuchControl`."""
        try:
            return self.controls[key]
        except KeyError:
            raise NoSuchControl(key) from None


@functools.cache
def _ours() -> Catalogue:
    controls = (*OF_WALLS, *OF_LIFE)
    by_key = {control.key: control for control in controls}
    if len(by_key) < len(controls):
        raise ValueError("Two controls have one key.")
    return Catalogue(PROMISES, THREATS, by_key, dict(known()))


def catalogue() -> Catalogue:
    """What holds here."""
    return _ours()
