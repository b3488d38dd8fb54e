"""Signed notes: c2sp.org/signed-note, with Ed25519.

A note is a text and lines of signatures below an empty line. A signature belongs to a known key where both name and
key id agree, and must then be right; every other signature (a cosignature of a witness, the next key of a rotation) is
kept and says nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from specward.tlog.encoding import from_base64, to_base64
from specward.tlog.refusals import NoteFault, NoteRefused

MAX_NOTE_BYTES: Final = 65_536
MAX_SIGNATURES: Final = 100
"""In one note. The specification asks for at least 16; 100 is what Go's reader takes."""

_ED25519: Final = b"\x01"
_DASH: Final = "\N{EM DASH} "
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


def _key_id(name: str, public: bytes) -> bytes:
    """``SHA-256(name || 0x0A || 0x01 || public key)[:4]``."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name) or _CONTROL.search(name):
        raise NoteRefused("A key's name is not empty, and has no spaces, control characters or plus signs.")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Whose signature it is: ``public`` is the Ed25519 key's 32 bytes (RFC 8032)."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public) != 32:
            raise NoteRefused("An Ed25519 public key has 32 bytes.")

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, tell signatures apart."""
        return _key_id(self.name, self.public)

    def __str__(self) -> str:
        """The vkey: ``<name>+<key id, hex>+<base64(0x01 || public key)>``."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read a vkey. Raises :class:`NoteRefused`."""
        parts = vkey.split("+", 2)
        if len(parts) != 3:
            raise NoteRefused("A key is written as name+id+base64, with two plus signs between.")
        name, key_id, encoded = parts
        _check_name(name)
        if not _KEY_ID.fullmatch(key_id):
            raise NoteRefused("The id of a key is eight lower-case hexadecimal digits.")
        material = from_base64(encoded)
        if material is None or len(material) != 33:
            raise NoteRefused("The last part of a key is the base64 of 33 bytes.")
        if material[:1] != _ED25519:
            raise NoteRefused(f"Only Ed25519 keys (type 1) are known; this is type {material[0]}.")
        key = cls(name, material[1:])
        if key.key_id.hex() != key_id:
            raise NoteRefused("The id of the key is not that of its name and bytes: a part was changed or lost.")
        return key

    def is_right(self, text: str, signature: bytes) -> bool:
        """Whether these 64 bytes are the key's signature of the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        except ValueError as failed:  # 32 bytes that are no point of the curve
            raise NoteRefused(f"The bytes of the key {self.name} are no Ed25519 key.") from failed
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One line: a key's name, its id (four bytes), and what it signed with (64 bytes for Ed25519)."""

    name: str
    key_id: bytes
    value: bytes

    def belongs_to(self, key: VerifierKey) -> bool:
        return self.name == key.name and self.key_id == key.key_id

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """The text, its last newline included, and all signatures in their order. Parsed, nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    @classmethod
    def parse(cls, note: bytes) -> Note:
        """Read the bytes of a note. Raises :class:`NoteRefused` for everything that the format does not allow."""
        if len(note) > MAX_NOTE_BYTES:
            raise NoteRefused(f"A note is at most {MAX_NOTE_BYTES:,} bytes.")
        try:
            written = note.decode("utf-8")
        except UnicodeDecodeError as failed:
            raise NoteRefused("A note is UTF-8.") from failed
        if _CONTROL.search(written):
            raise NoteRefused("A note has no control characters but the newline.")
        text, blank, lines = written.rpartition("\n\n")
        if not blank:
            raise NoteRefused("A note has an empty line between text and signatures.")
        if not lines.endswith("\n"):
            raise NoteRefused("A note has a signature, and ends with a newline.")
        signed = lines[:-1].split("\n")
        if len(signed) > MAX_SIGNATURES:
            raise NoteRefused(f"A note has at most {MAX_SIGNATURES} signatures.")
        return cls(text + "\n", tuple(map(_signature, signed)))

    def verified(self, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
        """The keys, of those given, that signed; at least one.

        Raises :class:`NoteRefused`: ``AMBIGUOUS`` for keys of one name and id, ``INVALID`` for a signature that is in
        a key's name and is not its own, ``UNVERIFIED`` where none of the keys signed.
        """
        known: dict[tuple[str, bytes], VerifierKey] = {}
        for key in keys:
            if known.setdefault((key.name, key.key_id), key) is not key:
                raise NoteRefused(f"Two keys are called {key.name} and have one id.", NoteFault.AMBIGUOUS)
        signed: dict[tuple[str, bytes], bytes] = {}
        for signature in self.signatures:
            mark = (signature.name, signature.key_id)
            if (owner := known.get(mark)) is None or signed.get(mark) == signature.value:
                continue
            if mark in signed or not owner.is_right(self.text, signature.value):
                raise NoteRefused(f"A signature in the name of {owner.name} is not its own.", NoteFault.INVALID)
            signed[mark] = signature.value
        if not signed:
            raise NoteRefused("None of the known keys signed the note.", NoteFault.UNVERIFIED)
        return tuple(known[mark] for mark in signed)


def _signature(line: str) -> Signature:
    if not line.startswith(_DASH):
        raise NoteRefused("A line of a signature begins with an em dash and a space.")
    name, space, encoded = line[len(_DASH) :].partition(" ")
    if not space:
        raise NoteRefused("A line of a signature is: em dash, name, base64.")
    _check_name(name)
    data = from_base64(encoded)
    if data is None or len(data) < 5:
        raise NoteRefused("A signature is the base64 of four bytes and what was signed.")
    return Signature(name, data[:4], data[4:])


class SigningKey:
    """An Ed25519 key with its name. Its :attr:`seed` (32 bytes) is the secret: it is kept sealed."""

    __slots__ = ("_private", "name", "verifier")

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != 32:
            raise NoteRefused("The seed of an Ed25519 key has 32 bytes.")
        self.name = name
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(name, self._private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """A new key, from the system's random numbers."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def seed(self) -> bytes:
        return self._private.private_bytes_raw()

    def __repr__(self) -> str:
        return f"<SigningKey {self.name} {self.verifier.key_id.hex()}>"

    def sign(self, text: str) -> Signature:
        return Signature(self.name, self.verifier.key_id, self._private.sign(text.encode()))


def sign_note(text: str, *keys: SigningKey) -> bytes:
    """A note of the text with a signature of each key. Raises :class:`NoteRefused` for a text that cannot be one."""
    note = str(Note(text, tuple(key.sign(text) for key in keys))).encode()
    if Note.parse(note).text != text:
        raise NoteRefused("The text of a note ends with a newline.")
    return note
