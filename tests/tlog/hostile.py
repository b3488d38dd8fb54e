"""A good bundle, and how tests of hostile ones take it apart and put it together."""

from __future__ import annotations

import io
import os
import zipfile

import pytest

from specward.tlog import BundleRefused, verify
from tests.tlog.logs import ACME_KEY, acmes_log

KEY = ACME_KEY.verifier
LOG = acmes_log(12, every=6)
GOOD = LOG.bundle(proofs=(3,), steps=True)
TIMES = 20_000 if os.environ.get("SPECWARD_SOAK") == "1" else 400


def members(bundle: bytes = GOOD) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return stream.getvalue()


def with_member(name: str, data: bytes) -> bytes:
    return zipped({**members(), name: data})


def refused(bundle: bytes) -> BundleRefused:
    with pytest.raises(BundleRefused) as found:
        verify(bundle, KEY)
    assert found.value.where and str(found.value)
    return found.value
