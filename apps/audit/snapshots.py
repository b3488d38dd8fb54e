"""Snapshots of PostgreSQL, which say of every transaction whether it has ended: ``xmin:xmax:xip,xip,...``

(PostgreSQL documentation, "Transaction ID and Snapshot Information Functions".) Between two of them, exactly those
entries are new whose transactions the later one counts as ended and the earlier one did not: however long a
transaction was open, it is in one such difference, and in one only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``xmax``: the first transaction that it says nothing of; ``running``: those below it that had not ended."""

    xmin: int
    xmax: int
    running: tuple[int, ...]

    @staticmethod
    def parse(text: str) -> Snapshot:
        """Reads a ``pg_snapshot`` as PostgreSQL prints it. Raises ValueError for anything else."""
        xmin, xmax, running = text.split(":")
        return Snapshot(int(xmin), int(xmax), tuple(int(one) for one in running.split(",") if one))

    def __str__(self) -> str:
        return f"{self.xmin}:{self.xmax}:{','.join(map(str, self.running))}"

    def has_ended(self, transaction: int) -> bool:
        """Whether the transaction had ended: committed, or rolled back and left nothing."""
        return transaction < self.xmax and transaction not in self.running


NONE_ENDED = Snapshot(1, 1, ())
