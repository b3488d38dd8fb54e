from typing import Final

from django.apps import AppConfig

from apps.audit.columns import Audited

MOVED_BY_A_PUSH: Final = (
    "position", "turn", "tries", "next_try", "outcome", "status", "tried", "heard", "failing_since", "refused_since",
    "delivered", "batches", "failed", "pruned", "faulty",
    "test_state", "test_at", "test_outcome", "test_status", "test_took",
)  # fmt: skip
"""The columns that pushing writes, and those that trying does."""


class SiemConfig(AppConfig):
    name = "apps.siem"
    label = "siem"
    verbose_name = "Push to a SIEM"

    audited = {
        "siem_sink": Audited(
            named_by="origin",
            # If a push made an entry, that would have to be pushed, for ever.
            churning=dict.fromkeys(MOVED_BY_A_PUSH, "a push makes no entry; a replay and a test have one of their own"),
        ),
    }

    def ready(self) -> None:
        from apps.siem import notices  # noqa: F401  # its letter is found by being imported
