"""Where a model may be asked: over TLS, or on this machine."""

from __future__ import annotations

from ada_url import URL

from specward.errors import SpecwardError

_HERE = ("127.0.0.1", "[::1]", "localhost")


class AddressRefused(SpecwardError):
    """An address of a model that must not be used."""

    code = "model-address-refused"


def checked_address(url: str) -> str:
    """The address as it is. Raises :class:`AddressRefused` for one without TLS that leaves this machine."""
    if url != url.strip() or not url.startswith(("https://", "http://")):
        raise AddressRefused("The model's address is written otherwise than https://host/path.", hint="Write it so.")
    try:
        parsed = URL(url)
    except ValueError:
        raise AddressRefused("The model's address is no URL.", hint="Give it as https://host/path.") from None
    if parsed.username or parsed.password or parsed.search or parsed.hash:
        raise AddressRefused("The model's address holds more than host and path.", hint="The key is given apart.")
    if parsed.protocol == "https:" or (parsed.protocol == "http:" and parsed.hostname in _HERE):
        return url
    raise AddressRefused(
        "The model's address has no TLS.", hint="Use https; http is for a server on this machine's loopback."
    )
