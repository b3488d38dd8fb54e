"""Settings from the environment: each fails loudly, by its name; a secret may also come from the file ``NAME_FILE``."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


class SettingRefused(ImproperlyConfigured):
    """A setting that is missing, or that cannot be what it says. Names the variable and the way out."""


def is_given(name: str) -> bool:
    """Whether the variable, or the file that stands for it, is set."""
    return name in os.environ or f"{name}_FILE" in os.environ


def text(name: str, default: str | None = None) -> str:
    """The variable, or the content of the file that ``NAME_FILE`` names, or the default.

    Raises :class:`SettingRefused` where there is none, and where both are given.
    """
    value, file = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value is not None and file is not None:
        raise SettingRefused(f"{name} and {name}_FILE are both set. Unset one of them.")
    if file is not None:
        try:
            return Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingRefused(f"{name}_FILE names {file}, which cannot be read: {error}.") from error
    if value is not None:
        return value
    if default is None:
        raise SettingRefused(f"{name} is not set. Set it, or name a file that holds it by {name}_FILE.")
    return default


def flag(name: str, *, default: bool) -> bool:
    """A yes or no: 1, true, yes or 0, false, no."""
    value = text(name, "1" if default else "0").lower()
    if value in ("1", "true", "yes"):
        return True
    if value in ("0", "false", "no"):
        return False
    raise SettingRefused(f"{name} is {value!r}. Write 1 or 0.")


def number(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number within bounds."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdecimal() and least <= int(value) <= most):
        raise SettingRefused(f"{name} is {value!r}. Write a whole number from {least} to {most}.")
    return int(value)


def one_of(name: str, allowed: Sequence[str], default: str) -> str:
    """One of a few words."""
    value = text(name, default)
    if value not in allowed:
        raise SettingRefused(f"{name} is {value!r}. Write one of: {', '.join(allowed)}.")
    return value


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(name: str) -> tuple[Network, ...]:
    """Networks in CIDR notation, with commas between them; none by default."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text(name, "").split(",") if part.strip())
    except ValueError as error:
        raise SettingRefused(f"{name}: {error}. Write networks as 10.0.0.0/8, with commas between them.") from error


def named_secrets(name: str, default: str | None = None) -> Mapping[str, bytes]:
    """Secrets with names, ``2:SECRET,1:SECRET``, the newest first; each of 24 characters or more.

    Raises :class:`SettingRefused`, which quotes no secret.
    """
    found: dict[str, bytes] = {}
    for number, part in enumerate(text(name, default).split(","), start=1):
        key, _, secret = part.strip().partition(":")
        if not (key.isascii() and key.isalnum() and len(key) <= 20) or len(secret) < 24 or key in found:
            raise SettingRefused(
                f"{name}: part {number} is no NAME:SECRET with a name of its own, up to 20 letters and digits, and a "
                "secret of 24 characters or more. Write the newest first, with commas between them."
            )
        found[key] = secret.encode()
    return found
