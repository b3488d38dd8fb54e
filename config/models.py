"""By which way models are asked: an address, and whether the process has credentials from AWS."""

from __future__ import annotations

import os
from typing import Final

from config.environment import SettingRefused, text
from specward.writing.models.addresses import AddressRefused, checked_address

CLIENTS: Final = frozenset({"anthropic", "bedrock"})
_AWS: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""What AWS's own tools look at. The role of a machine (IMDS) is not looked for: it would be a request at each start."""


def has_aws_credentials() -> bool:
    """Whether the environment names credentials for AWS."""
    return any(os.environ.get(name) for name in _AWS)


def model_clients(name: str) -> frozenset[str]:
    """The clients that the variable names, with commas between them. Raises :class:`SettingRefused`."""
    named = frozenset(part.strip() for part in text(name, "").split(",") if part.strip())
    if not named <= CLIENTS:
        raise SettingRefused(f"{name} names what is no client. Write some of: {', '.join(sorted(CLIENTS))}.")
    return named


def model_address(name: str) -> str:
    """The address that the variable holds; empty: the provider's own. Raises :class:`SettingRefused`."""
    url = text(name, "")
    if not url:
        return ""
    try:
        return checked_address(url)
    except AddressRefused as refused:
        raise SettingRefused(f"{name}: {refused} {refused.hint}") from None


def model_key(name: str) -> str:
    """The key that the variable, or its file, holds; empty: there is none. Raises :class:`SettingRefused` for what can
    stand in no header: a line feed that was copied along would come back as an answer in the wrong form."""
    key = text(name, "")
    if not all("!" <= character <= "~" for character in key):
        raise SettingRefused(f"{name} holds a space, a line feed or another character that no key has.")
    return key
