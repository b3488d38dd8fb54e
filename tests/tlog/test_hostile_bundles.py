"""Bundles made to mislead, to crash or to exhaust: refused with a place and a reason, and nothing worse."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from specward.tlog import BundleRefused, BundleWriter, Fault, Manifest, verify
from specward.tlog.bundling import entry
from specward.tlog.leaves import timestamp
from tests.tlog.hostile import GOOD, KEY, LOG, TIMES, members, refused, with_member, zipped
from tests.tlog.logs import ACME_LOG, START, Log


def with_entry(text: str | bytes) -> bytes:
    """The bundle with the third entry's content as it is given."""
    lines = members()["entries.jsonl"].splitlines(keepends=True)
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    lines[2] = entry(2, bytes(16), content)
    return with_member("entries.jsonl", b"".join(lines))


def with_line(line: bytes) -> bytes:
    lines = members()["entries.jsonl"].splitlines(keepends=True)
    lines[2] = line
    return with_member("entries.jsonl", b"".join(lines))


def test_a_bundle_zipped_by_another_program_is_read() -> None:
    assert verify(zipped(members()), KEY).ok
    assert verify(zipped(members(), zipfile.ZIP_STORED), KEY).ok


def test_a_bundle_that_was_streamed_is_read() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.got = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.got += data
            return len(data)

    pipe = Pipe()
    with BundleWriter(pipe, Manifest(ACME_LOG, 12, (KEY,), timestamp(START))) as writer:  # type: ignore[arg-type]
        writer.entries(LOG.lines())
        writer.hashes(LOG.hashes)
        writer.checkpoints(LOG.notes)
    assert verify(bytes(pipe.got), KEY).ok
    spoiled = bytearray(pipe.got)
    spoiled[spoiled.index(b"PK\x07\x08") + 5] ^= 1
    refused(bytes(spoiled))


# The ZIP.


def patched(find: bytes, offset: int, put: bytes, bundle: bytes = GOOD) -> bytes:
    at = bundle.index(find) + offset
    return bundle[:at] + put + bundle[at + len(put) :]


def commented() -> bytes:
    stream = io.BytesIO(GOOD)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.comment = b"seen and approved"
    return stream.getvalue()


def doubled() -> bytes:
    stream = io.BytesIO(GOOD)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(zipfile.ZipInfo("hashes"), bytes(12 * 32))
    return stream.getvalue()


def with_extra_field() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members().items():
            info = zipfile.ZipInfo(name)
            info.extra = struct.pack("<2H", 0x7075, 0)
            archive.writestr(info, data)
    return stream.getvalue()


def overlapping() -> bytes:
    """Two names for the bytes of one member."""
    bundle = zipped({**members(), "consistency.jsonl": members()["checkpoints.jsonl"]})
    directory = bundle.index(b"PK\x01\x02")
    at = bundle.index(b"entries.jsonl", directory) - 46 + 42
    return bundle[:at] + struct.pack("<L", 0) + bundle[at + 4 :]


ZIPS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no zip": lambda: b"A" * 1000,
    "an empty zip": lambda: zipped({}),
    "bytes before": lambda: b"#!/bin/sh\n" + GOOD,
    "bytes behind": lambda: GOOD + b"\0",
    "a comment": commented,
    "a name twice": doubled,
    "an extra field": with_extra_field,
    "two names for one member": overlapping,
    "a name that is not wanted": lambda: with_member("readme.txt", b"trust me"),
    "a path upwards": lambda: with_member("../../etc/passwd", b""),
    "an absolute path": lambda: with_member("/entries.jsonl", b""),
    "a proof of no number": lambda: with_member("proofs/x.tlog-proof", b""),
    "a proof with zeroes": lambda: with_member("proofs/03.tlog-proof", b""),
    "another script's digits": lambda: with_member("proofs/٣.tlog-proof", b""),
    "bzip2": lambda: zipped(members(), zipfile.ZIP_BZIP2),
    "lzma": lambda: zipped(members(), zipfile.ZIP_LZMA),
    "an encrypted member": lambda: patched(b"PK\x01\x02", 8, b"\x01\x00", patched(b"PK\x03\x04", 6, b"\x01\x00")),
    "a header that says another name": lambda: patched(b"PK\x03\x04", 30, b"MANIFEST"),
    "a directory that says another name": lambda: patched(b"PK\x01\x02", 46, b"hashes.json\0."),
    "a header that says another method": lambda: patched(b"PK\x03\x04", 8, b"\x00\x00"),
    "a header that says another size": lambda: patched(b"PK\x03\x04", 22, b"\x01\x00\x00\x00"),
    "a directory that says another size": lambda: patched(b"PK\x01\x02", 24, b"\x01\x00\x00\x00"),
    "another checksum": lambda: patched(b"PK\x01\x02", 16, bytes(4), patched(b"PK\x03\x04", 14, bytes(4))),
    "a member less than it counts": lambda: patched(b"PK\x05\x06", 8, b"\x04\x00\x04\x00"),
    "two thousand members": lambda: zipped({f"proofs/{n}.tlog-proof": b"" for n in range(2000)}),
    "zip64": lambda: GOOD[:-22] + b"PK\x06\x07" + bytes(16) + GOOD[-22:],
}


