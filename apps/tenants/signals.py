"""What the walls tell the apps after them in the list, which they may not import."""

from django.dispatch import Signal

request_rolled_back = Signal()
"""``request``, ``response``: a request was refused or failed, and nothing of what it did is left. Receivers run in a
transaction of their own behind the request's walls."""

tenant_provisioned = Signal()
"""``tenant``, ``owner`` (a FirstOwner, or None): its schema is there and walled. Receivers put in what it begins with,
behind its walls."""
