"""TLS handshakes, with nothing sent after them: which versions a server speaks, and whether it is who it says."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import Final

SECONDS: Final = 10.0
Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A handshake that ended well."""

    version: str
    cipher: str
    certificate_ends: str


class NotTrusted(Exception):
    """The server's certificate is not good for this host. ``why``: OpenSSL's words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def newest(address: Address, host: str, authority: str = "") -> Spoken:
    """A handshake by TLS 1.3 alone. ``authority``: a file in PEM, in place of what this machine trusts.

    Raises :class:`NotTrusted`, ``ssl.SSLError`` where the server has no TLS 1.3, and ``OSError`` where there is none.
    """
    context = ssl.create_default_context(cafile=authority or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    why = ""
    try:
        with _shaken(context, address, host) as spoken:
            cipher, certificate = spoken.cipher(), spoken.getpeercert() or {}
            return Spoken(str(spoken.version()), cipher[0] if cipher else "", str(certificate.get("notAfter", "")))
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message
    raise NotTrusted(why)


def older(address: Address, host: str) -> str | None:
    """The version that a server agrees to when nothing newer than TLS 1.2 is offered; None where it refuses.

    Whatever it would show of itself is taken, and every cipher offered: that it answers at all is the question. Raises
    ``OSError`` where nobody answers.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        with _shaken(context, address, host) as spoken:
            return spoken.version()
    except (ssl.SSLError, ConnectionResetError, BrokenPipeError):
        return None


def _shaken(context: ssl.SSLContext, address: Address, host: str) -> ssl.SSLSocket:
    plain = socket.create_connection(address, timeout=SECONDS)
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