@pytest.mark.parametrize("how", ZIPS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_zip_that_is_not_plain_is_refused(how: str) -> None:
    refused(ZIPS[how]())


@pytest.mark.parametrize("name", ["manifest.json", "entries.jsonl", "hashes", "checkpoints.jsonl"])
def test_a_bundle_without_a_part_is_refused_by_the_parts_name(name: str) -> None:
    parts = members()
    del parts[name]
    assert refused(zipped(parts)).where == name


def test_a_bundle_cut_anywhere_is_refused() -> None:
    for end in range(0, len(GOOD), max(1, len(GOOD) * 2 // TIMES)):
        refused(GOOD[:end])


def test_a_bundle_with_bytes_changed_anywhere_is_judged_or_refused_and_never_fine_as_another_log() -> None:
    dice = random.Random(1)
    root = verify(GOOD, KEY).root
    for _ in range(TIMES):
        spoiled = bytearray(GOOD)
        for _ in range(dice.randint(1, 4)):
            spoiled[dice.randrange(len(spoiled))] = dice.randrange(256)
        try:
            report = verify(bytes(spoiled), KEY)
        except BundleRefused:
            continue
        assert report.findings or report.root == root


def test_parts_with_bytes_changed_anywhere_are_judged_or_refused_too() -> None:
    dice = random.Random(2)
    parts = members()
    for _ in range(TIMES):
        name = dice.choice(list(parts))
        spoiled = bytearray(parts[name])
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(spoiled))
            spoiled[at : at + dice.randint(0, 2)] = dice.randbytes(dice.randint(0, 3))
        if bytes(spoiled) == parts[name]:
            continue
        try:
            report = verify(zipped({**parts, name: bytes(spoiled)}, zipfile.ZIP_STORED), KEY)
        except BundleRefused:
            continue
        if name != "manifest.json":  # when it was made is nobody's business
            assert report.findings, name


# JSON and what it says.

TIMED = '"time":"2026-11-27T09:30:02.000000Z","logged":"2026-11-27T09:30:04.000000Z"'
OBJECT = '{"a":'

CONTENTS = {
    "a member twice": f'{{{TIMED},"a":1,"a":2}}',
    "a member twice, deep": f'{{{TIMED},"a":[{{"b":1,"b":1}}]}}',
    "a time twice": f'{{{TIMED},"time":"2026-11-27T09:30:02.000000Z"}}',
    "NaN": f'{{{TIMED},"a":NaN}}',
    "infinity": f'{{{TIMED},"a":-Infinity}}',
    "a number beyond a double": f'{{{TIMED},"a":1e999}}',
    "a number of 300,000 digits": f'{{{TIMED},"a":{"9" * 300_000}}}',
    "a number beyond 64 bits": f'{{{TIMED},"a":9223372036854775808}}',
    "a hundred thousand lists": f'{{{TIMED},"a":{"[" * 100_000}{"]" * 100_000}}}',
    "fifty thousand objects": f'{{{TIMED},"a":{OBJECT * 50_000}1{"}" * 50_000}}}',
    "no JSON": "{nothing}",
    "a comma too many": f"{{{TIMED},}}",
    "two objects": f"{{{TIMED}}}{{{TIMED}}}",
    "a control character": f'{{{TIMED},"a":"\x01"}}',
    "no time": '{"logged":"2026-11-27T09:30:04.000000Z"}',
    "never logged": '{"time":"2026-11-27T09:30:04.000000Z"}',
    "a time that is a number": '{"time":1,"logged":"2026-11-27T09:30:04.000000Z"}',
    "a time that is a list": '{"time":[],"logged":"2026-11-27T09:30:04.000000Z"}',
    "logged as a number": '{"time":"2026-11-27T09:30:04.000000Z","logged":3}',
    "a day that is none": TIMED.join("{}").replace("11-27", "02-30"),
    "an hour that is none": TIMED.join("{}").replace("T09", "T24"),
    "another zone": TIMED.join("{}").replace("Z", "+00:00"),
    "other digits": TIMED.join("{}").replace("2026", "٢٠٢٦"),
    "prunes of a wrong type": f'{{{TIMED},"prunes":"all"}}',
    "prunes of half an index": f'{{{TIMED},"prunes":[0,1.5]}}',
    "a key of a wrong type": f'{{{TIMED},"log_key":7}}',
}


@pytest.mark.parametrize("how", CONTENTS)
def test_an_entry_that_can_be_read_in_two_ways_or_in_none_is_refused_with_its_line(how: str) -> None:
    assert refused(with_entry(CONTENTS[how])).where == "entries.jsonl line 3"


def test_a_first_entry_that_was_never_logged_is_refused_with_its_line() -> None:
    lines = members()["entries.jsonl"].splitlines(keepends=True)
    lines[0] = entry(0, bytes(16), CONTENTS["never logged"].encode())
    assert refused(with_member("entries.jsonl", b"".join(lines))).where == "entries.jsonl line 1"


def test_an_entry_that_is_no_utf8_is_refused_with_its_line() -> None:
    assert refused(with_entry(b'{"a":"\xff"}')).where == "entries.jsonl line 3"
    assert refused(with_entry(f'{{{TIMED},"a":"\ud800"}}')).where == "entries.jsonl line 3"


LINE = {
    "empty": b"\n",
    "a space before": b" %s",
    "another order": b'{"salt":"' + b"0" * 32 + b'","index":2,"entry":{}}\n',
    "an index with a zero": b'{"index":02,"salt":"' + b"0" * 32 + b'","entry":{}}\n',
    "a negative index": b'{"index":-2,"salt":"' + b"0" * 32 + b'","entry":{}}\n',
    "a huge index": b'{"index":' + b"9" * 5000 + b',"salt":"' + b"0" * 32 + b'","entry":{}}\n',
    "a salt of 15 bytes": b'{"index":2,"salt":"' + b"0" * 30 + b'","entry":{}}\n',
    "a salt in capitals": b'{"index":2,"salt":"' + b"A" * 32 + b'","entry":{}}\n',
    "an entry that is a list": b'{"index":2,"salt":"' + b"0" * 32 + b'","entry":[]}\n',
    "an absence for no reason": b'{"first":2,"last":2,"absent":"lost"}\n',
    "an absence beyond the log": b'{"first":2,"last":12,"absent":"withheld"}\n',
    "an absence that ends before it begins": b'{"first":3,"last":2,"absent":"withheld"}\n',
    "two absences in disorder": b'{"first":3,"last":3,"absent":"withheld"}\n{"first":2,"last":2,"absent":"withheld"}\n',
    "two absences that overlap": b'{"first":2,"last":3,"absent":"withheld"}\n'
    b'{"first":3,"last":4,"absent":"withheld"}\n',
}


@pytest.mark.parametrize("how", LINE)
def test_a_line_that_is_written_otherwise_is_refused(how: str) -> None:
    assert refused(with_line(LINE[how])).where.startswith("entries.jsonl")


def test_a_last_line_without_an_end_is_refused() -> None:
    refused(with_member("entries.jsonl", members()["entries.jsonl"][:-1]))


MANIFEST = json.loads(members()["manifest.json"])


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"null",
        json.dumps({**MANIFEST, "format": "specward.audit.bundle/v2"}).encode(),
        json.dumps({**MANIFEST, "format": 1}).encode(),
        json.dumps({**MANIFEST, "more": 1}).encode(),
        json.dumps({key: MANIFEST[key] for key in list(MANIFEST)[1:]}).encode(),
        json.dumps({**MANIFEST, "size": "12"}).encode(),
        json.dumps({**MANIFEST, "size": 12.0}).encode(),
        json.dumps({**MANIFEST, "size": True}).encode(),
        json.dumps({**MANIFEST, "size": -1}).encode(),
        json.dumps({**MANIFEST, "size": 10**30}).encode(),
        json.dumps({**MANIFEST, "origin": ""}).encode(),
        json.dumps({**MANIFEST, "origin": "a\x1b[2J"}).encode(),
        json.dumps({**MANIFEST, "origin": None}).encode(),
        json.dumps({**MANIFEST, "keys": []}).encode(),
        json.dumps({**MANIFEST, "keys": "key"}).encode(),
        json.dumps({**MANIFEST, "keys": [1]}).encode(),
        json.dumps({**MANIFEST, "keys": ["a+b+c"]}).encode(),
        json.dumps({**MANIFEST, "keys": MANIFEST["keys"] * 2}).encode(),
        json.dumps({**MANIFEST, "keys": MANIFEST["keys"] * 200}).encode(),
        json.dumps({**MANIFEST, "made": "yesterday"}).encode(),
        members()["manifest.json"].replace(b'{"format"', b'{"size":1,"format"'),
    ],
)
def test_a_manifest_that_is_none_is_refused(manifest: bytes) -> None:
    assert refused(with_member("manifest.json", manifest)).where == "manifest.json"


