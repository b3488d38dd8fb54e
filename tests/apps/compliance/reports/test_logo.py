"""A picture for reports is a PNG of a modest size, read to its last byte and packed anew, or refused."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.reports import logo
from apps.compliance.reports.errors import LogoRefused
from apps.compliance.reports.models import Letterhead
from apps.tenants.models import Tenant
from tests.apps.compliance.reports.pictures import SIGNATURE, chunk, header, png

GOOD = png(8, 4)
PIXELS = zlib.compress((b"\0" + b"\x28\x56\xc3\xff" * 8) * 4)
BOMB = zlib.compress(b"\0" * 50_000_000)


def test_its_pixels_are_kept_and_nothing_else() -> None:
    spoken = chunk(b"tEXt", b"Comment\0a secret") + chunk(b"iCCP", b"a profile") + chunk(b"acTL", b"\0" * 8)
    made = logo.read(png(8, 4, more=spoken))
    assert (made.width, made.height) == (8, 4) and b"secret" not in made.png and b"acTL" not in made.png
    assert made.png == logo.read(GOOD).png == logo.read(made.png).png


@pytest.mark.parametrize(
    ("brought", "why"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 10_000_000, "10,000,008 bytes, and may have 262,144"),
        (b"GIF89a", "it is no PNG"),
        (b"", "it is no PNG"),
        (b"<svg onload=alert(1)>", "it is no PNG"),
        (SIGNATURE, "it has no end"),
        (GOOD[:-1], "it is cut off"),
        (GOOD[:20], "it is cut off"),
        (GOOD[:40] + bytes([GOOD[40] ^ 1]) + GOOD[41:], "a checksum is wrong"),
        (png(8, 4, after=b"<script>"), "something stands behind its end"),
        (png(8, 4, pixels=b"none"), "cannot be unpacked"),
        (png(8, 4, pixels=BOMB), "more or fewer pixels"),
        (png(8, 4, pixels=PIXELS + b"more"), "more or fewer pixels"),
        (png(8, 4, pixels=PIXELS[:-4]), "more or fewer pixels"),
        (png(8, 5, pixels=PIXELS), "more or fewer pixels"),
        (png(8, 4, pixels=zlib.compress((b"\x09" + b"\0" * 32) * 4)), "filtered in no known way"),
        (SIGNATURE + header(2_001, 1) + chunk(b"IEND", b""), "2,000 on each side"),
        (SIGNATURE + header(0, 1) + chunk(b"IEND", b""), "2,000 on each side"),
        (SIGNATURE + header(1, 1, depth=3) + chunk(b"IEND", b""), "no such colours"),
        (SIGNATURE + header(1, 1, colour=5) + chunk(b"IEND", b""), "no such colours"),
        (SIGNATURE + header(8, 4, interlaced=1) + chunk(b"IDAT", PIXELS) + chunk(b"IEND", b""), "interlaced"),
        (
            SIGNATURE + header(8, 4, colour=3) + chunk(b"IDAT", zlib.compress(b"\0" * 36)) + chunk(b"IEND", b""),
            "colours",
        ),
        (SIGNATURE + chunk(b"IDAT", PIXELS) + chunk(b"IEND", b""), "begin or end"),
    ],
)
def test_anything_else_is_refused_with_its_reason(brought: bytes, why: str) -> None:
    with pytest.raises(LogoRefused, match=why):
        logo.read(brought)


@given(st.data())
def test_no_change_of_a_byte_is_more_than_a_refusal(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(GOOD) - 1))
    changed = bytearray(GOOD)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LogoRefused):
        logo.read(bytes(changed))


@given(st.binary(max_size=300))
def test_no_file_at_all_is_more_than_a_refusal(brought: bytes) -> None:
    for one in (brought, SIGNATURE + brought, SIGNATURE + header(3, 3) + brought):
        with pytest.raises(LogoRefused):
            logo.read(one)


@pytest.mark.django_db
def test_there_is_one_at_most(in_acme: Tenant) -> None:
    logo.keep(GOOD)
    logo.keep(png(3, 3))
    assert Letterhead.objects.get().width == 3
    logo.drop()
    assert not Letterhead.objects.exists()
