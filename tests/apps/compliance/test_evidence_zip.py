"""Evidence that is taken home: each run is what was logged, and whoever changes one afterwards is told so."""

from __future__ import annotations

import datetime
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.log_keys import reigns
from apps.audit.recording import record
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action
from apps.compliance import exempting, running, threads
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import failed
from apps.compliance.evidence_zip import Wanted, write
from apps.compliance.models import Exempt, Message, Run
from apps.tenants.models import Tenant
from specward.cli.main import main
from specward.tlog import SigningKey, VerifierKey, timestamp
from specward.tlog.evidence import MANIFEST, MEMBERS, RUNS, EvidenceReport, is_evidence, verify_evidence
from specward.tlog.refusals import BundleRefused
from tests.apps.compliance.past_triggers import past_triggers
from tests.apps.compliance.test_running import seen

pytestmark = pytest.mark.django_db(transaction=True)


def wanted(ours: Catalogue, days: int = 0) -> Wanted:
    today = timezone.now().date()
    return Wanted(
        tuple(ours.controls.values()), today - datetime.timedelta(days=days), today,
        Run.objects.all(), Exempt.objects.select_related("owner", "made_by"),
        Message.objects.select_related("author", "auditor"),
    )  # fmt: skip


def the_key() -> VerifierKey:
    return reigns()[0].key


@pytest.fixture
def taken(in_acme: Tenant, ours: Catalogue, alice: User, ada: User) -> bytes:
    seen(ours, "test.2").result = failed("Two tables have no wall.", tables=["a", "b"])
    running.run_due()
    running.run("test.2", Run.By.PERSON)
    exempting.accept(
        "test.2", reason="Ünder repair.", owner=alice, expires=timezone.now() + datetime.timedelta(days=1), by=alice
    )
    threads.ask("C-2", ada, "Who mends it?")
    while sequence().placed.entries:
        pass
    return b"".join(write(wanted(ours)))


def test_evidence_holds_all_runs_and_proves_each(taken: bytes, ours: Catalogue) -> None:
    assert is_evidence(taken)
    report = verify_evidence(taken, the_key())
    assert report.ok, report.findings
    assert (report.runs, report.proven, report.waiting) == (7, 7, 0)
    assert report.outcomes == {"pass": 5, "fail": 2} and report.pinned
    with zipfile.ZipFile(io.BytesIO(taken)) as archive:
        assert set(archive.namelist()) == {*MEMBERS, MANIFEST}
        assert "Ünder repair." in archive.read("exceptions.jsonl").decode()
        assert "Who mends it?" in archive.read("requests.jsonl").decode()
        described = json.loads(archive.read("controls.json"))
        assert [one["key"] for one in described["controls"]] == list(ours.controls)


def test_what_is_not_signed_yet_waits(in_acme: Tenant, ours: Catalogue) -> None:
    running.run_due()
    report = verify_evidence(b"".join(write(wanted(ours))))
    assert report.ok and (report.runs, report.proven, report.waiting) == (6, 0, 6)


def test_other_days_and_other_controls_are_not_in_it(in_acme: Tenant, ours: Catalogue) -> None:
    running.run_due()
    today = timezone.now().date()
    one = wanted(ours)
    only = Wanted((ours.control("C-1"),), today, today, one.runs, one.exceptions, one.messages)
    assert verify_evidence(b"".join(write(only))).runs == 1
    day = today - datetime.timedelta(days=3)
    past = Wanted(one.controls, day, day, one.runs, one.exceptions, one.messages)
    assert verify_evidence(b"".join(write(past))).runs == 0


