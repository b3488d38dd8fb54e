"""An export takes no more memory of a long log than of a short one."""

from __future__ import annotations

import os
import tracemalloc

import pytest

from apps.audit.exports import making
from apps.audit.exports.models import Format
from apps.tenants.models import Tenant
from tests.apps.audit.exports.making import a_long_log, again, asked, content

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "queued")]
SHORT, LONG = (10_000, 100_000) if os.environ.get("SPECWARD_SOAK") == "1" else (3_000, 15_000)
MIB = 1024 * 1024


def peak_of(format: Format) -> float:
    """MiB at most while an export is made, beyond what was there before."""
    export = asked(format, piece=65_536)
    tracemalloc.start()
    try:
        assert making.make(export.id) is making.Outcome.READY
        found = tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()
    assert len(content(again(export))) > 200_000
    return found


@pytest.mark.timeout(1200)
def test_a_long_log_takes_no_more_memory_than_a_short_one(in_acme: Tenant) -> None:
    a_long_log(SHORT)
    short = {format: peak_of(format) for format in Format}
    a_long_log(LONG - SHORT)
    long = {format: peak_of(format) for format in Format}
    print("MiB at most", SHORT, short, LONG, long)
    for format in Format:
        assert long[format] < short[format] + 1.5, format
        assert long[format] < 12
