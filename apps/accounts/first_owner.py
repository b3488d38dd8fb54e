"""The first owner of a new tenant is invited as the tenant is made."""

from __future__ import annotations

from typing import Any

from apps.accounts import invitations
from apps.accounts.models import Invitation, Role, User
from apps.tenants.provisioning import FirstOwner


def invite_first_owner(sender: object, owner: FirstOwner | None, **_: Any) -> None:
    """Receives ``tenant_provisioned``, behind the walls of the tenant; invites once, however often it is called.

    Raises what :func:`apps.accounts.invitations.invite` raises: then the tenant is not opened, and its row says why.
    """
    if owner is None or User.objects.filter(role=Role.OWNER).exists():
        return
    if not Invitation.objects.filter(role=Role.OWNER, accepted=None, withdrawn=None).exists():
        invitations.invite(None, owner.email, Role.OWNER)
