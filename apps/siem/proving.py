"""How a collector is shown that it is us: by a token, or by a header of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from apps.siem.errors import ProofRefused
from apps.siem.models import Sink

LONGEST: Final = 4_096
"""Characters of a secret."""
LONGEST_NAME: Final = 64

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A token of RFC 9110, 5.6.2."""
_VALUE: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
"""Visible ASCII with spaces between: nothing ends a line, nothing is trimmed on the way."""
_OURS: Final = frozenset(
    "host connection content-length content-type content-encoding transfer-encoding te trailer upgrade expect "
    "keep-alive user-agent proxy-authorization proxy-connection".split()
)
_SCHEMES: Final = {Sink.Proof.BEARER: "Bearer", Sink.Proof.SPLUNK: "Splunk"}


def check(proof: Sink.Proof, header: str, secret: str) -> None:
    """Raises :class:`ProofRefused` for what cannot be sent, or not safely."""
    if proof is Sink.Proof.NOTHING:
        if secret or header:
            raise ProofRefused("with no proof there is no secret and no header")
        return
    if proof is Sink.Proof.HEADER:
        if not _NAME.fullmatch(header) or len(header) > LONGEST_NAME:
            raise ProofRefused("the name of the header is none")
        if header.lower() in _OURS:
            raise ProofRefused("this header belongs to the request itself")
    elif header:
        raise ProofRefused("only a header of its own has a name")
    if len(secret) > LONGEST or not _VALUE.fullmatch(secret):
        raise ProofRefused("the secret is empty, too long, or has characters beyond visible ASCII")
    if proof in _SCHEMES and " " in secret:
        raise ProofRefused("a token has no spaces; give it without the word before it")


def headers(sink: Sink) -> Mapping[str, str]:
    """What is sent along, secrets included: for the request alone."""
    proof = Sink.Proof(sink.proof)
    if proof is Sink.Proof.NOTHING or sink.secret is None:
        return {}
    if proof is Sink.Proof.HEADER:
        return {sink.header: sink.secret.reveal()}
    return {"Authorization": f"{_SCHEMES[proof]} {sink.secret.reveal()}"}
