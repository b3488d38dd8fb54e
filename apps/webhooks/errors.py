"""What webhooks refuse. Each has a stable code, and says what to do."""

from __future__ import annotations

from typing import Final


class WebhookError(Exception):
    """Base of what webhooks refuse."""

    code = "webhook"


class UrlRefused(WebhookError):
    """An address that nothing is sent to. Quotes no part of it: its path may be a secret."""

    code = "webhook.url_refused"

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            f"Nothing is sent to this address: {why}. Give a whole one, such as https://hooks.example/specward."
        )


class TooManyEndpoints(WebhookError):
    """A tenant has as many endpoints as it may."""

    code = "webhook.too_many_endpoints"

    def __init__(self, most: int) -> None:
        super().__init__(f"There are {most} endpoints, and that is the most. Take one away first.")


class TooManyTests(WebhookError):
    """An endpoint is tried out again and again, and has not answered yet."""

    code = "webhook.too_many_tests"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} tests of this endpoint are still on their way. Wait until they have ended.")


class EndpointDisabled(WebhookError):
    """Nothing is sent to an endpoint that is switched off."""

    code = "webhook.disabled"

    def __init__(self) -> None:
        super().__init__("This endpoint is switched off. Switch it on, then send again.")


NO_TRANSACTION: Final = "A delivery was begun within a transaction. Begin it after that is committed."


class TransactionOpen(WebhookError):
    """No transaction spans a network call."""

    code = "webhook.transaction_open"

    def __init__(self) -> None:
        super().__init__(NO_TRANSACTION)