NOTE = json.loads(members()["checkpoints.jsonl"].splitlines()[0])["checkpoint"]


@pytest.mark.parametrize(
    "lines",
    [
        b"{}\n",
        b'{"checkpoint":1}\n',
        b'{"checkpoint":"","checkpoint":""}\n',
        b'{"checkpoint":"\\ud800"}\n',
        json.dumps({"checkpoint": NOTE.replace("\n6\n", "\n06\n")}).encode() + b"\n",
        json.dumps({"checkpoint": NOTE.replace("\n6\n", "\n-6\n")}).encode() + b"\n",
        json.dumps({"checkpoint": NOTE.replace("\n6\n", "\n" + "9" * 5000 + "\n")}).encode() + b"\n",
        json.dumps({"checkpoint": NOTE + " "}).encode() + b"\n",
        json.dumps({"checkpoint": NOTE.replace("\n", "\r\n")}).encode() + b"\n",
        json.dumps({"checkpoint": NOTE}).encode() * 2 + b"\n",
        (json.dumps({"checkpoint": NOTE}).encode() + b"\n") * 2,
        json.dumps({"checkpoint": "a" * 200_000}).encode() + b"\n",
        json.dumps({"checkpoint": NOTE}).encode(),
    ],
)
def test_checkpoints_that_are_none_are_refused_with_their_line(lines: bytes) -> None:
    assert refused(with_member("checkpoints.jsonl", lines)).where.startswith("checkpoints.jsonl")


