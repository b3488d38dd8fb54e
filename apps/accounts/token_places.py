"""From where a token is used: the first use, and each from an address that it was never used from, is an entry.

What a token reads and changes is entries by the token, as by a person; that it is used again, from where it always is,
is none.
"""

from __future__ import annotations

from apps.accounts.client_address import Address
from apps.accounts.models import Token
from apps.audit.acting import Actor, acting_as
from apps.audit.models import Entry
from apps.audit.recording import record
from apps.audit.vocabulary import Action


def note_place(token: Token, address: Address | None) -> None:
    """Records a use from an address that the log does not know of this token. No query where it is the last one's."""
    here = None if address is None else str(address)
    if token.last_used is not None and token.last_address == here:
        return
    known = Entry.objects.filter(actor_token=token.id, action=Action.TOKEN_USE)
    if known.filter(additional_data__address=here).exists():
        return
    with acting_as(Actor.token(token, token.user)):
        record(Action.TOKEN_USE, token, details={"address": here, "first": token.last_used is None})