def test_many_runs_are_read_in_slices_and_none_is_lost_or_twice(
    in_acme: Tenant, ours: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.compliance.evidence_zip._SLICE", 2)
    running.run_due()
    Run.objects.bulk_create(
        [
            Run(
                check_key="test.0", at=run.at, took_ms=1, outcome="pass", by="person", code_version="0",
                digest="0" * 64, entry_id=0,
            )
            for run in Run.objects.all()
        ]
    )  # fmt: skip
    report = verify_evidence(b"".join(write(wanted(ours))))
    assert report.runs == 12 and report.findings == []


def again(taken: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same file with members changed, and a manifest that fits them, as somebody would who wants to deceive."""
    import hashlib

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(taken)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        members = {name: change(name, old.read(name)) for name in old.namelist()}
        manifest = json.loads(members[MANIFEST])
        manifest["files"] = {
            name: {"bytes": len(members[name]), "sha256": hashlib.sha256(members[name]).hexdigest()} for name in MEMBERS
        }
        members[MANIFEST] = json.dumps(manifest, separators=(",", ":")).encode() + b"\n"
        for name, data in members.items():
            new.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def of_run(number: int, change: Callable[[dict[str, object]], None]) -> Callable[[str, bytes], bytes]:
    def changed(name: str, data: bytes) -> bytes:
        if name != RUNS:
            return data
        lines = [json.loads(line) for line in data.splitlines()]
        change(lines[number])
        return b"".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for line in lines)

    return changed


def faults(report: EvidenceReport) -> set[str]:
    return {one.fault for one in report.findings}


def say(**other: object) -> Callable[[dict[str, object]], None]:
    def change(line: dict[str, object]) -> None:
        document = {**json.loads(str(line["document"])), **other}
        line["document"] = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    return change


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (say(outcome="pass"), "changed"),
        (say(because=""), "changed"),
        (say(evidence={}), "changed"),
        (say(check="another"), "changed"),
        (say(at="2020-01-01T00:00:00.000000Z"), "outside"),
        (lambda line: line.update(salt="00" * 16), "not-logged"),
        (lambda line: line.update(index=int(line["index"]) + 1), "not-logged"),
        (lambda line: line.update(path=list(line["path"])[:-1]), "not-logged"),
        (lambda line: line.update(entry=str(line["entry"]).replace('"check"', '"export"', 1)), "not-logged"),
    ],
)
def test_a_changed_run_is_named(taken: bytes, change: Callable[[dict[str, object]], None], fault: str) -> None:
    report = verify_evidence(again(taken, of_run(-1, change)), the_key())
    assert fault in faults(report) and len({one.run for one in report.findings}) == 1


def unlogged(line: dict[str, object]) -> None:
    line.update(index=None, salt=None, entry=None, path=None)


def test_who_says_that_a_run_waits_proves_nothing_by_it(taken: bytes) -> None:
    def forged(line: dict[str, object]) -> None:
        say(outcome="pass", because="")(line)
        unlogged(line)

    report = verify_evidence(again(taken, of_run(-1, forged)), the_key())
    assert report.waiting == 1 and report.outcomes == {"pass": 5, "fail": 1}  # those that are proven


def test_a_run_of_long_ago_that_is_said_to_wait_was_never_logged(taken: bytes) -> None:
    def days(name: str, data: bytes) -> bytes:
        return data if name != MANIFEST else data.replace(b'"first":"2', b'"first":"1')

    def forged(line: dict[str, object]) -> None:
        began = datetime.datetime.fromisoformat(str(json.loads(str(line["document"]))["at"]))
        say(at=timestamp(began - datetime.timedelta(minutes=61)))(line)
        unlogged(line)

    change = of_run(-1, forged)
    report = verify_evidence(again(taken, lambda name, data: days(name, change(name, data))), the_key())
    assert faults(report) == {"not-logged"} and "there was time for one" in report.findings[0].message


@pytest.mark.parametrize("name", ["outcome", "run"])
def test_what_is_no_outcome_and_no_id_is_refused(taken: bytes, name: str) -> None:
    with pytest.raises(BundleRefused, match="no run"):
        verify_evidence(again(taken, of_run(0, say(**{name: "\x1b[2J fine"}))), the_key())


def test_an_entry_about_something_else_is_no_entry_of_a_run(in_acme: Tenant, ours: Catalogue) -> None:
    run = running.run("test.0")
    said = {"run": str(run.id), "check": "test.0", "outcome": "pass", "digest": run.digest}
    other = record(Action.EXPORT, run, details=said)
    past_triggers(in_acme, "compliance_run", "UPDATE compliance_run SET entry_id = %s", other.id)
    while sequence().placed.entries:
        pass
    report = verify_evidence(b"".join(write(wanted(ours))), the_key())
    assert faults(report) == {"changed"}


def test_a_run_that_takes_the_entry_of_another_is_named(taken: bytes) -> None:
    def swap(name: str, data: bytes) -> bytes:
        if name != RUNS:
            return data
        lines = [json.loads(line) for line in data.splitlines()]
        lines[0]["document"], lines[1]["document"] = lines[1]["document"], lines[0]["document"]
        return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)

    report = verify_evidence(again(taken, swap), the_key())
    assert faults(report) == {"changed"} and len(report.findings) == 2


def test_a_run_that_is_there_twice_is_named(taken: bytes) -> None:
    twice = again(taken, lambda name, data: data + data.splitlines(keepends=True)[0] if name == RUNS else data)
    assert faults(verify_evidence(twice, the_key())) == {"twice"}


def test_evidence_of_another_log_or_signed_by_another_key_does_not_hold(taken: bytes) -> None:
    other = SigningKey.generate(the_key().name).verifier
    report = verify_evidence(taken, other)
    assert "checkpoint" in faults(report) and report.proven == 0


def test_a_member_that_is_not_the_manifests_is_named(taken: bytes) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(taken)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(
                zipfile.ZipInfo(name),
                data.replace(b"Who mends it?", b"All is well!!") if name == "requests.jsonl" else data,
            )
    report = verify_evidence(out.getvalue(), the_key())
    assert faults(report) == {"member-changed"}


def test_whatever_bytes_are_broken_it_is_told_or_refused_and_never_a_crash(taken: bytes, soak: bool) -> None:
    dice = random.Random(7)
    key = the_key()
    whole = verify_evidence(taken, key).as_json()
    for _ in range(5_000 if soak else 300):
        broken = bytearray(taken)
        for _ in range(dice.randrange(1, 4)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        if bytes(broken) == taken:
            continue
        try:
            report = verify_evidence(bytes(broken), key)
        except BundleRefused:
            continue
        # Times and attributes of the ZIP say nothing: what is left is the same evidence, or a finding.
        assert report.findings or report.as_json() == whole


def test_specward_verify_takes_evidence_as_it_takes_a_bundle(taken: bytes, tmp_path: Path) -> None:
    file = tmp_path / "evidence.zip"
    file.write_bytes(taken)
    done = CliRunner().invoke(main, ["verify", str(file), "--key", str(the_key()), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["proven"] == 7
    said = CliRunner().invoke(main, ["verify", str(file)])
    assert said.exit_code == 0 and "vouches for itself" in said.output and "7 runs" in said.output
    file.write_bytes(again(taken, of_run(0, say(because="It was mended."))))
    bad = CliRunner().invoke(main, ["verify", str(file), "--key", str(the_key())])
    assert bad.exit_code == 1 and "is not what was logged" in bad.output
    since = CliRunner().invoke(main, ["verify", str(file), "--since", str(file)])
    assert since.exit_code == 2 and "--since" in since.output
