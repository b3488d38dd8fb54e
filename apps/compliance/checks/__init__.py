"""The checks, one topic a module. Importing this makes all of them known."""

from importlib import import_module
from typing import Final

MODULES: Final[tuple[str, ...]] = (
    "walls",
    "database_access",
    "cross_tenant",
    "sealing",
    "transit",
    "declared",
    "log_guards",
    "supply",
    "backups",
    "recordings",
    "objects",
    "model_calls",
    "prompts",
    "specs",
    "log",
    "log_proofs",
    "log_retention",
    "tokens",
    "people",
    "addresses",
    "staff",
    "disclosure",
)
"""Each topic, in the order in which they are run."""

for _module in MODULES:
    import_module(f"{__name__}.{_module}")
