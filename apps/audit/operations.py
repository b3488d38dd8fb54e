"""What an operator does to a tenant by a command stands in that tenant's log."""

from __future__ import annotations

from apps.audit.acting import Actor, acting_as
from apps.audit.recording import record
from apps.audit.vocabulary import Action


def record_operation(sender: object, command: str, doing: str, **_: object) -> None:
    """Receives ``operator_acted``. Who it was is known to whoever let them onto the machine, and not here."""
    with acting_as(Actor.system(f"manage.py {command}")):
        record(Action.OPERATION, details={"command": command, "doing": doing}, narrative="An operator ran a command")
