"""What others are told of a recording, behind the walls of its tenant and within the transaction of the change."""

from django.dispatch import Signal

recording_received = Signal()
"""A recording waits for its spec. Given: ``id``."""

recording_failed = Signal()
"""There will be no spec, unless somebody asks for another try. Given: ``id``, and ``reason``, a stable code."""
