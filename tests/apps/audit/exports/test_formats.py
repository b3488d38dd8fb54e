"""What is in an export: the entries as they were logged, in the order of the log, and nothing later."""

from __future__ import annotations

import pytest

from apps.audit import placed
from apps.audit.exports.models import Format
from apps.tenants.models import Tenant
from specward.tlog import verify
from tests.apps.audit.exports.making import a_log, content, made, of_csv, of_jsonl, the_key

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "queued")]


def as_logged(size: int) -> list[dict[str, object]]:
    """What the places of the log say."""
    found = []
    for one in placed.read(0, size - 1):
        assert isinstance(one, placed.Placed) and one.is_as_logged
        found.append({"index": one.index, **one.entry})
    return found


def test_json_lines_and_csv_read_back_as_the_entries_that_were_logged(in_acme: Tenant) -> None:
    a_log(120)
    lines, table = made(Format.JSONL), made(Format.CSV)
    logged = as_logged(lines.size)
    assert len(logged) > 120 and lines.entries == len(logged)
    assert of_jsonl(content(lines)) == logged
    assert of_csv(content(table)) == logged[: table.size]


def test_the_bundle_of_the_log_is_verified_with_nothing_but_its_key(in_acme: Tenant) -> None:
    a_log(120)
    export = made(Format.BUNDLE)
    report = verify(content(export), the_key())
    assert report.findings == []
    assert export.entries == export.size
