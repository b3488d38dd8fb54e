"""The ZIP that a bundle is: a plain one, and nothing that two programs could read in two ways.

Members lie behind each other from the first byte on, then the directory, then its end; there is no ZIP64, no comment,
no extra field, no encryption, no name twice; each is stored or deflated, and its own header says what the directory
says. Sizes are held to before and while a member is read.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from specward.tlog.refusals import BundleRefused

MAX_MEMBERS: Final = 1_100
MAX_MEMBER_BYTES: Final = 2**31 - 1
MAX_RATIO: Final = 100
"""How many times its size a member may unfold, above the bytes that are always free."""

FREE_BYTES: Final = 64 * 1024 * 1024
MAX_DIRECTORY_BYTES: Final = 1024 * 1024
CHUNK: Final = 1024 * 1024

_END: Final = struct.Struct("<4s4H2LH")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_DESCRIPTOR: Final = struct.Struct("<4s3L")
_STREAMED, _UTF8 = 0x08, 0x800


@dataclass(frozen=True, slots=True)
class Member:
    """Where a member's bytes are, how many there are, how many they unfold to, and their CRC-32."""

    name: str
    start: int
    packed: int
    size: int
    crc: int
    deflated: bool


class Archive:
    """The members of a bundle. ``limit_of`` says how many bytes a name may have, ``None`` that it is not wanted.

    Raises :class:`BundleRefused`, here and while members are read.
    """

    def __init__(self, stream: BinaryIO, limit_of: Callable[[str], int | None]) -> None:
        self._stream = stream
        self.members: dict[str, Member] = {}
        length = stream.seek(0, io.SEEK_END)
        directory, count = self._directory(length)
        at = 0
        for info in self._listed(count):
            limit = limit_of(info.filename) if info.filename.isascii() else None
            if limit is None:
                raise _refused("it holds a member that is no part of a bundle")
            if info.filename in self.members:
                raise _refused("it holds a member twice", info.filename)
            at = self._place(info, at, limit)
        if at != directory:
            raise _refused("there are bytes between its members and its directory")

    def _directory(self, length: int) -> tuple[int, int]:
        """Where the directory begins, and how many members it lists, by the last 22 bytes, which are its end."""
        if length < _END.size:
            raise _refused("it is too short for a ZIP")
        self._stream.seek(max(0, length - _END.size - 20))
        tail = self._stream.read(_END.size + 20)
        mark, disk, first, here, count, size, offset, comment = _END.unpack(tail[-_END.size :])
        if mark != b"PK\x05\x06" or comment:
            raise _refused("it does not end as a ZIP without a comment does")
        if tail[: -_END.size][-20:].startswith(b"PK\x06\x07") or disk or first or here != count:
            raise _refused("it is in parts, or ZIP64")
        if count > MAX_MEMBERS or size > MAX_DIRECTORY_BYTES:
            raise _refused(f"it has more than {MAX_MEMBERS} members")
        if offset + size + _END.size != length:
            raise _refused("there are bytes before or behind its parts")
        return int(offset), int(count)

    def _listed(self, count: int) -> list[zipfile.ZipInfo]:
        try:
            with zipfile.ZipFile(self._stream) as archive:
                listed = sorted(archive.infolist(), key=lambda info: info.header_offset)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError) as failed:
            raise _refused("its directory cannot be read") from failed
        if len(listed) != count or any(info.filename != info.orig_filename for info in listed):
            raise _refused("its directory cannot be read in one way only")
        return listed

    def _place(self, info: zipfile.ZipInfo, at: int, limit: int) -> int:
        """Check a member's own header at ``at`` against the directory; returns where the next one begins."""
        name = info.filename
        if info.extra or info.comment or info.flag_bits & ~(_STREAMED | _UTF8):
            raise _refused("it has extra fields, a comment, or is encrypted", name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refused("it is packed by another method than deflate", name)
        if info.header_offset != at:
            raise _refused("it does not begin where the member before it ends", name)
        self._stream.seek(at)
        header = self._stream.read(_LOCAL.size + len(name))
        if len(header) != _LOCAL.size + len(name):
            raise _refused("it is cut off", name)
        mark, _, flags, method, _, _, crc, packed, size, length, extra = _LOCAL.unpack(header[: _LOCAL.size])
        streamed = bool(flags & _STREAMED)
        said = (crc, packed, size)
        told = (info.CRC, info.compress_size, info.file_size)
        if (
            (mark, flags, method, length, extra) != (b"PK\x03\x04", info.flag_bits, info.compress_type, len(name), 0)
            or header[_LOCAL.size :] != name.encode("ascii")
            or (said not in ((0, 0, 0), told) if streamed else said != told)
        ):
            raise _refused("its own header is not what the directory says", name)
        if info.file_size > min(limit, MAX_MEMBER_BYTES):
            raise _refused(f"it is larger than {min(limit, MAX_MEMBER_BYTES):,} bytes", name)
        if info.file_size > FREE_BYTES and info.file_size > MAX_RATIO * info.compress_size:
            raise _refused(f"it unfolds to more than {MAX_RATIO} times its size", name)
        deflated = info.compress_type == zipfile.ZIP_DEFLATED
        if not deflated and info.file_size != info.compress_size:
            raise _refused("it is stored, and has two sizes", name)
        start = at + len(header)
        self.members[name] = Member(name, start, info.compress_size, info.file_size, info.CRC, deflated)
        end = start + info.compress_size
        if streamed:
            self._stream.seek(end)
            descriptor = self._stream.read(_DESCRIPTOR.size)
            if descriptor != _DESCRIPTOR.pack(b"PK\x07\x08", *told):
                raise _refused("what follows it is not its size", name)
            end += _DESCRIPTOR.size
        return end

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a member, a megabyte or so at a time; all of them, or :class:`BundleRefused` before the last."""
        member = self.members[name]
        inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.deflated else None
        at, left, given, crc = member.start, member.packed, 0, 0
        packed = b""
        while True:
            if not packed and left:
                self._stream.seek(at)
                packed = self._stream.read(min(CHUNK, left))
                if not packed:
                    raise _refused("it is cut off", name)
                at, left = at + len(packed), left - len(packed)
            if inflate is None:
                chunk, packed = packed, b""
            else:
                try:
                    chunk = inflate.decompress(packed, CHUNK)
                except zlib.error as failed:
                    raise _refused("it cannot be unpacked", name) from failed
                packed = inflate.unconsumed_tail
                if inflate.eof and (inflate.unused_data or left):
                    raise _refused("something follows its packed bytes", name)
            given, crc = given + len(chunk), zlib.crc32(chunk, crc)
            if given > member.size:
                raise _refused("it is larger than it says", name)
            if chunk:
                yield chunk
            elif not packed and not left:
                break
        if given != member.size or crc != member.crc or (inflate is not None and not inflate.eof):
            raise _refused("its bytes are not those that the directory says", name)

    def read(self, name: str) -> bytes:
        """All bytes of a member."""
        return b"".join(self.chunks(name))


def _refused(why: str, name: str = "the ZIP") -> BundleRefused:
    return BundleRefused(why, where=name, hint="Ask for the export again: as it is, nothing of it can be relied on.")