@pytest.mark.parametrize(
    "line",
    [
        b'{"first":6,"second":12}\n',
        b'{"first":"6","second":12,"path":[]}\n',
        b'{"first":true,"second":12,"path":[]}\n',
        b'{"first":6,"second":12,"path":"x"}\n',
        b'{"first":6,"second":12,"path":[1]}\n',
        b'{"first":6,"second":1e3,"path":[]}\n',
        b'{"first":6,"second":12,"path":[' + b'"",' * 70 + b'""]}\n',
    ],
)
def test_consistency_proofs_that_are_none_are_refused(line: bytes) -> None:
    assert refused(with_member("consistency.jsonl", line)).where == "consistency.jsonl line 1"


def test_a_consistency_proof_that_proves_nothing_is_named() -> None:
    for line in (
        b'{"first":6,"second":12,"path":["AAAA"]}\n',
        b'{"first":6,"second":12,"path":["?"]}\n',
        b'{"first":0,"second":12,"path":[]}\n',
        b'{"first":6,"second":4999999,"path":[]}\n',
        b'{"first":5,"second":12,"path":[]}\n',
    ):
        report = verify(with_member("consistency.jsonl", line), KEY)
        assert [finding.fault for finding in report.findings] == [Fault.PROOF]


@pytest.mark.parametrize(
    "data", [b"", b"c2sp.org/tlog-proof@v1\n", b"\xff" * 100, b"c2sp.org/tlog-proof@v1\nindex 3\n\nx\n"]
)
def test_a_proof_that_is_none_is_named(data: bytes) -> None:
    report = verify(with_member("proofs/3.tlog-proof", data), KEY)
    assert [(finding.fault, finding.first) for finding in report.findings] == [(Fault.PROOF, 3)]


def test_a_proof_under_the_name_of_another_entry_is_named() -> None:
    for name in ("proofs/4.tlog-proof", "proofs/9999.tlog-proof"):
        report = verify(with_member(name, members()["proofs/3.tlog-proof"]), KEY)
        assert [finding.fault for finding in report.findings] == [Fault.PROOF]


def test_hashes_that_are_not_whole_are_refused() -> None:
    assert refused(with_member("hashes", members()["hashes"] + b"\0")).where == "hashes"


def test_an_empty_log_is_fine_when_it_is_signed() -> None:
    log = Log()
    log.sign()
    assert verify(log.bundle(), KEY).ok


def test_an_older_bundle_that_cannot_be_read_is_refused_as_the_older_one() -> None:
    with pytest.raises(BundleRefused, match="the older bundle"):
        verify(GOOD, KEY, b"nothing")
