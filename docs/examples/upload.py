"""Uploads a recording in parts, waits for its spec, and prints that.

SPECWARD_TOKEN=swd_... python upload.py https://acme.example session.json

The token needs the scopes recordings.upload, recordings.read and specs.read. A line that breaks costs one part.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

from client import Client, Problem  # type: ignore[import-not-found]  # it lies beside this file

PART = 8 * 1024 * 1024
TRIES = 5


def upload(client: Client, file: Path, part: int = PART) -> Any:
    """The recording. Bytes that are there already are not sent again: then it is the first one."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        try:
            at = client.begin_upload({"name": file.name, "size": file.stat().st_size, "sha256": digest})
            failed = 0
            while at["recording"] is None:
                content.seek(at["offset"])
                try:
                    at = client.send_part(at["id"], content.read(part), upload_offset=at["offset"])
                    failed = 0
                except OSError:
                    failed += 1
                    if failed == TRIES:
                        raise
                    time.sleep(2**failed)
                    at = client.get_upload(at["id"])  # how much of it has come
        except Problem as refused:
            if refused.code != "recording.duplicate":
                raise
            return client.get_recording(refused.said["first"]["id"])
    return at["recording"]


def spec_of(client: Client, recording: Any, pause: float = 1) -> str:
    """The text of the spec whose path a recording walks. Raises SystemExit where there will be none."""
    while recording["made"] is None:
        if recording["state"] in ("failed", "discarding", "discarded"):
            raise SystemExit(f"There will be no spec: {recording['reason'] or recording['state']}.")
        time.sleep(pause)
        recording = client.get_recording(recording["id"])
    made = recording["made"]
    text: str = client.get_version(made["version"] or client.get_spec(made["spec"])["newest"])["text"]
    return text


def main() -> None:
    asked = argparse.ArgumentParser(description="Uploads a recording in parts, waits for its spec, and prints that.")
    asked.add_argument("address", help="the host of your tenant, such as https://acme.example")
    asked.add_argument("file", type=Path, help="a recording: rrweb events as JSON or JSON lines, also gzipped")
    asked.add_argument("--host", help="the name of that host, where the address is another one")
    asked.add_argument("--part", type=int, default=PART, help="bytes of a part")
    given = asked.parse_args()
    client = Client(given.address, os.environ["SPECWARD_TOKEN"], host=given.host)
    try:
        sys.stdout.write(spec_of(client, upload(client, given.file, given.part)))
    except Problem as refused:
        raise SystemExit(str(refused)) from None


if __name__ == "__main__":
    main()
