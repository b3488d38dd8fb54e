"""What the walls tell the apps after them in the list, which they may not import."""

from django.dispatch import Signal

request_rolled_back = Signal()
"""``request``, ``response``: a request was refused or failed, and nothing of what it did is left. Receivers run in a
transaction of their own behind the request's walls."""

change_asked = Signal()
"""``tenant``, ``change`` (a StateChange): staff asked for it. Sent in the transaction of the asking."""

tenant_changed = Signal()
"""``tenant``, ``change`` (a StateChange): it was done. Sent in the transaction of the doing, behind no tenant's walls;
after a drop there is no schema of the tenant any more."""

operator_acted = Signal()
"""``command``, ``doing``: an operator ran ``manage.py`` on the tenant whose walls stand. Sent before it is done, so
that also what fails, or ends the tenant's key, is known to have been tried."""

tenant_provisioned = Signal()
"""``tenant``, ``owner`` (a FirstOwner, or None): its schema is there and walled. Receivers put in what it begins with,
behind its walls."""
