"""What is refused, as a value of the domain: a stable code, what was refused and why, and the way out."""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """Base of the apps' own. ``code`` never changes; ``way_out`` is said after what was refused."""

    code: ClassVar[str] = "refused"
    way_out: ClassVar[str] = ""

    def __init__(self, what: str, way_out: str = "") -> None:
        super().__init__(f"{what} {way_out or self.way_out}".strip())
