"""What the settings of models, and calls of them, refuse. Each has a stable code, and says what to do."""

from __future__ import annotations

from apps.tenants.refusals import Refusal


class InferenceError(Refusal):
    """Base of what is refused here."""

    code = "inference"


class SettingsRefused(InferenceError):
    """Settings that do not go together. ``field`` is the one to change."""

    code = "inference.settings_refused"

    def __init__(self, field: str, what: str, way_out: str) -> None:
        super().__init__(what, way_out)
        self.field = field


class NotConfigured(InferenceError):
    """There is no model to try: none is chosen, or this installation has no key for it."""

    code = "inference.not_configured"

    def __init__(self, way_out: str) -> None:
        super().__init__("There is no model to try.", way_out)


class TransactionOpen(InferenceError):
    """No transaction spans a call of a model."""

    code = "inference.transaction_open"
    way_out = "Call it after that is committed."

    def __init__(self) -> None:
        super().__init__("A model was called within a transaction.")
