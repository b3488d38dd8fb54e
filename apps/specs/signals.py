"""What others are told of specs, behind the walls of the tenant and within the transaction of the change."""

from django.dispatch import Signal

spec_ready = Signal()
"""A spec was made of a recording, and waits for whoever approves it. Given: ``spec_id``, ``version_id`` and
``recording_id``."""

spec_failed = Signal()
"""No spec could be made of a recording. Given: ``recording_id``, and ``reason``, a stable code."""
