"""Signatures of Standard Webhooks, asymmetric (``v1a``): Ed25519 over ``id.timestamp.body``.

A tenant has a key pair of its own. Receivers are given the public half, which can sign nothing, so that whoever reads a
receiver's settings can make no message of ours. https://github.com/standard-webhooks/standard-webhooks
"""

from __future__ import annotations

import base64
import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from apps.audit.acting import narrating
from apps.webhooks.models import SigningKey

PUBLIC: Final = "whpk_"
BOTH_SIGN: Final = datetime.timedelta(days=1)
"""How long the key before signs beside a new one: time to give receivers the new one."""


def current() -> SigningKey:
    """The tenant's key, made when it is first asked for."""
    found = SigningKey.objects.filter(signs_until=None).first()
    if found is not None:
        return found
    try:
        with transaction.atomic(), narrating("The key that signs webhooks was made"):
            return _new()
    except IntegrityError:  # another process was first
        return SigningKey.objects.get(signs_until=None)


def rotate() -> SigningKey:
    """Another key. The one before signs beside it for :data:`BOTH_SIGN`, the one before that no more."""
    now = timezone.now()
    with transaction.atomic(), narrating("The key that signs webhooks was changed"):
        SigningKey.objects.filter(signs_until__gt=now).update(signs_until=now)
        SigningKey.objects.filter(signs_until=None).update(signs_until=now + BOTH_SIGN)
        return _new()


def _new() -> SigningKey:
    pair = Ed25519PrivateKey.generate()
    public = PUBLIC + base64.b64encode(pair.public_key().public_bytes_raw()).decode()
    return SigningKey.objects.create(private=pair.private_bytes_raw(), public=public)


def headers(message_id: str, at: datetime.datetime, body: bytes) -> dict[str, str]:
    """What a message is sent with: its id, when this try was made, and a signature by each key that signs."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signing = SigningKey.objects.filter(Q(signs_until=None) | Q(signs_until__gt=at)).order_by("-created")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1a,{_signature(key, signed)}" for key in signing),
    }


def _signature(key: SigningKey, signed: bytes) -> str:
    signature = Ed25519PrivateKey.from_private_bytes(key.private.reveal()).sign(signed)
    return base64.b64encode(signature).decode()
