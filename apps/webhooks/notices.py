"""Telling the owners by mail that an endpoint was switched off. The mail names its host, never its whole address."""

from __future__ import annotations

from typing import Final

from django.core.mail import EmailMultiAlternatives

from apps.accounts.models import Role, User
from apps.accounts.posting import letter, post
from apps.webhooks.models import Endpoint

_LETTER: Final = "webhook-off"
_HEX: Final = 32
"""Digits of each of the two ids that a letter is about: the endpoint, and to whom."""

_TEXT: Final = """Hello {name},

Specward sends no webhooks to {origin} any more: {why}. What is under way was given up.

Once it answers again, switch the endpoint on and send again what was given up.
"""

_WHY: Final = {
    Endpoint.Disabled.FAILING: "for five days nothing that was sent there has arrived",
    Endpoint.Disabled.GONE: "it answered that it is gone for good (410)",
}


def tell_owners(endpoint: Endpoint) -> None:
    """A mail to each active owner of the tenant, once the transaction is committed."""
    for owner in User.objects.filter(role=Role.OWNER, is_active=True).order_by("id"):
        post(_LETTER, endpoint.id.hex + owner.id.hex, owner.email)


@letter(_LETTER)
def _write(about: str) -> EmailMultiAlternatives | None:
    """None where it is on again, or the person is gone."""
    owner = User.objects.filter(id=about[_HEX:], is_active=True).first()
    endpoint = Endpoint.objects.filter(id=about[:_HEX]).exclude(disabled=None).first()
    why = _WHY.get(Endpoint.Disabled(endpoint.disabled_why)) if endpoint is not None else None
    if owner is None or endpoint is None or why is None:
        return None
    text = _TEXT.format(name=owner.name, origin=endpoint.origin, why=why)
    return EmailMultiAlternatives("Webhooks were switched off", text, to=[owner.email])
