"""AES-256-GCM by Google Tink: the only module that touches it."""

from __future__ import annotations

from typing import Final, Protocol, cast

import tink
from tink import aead, secret_key_access
from tink.proto import aes_gcm_pb2, tink_pb2

from apps.vault.secret import Secret

aead.register()

OVERHEAD: Final = 28
"""Bytes that a data key adds to what it seals: a random nonce of 12 and a tag of 16."""

_AES_GCM: Final = "type.googleapis.com/google.crypto.tink.AesGcmKey"
_BYTES: Final = 32


class Aead(Protocol):
    """Seals and opens bytes. Tink's own exception says nothing of what it was given; its frames hold it."""

    def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes: ...


def new_data_key() -> Secret[bytes]:
    """A key to seal data with, as bytes that :func:`data_cipher` reads. Its ciphertexts have no prefix of Tink's."""
    return _written(tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM_RAW))


def new_wrapping_key() -> Secret[bytes]:
    """A key to seal other keys with."""
    return _written(tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM))


def _written(keyset: tink.KeysetHandle) -> Secret[bytes]:
    return Secret(tink.proto_keyset_format.serialize(keyset, secret_key_access.TOKEN))


def cipher(key: Secret[bytes]) -> Aead | None:
    """The cipher of a key of ours; None where the bytes are no keyset of Tink's."""
    try:
        keyset = tink.proto_keyset_format.parse(key.reveal(), secret_key_access.TOKEN)
        return cast(Aead, keyset.primitive(aead.Aead))
    except tink.TinkError:
        return None


def opened(by: Aead, ciphertext: bytes, associated_data: bytes) -> Secret[bytes] | None:
    """The plaintext; None where it was altered or is bound to something else."""
    try:
        return Secret(by.decrypt(ciphertext, associated_data))
    except tink.TinkError:
        return None


def keyset_from_json(text: Secret[str]) -> Aead | None:
    """The cipher of a keyset in Tink's JSON format, which may hold several keys; None where it is none."""
    try:
        keyset = tink.json_proto_keyset_format.parse(text.reveal(), secret_key_access.TOKEN)
        return cast(Aead, keyset.primitive(aead.Aead))
    except (tink.TinkError, ValueError):
        return None


def new_keyset_as_json() -> Secret[str]:
    """A keyset of one AES-256-GCM key, in the format that Tink's own tool (tinkey) reads and rotates."""
    keyset = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    return Secret(tink.json_proto_keyset_format.serialize(keyset, secret_key_access.TOKEN))


def is_aes_256_gcm(key: Secret[bytes]) -> bool:
    """Whether each key of a keyset of ours is one of AES-GCM with 256 bits. Says nothing else of it."""
    keyset = tink_pb2.Keyset.FromString(key.reveal())
    return bool(keyset.key) and all(
        each.key_data.type_url == _AES_GCM
        and len(aes_gcm_pb2.AesGcmKey.FromString(each.key_data.value).key_value) == _BYTES
        for each in keyset.key
    )
