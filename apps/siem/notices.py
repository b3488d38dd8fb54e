"""Telling the owners by mail that a sink was switched off. The mail names its host, never its whole address."""

from __future__ import annotations

from typing import Final

from django.core.mail import EmailMultiAlternatives

from apps.accounts.models import Role, User
from apps.accounts.posting import letter, post
from apps.siem.models import Sink

_LETTER: Final = "siem-off"
_HEX: Final = 32
"""Digits of each of the two ids that a letter is about: the sink, and to whom."""

_TEXT: Final = """Hello {name},

Specward pushes the audit log to {origin} no more: {why}. It was sent everything before entry {position}; nothing of
the log itself is lost.

Once the collector takes events again, switch the sink on: it goes on with that entry.
"""

_WHY: Final = {
    Sink.Disabled.FAILING: "for five days nothing that was sent there has arrived",
    Sink.Disabled.REFUSED: "for a day it has refused everything that was sent there",
    Sink.Disabled.GONE: "it answered that it is gone for good (410)",
}


def tell_owners(sink: Sink) -> None:
    """A mail to each active owner of the tenant, once the transaction is committed."""
    for owner in User.objects.filter(role=Role.OWNER, is_active=True).order_by("id"):
        post(_LETTER, sink.id.hex + owner.id.hex, owner.email)


@letter(_LETTER)
def _write(about: str) -> EmailMultiAlternatives | None:
    """None where it is on again, or the person is gone."""
    owner = User.objects.filter(id=about[_HEX:], is_active=True).first()
    sink = Sink.objects.filter(id=about[:_HEX]).exclude(disabled=None).first()
    why = _WHY.get(Sink.Disabled(sink.disabled_why)) if sink is not None else None
    if owner is None or sink is None or why is None:
        return None
    text = _TEXT.format(name=owner.name, origin=sink.origin, why=why, position=sink.position)
    return EmailMultiAlternatives("The push to your SIEM was switched off", text, to=[owner.email])
