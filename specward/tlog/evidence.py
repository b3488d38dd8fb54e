"""Evidence of controls, taken home: runs of checks, each tied by its digest to an entry of the signed log.

====================  ==============================================================================================
``runs.jsonl``        a line for each run: what it says, and its entry with the path to the checkpoint's root
``checkpoint``        the signed head of the log that all of them lead to
``controls.json``     the controls and checks, as they were described
``exceptions.jsonl``  failing checks that were accepted for a while
``requests.jsonl``    what auditors asked, and what was answered
``manifest.json``     format, days, keys, and the length and SHA-256 of each other member; it comes last
====================  ==============================================================================================

What is shown: that each run is as it was logged, at its place of the signed log, and that no member was changed. What
is not: that no run was left out, unless a proof bundle of the log is at hand to compare with.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from specward.tlog import strict_json
from specward.tlog.archive import Archive
from specward.tlog.bundle import object_line
from specward.tlog.checkpoints import Checkpoint, open_checkpoint
from specward.tlog.encoding import from_base64
from specward.tlog.hashing import HASH_BYTES
from specward.tlog.leaves import SALT_BYTES, entry_hash, is_timestamp
from specward.tlog.notes import MAX_NOTE_BYTES, VerifierKey
from specward.tlog.proofs import MAX_PATH, verify_inclusion
from specward.tlog.refusals import BundleRefused, NoteRefused, ProofRefused
from specward.tlog.report import MAX_FINDINGS

FORMAT: Final = "specward.evidence/v1"
MANIFEST, RUNS, CHECKPOINT, CONTROLS = "manifest.json", "runs.jsonl", "checkpoint", "controls.json"
EXCEPTIONS, REQUESTS = "exceptions.jsonl", "requests.jsonl"
MEMBERS: Final = (RUNS, CHECKPOINT, CONTROLS, EXCEPTIONS, REQUESTS)

MAX_RUN_BYTES: Final = 1024 * 1024
MAX_KEYS: Final = 5_000
_LIMITS: Final = {
    MANIFEST: 2 * 1024 * 1024,
    RUNS: 2**31 - 1,
    CHECKPOINT: MAX_NOTE_BYTES,
    CONTROLS: 16 * 1024 * 1024,
    EXCEPTIONS: 64 * 1024 * 1024,
    REQUESTS: 256 * 1024 * 1024,
}
OUTCOMES: Final = frozenset({"pass", "fail", "n/a", "error"})
WAITS: Final = datetime.timedelta(hours=1)
"""How long before the file was made a run may have begun whose entry was not signed then. Signing takes a second, and
an alarm goes off after a minute: what is said to wait for longer was never logged."""
_AHEAD: Final = datetime.timedelta(minutes=5)
"""How far the clocks of two machines may differ."""
_LOGGED_AS: Final = "check"
"""The action of an entry that is about a run."""
_RUN: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

Evidence = Path | bytes | BinaryIO
"""A file, its bytes, or a stream that can seek."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is wrong. ``fault`` is stable: ``changed``, ``not-logged``, ``member-changed``, ``outside``,
    ``twice``, ``checkpoint``."""

    fault: str
    message: str
    run: str | None = None


@dataclass(slots=True)
class EvidenceReport:
    """All of it computed. ``outcomes`` are of the proven ones. ``waiting``: runs whose entries no checkpoint covered
    yet when the evidence was taken; nothing shows that they are what was logged."""

    origin: str
    first: str
    last: str
    runs: int = 0
    proven: int = 0
    waiting: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    pinned: bool = False
    findings: list[Found] = field(default_factory=list)
    more: int = 0

    @property
    def ok(self) -> bool:
        return not self.findings

    def add(self, fault: str, message: str, run: str | None = None) -> None:
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Found(fault, message, run))
        else:
            self.more += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "origin": self.origin,
            "first": self.first,
            "last": self.last,
            "runs": self.runs,
            "proven": self.proven,
            "waiting": self.waiting,
            "outcomes": self.outcomes,
            "keys": list(self.keys),
            "key_given": self.pinned,
            "findings": [{"fault": one.fault, "message": one.message, "run": one.run} for one in self.findings],
            "more_findings": self.more,
        }


@dataclass(frozen=True, slots=True)
class _Manifest:
    origin: str
    first: str
    last: str
    made: datetime.datetime
    keys: tuple[VerifierKey, ...]
    files: dict[str, tuple[int, str]]


def is_evidence(evidence: Evidence) -> bool:
    """Whether this is evidence, and not a proof bundle of a log. Raises :class:`BundleRefused` where it is neither."""
    with ExitStack() as stack:
        archive = Archive(_opened(evidence, stack), lambda _: 2**31 - 1)
        if MANIFEST not in archive.members:
            raise BundleRefused("it has no manifest", where="the ZIP")
        # The first bytes suffice: both formats name themselves first.
        return next(archive.chunks(MANIFEST), b"").startswith(f'{{"format":"{FORMAT}"'.encode())


def verify_evidence(evidence: Evidence, key: VerifierKey | None = None) -> EvidenceReport:
    """What is wrong with evidence, all that can be named. ``key``: the log's, as it is known from elsewhere; without
    it the evidence vouches for itself. Raises :class:`BundleRefused` where it cannot be read, or is over a limit."""
    with ExitStack() as stack:
        archive = Archive(_opened(evidence, stack), _LIMITS.get)
        manifest = _manifest(archive)
        keys = manifest.keys if key is None else (key,)
        report = EvidenceReport(
            manifest.origin, manifest.first, manifest.last, keys=tuple(map(str, keys)), pinned=key is not None
        )
        for name in MEMBERS:
            _compare(archive, name, manifest, report)
        checkpoint = _checkpoint(archive, manifest, keys, report)
        seen: set[str] = set()
        for number, line in enumerate(_lines(archive), 1):
            _judge(line, f"{RUNS}, line {number}", manifest, checkpoint, seen, report)
        return report


def _opened(evidence: Evidence, stack: ExitStack) -> BinaryIO:
    if isinstance(evidence, bytes):
        return io.BytesIO(evidence)
    if not isinstance(evidence, Path):
        return evidence
    try:
        return stack.enter_context(evidence.open("rb"))
    except OSError as failed:
        raise BundleRefused(f"it cannot be opened: {failed.strerror}", where="the ZIP") from failed


def _manifest(archive: Archive) -> _Manifest:
    missing = [name for name in (MANIFEST, *MEMBERS) if name not in archive.members]
    if missing:
        raise BundleRefused(f"it lacks {', '.join(missing)}", where="the ZIP")
    said = object_line(
        archive.read(MANIFEST).removesuffix(b"\n"), MANIFEST,
        {"format", "origin", "first", "last", "controls", "made", "code_version", "keys", "files"},
    )  # fmt: skip
    origin, files, keys = said["origin"], said["files"], said["keys"]
    if said["format"] != FORMAT:
        raise BundleRefused(f"it is no evidence of the format {FORMAT}", where=MANIFEST)
    if type(origin) is not str or not origin or not origin.isprintable() or not is_timestamp(said["made"]):
        raise BundleRefused("it does not say of which log it is, or when it was made", where=MANIFEST)
    if not _is_day(said["first"]) or not _is_day(said["last"]) or said["first"] > said["last"]:
        raise BundleRefused("its days are none", where=MANIFEST)
    if type(keys) is not list or len(keys) > MAX_KEYS or any(type(one) is not str for one in keys):
        raise BundleRefused("its keys are no list of texts", where=MANIFEST)
    if type(files) is not dict or set(files) != set(MEMBERS):
        raise BundleRefused("it does not name its members", where=MANIFEST)
    told = {}
    for name, one in files.items():
        if (
            type(one) is not dict
            or set(one) != {"bytes", "sha256"}
            or type(one["bytes"]) is not int
            or type(one["sha256"]) is not str
            or not _SHA256.fullmatch(one["sha256"])
        ):
            raise BundleRefused(f"it does not say what {name} is", where=MANIFEST)
        told[name] = (one["bytes"], one["sha256"])
    try:
        parsed = tuple(VerifierKey.parse(one) for one in keys)
    except NoteRefused as refused:
        raise BundleRefused(f"a key in it is none. {refused}", where=MANIFEST) from refused
    made = datetime.datetime.fromisoformat(said["made"])
    return _Manifest(origin, said["first"], said["last"], made, parsed, told)


def _is_day(text: object) -> bool:
    if type(text) is not str or not _DAY.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _compare(archive: Archive, name: str, manifest: _Manifest, report: EvidenceReport) -> None:
    whole, length = hashlib.sha256(), 0
    for chunk in archive.chunks(name):
        whole.update(chunk)
        length += len(chunk)
    if (length, whole.hexdigest()) != manifest.files[name]:
        report.add("member-changed", f"{name} is not the one that the manifest tells of.")


def _checkpoint(
    archive: Archive, manifest: _Manifest, keys: tuple[VerifierKey, ...], report: EvidenceReport
) -> Checkpoint | None:
    note = archive.read(CHECKPOINT)
    if not note:
        return None  # nothing was signed yet: every run waits
    try:
        return open_checkpoint(note, keys, manifest.origin)
    except NoteRefused as refused:
        report.add("checkpoint", f"The checkpoint does not hold: {refused}")
        return None


def _lines(archive: Archive) -> Iterator[bytes]:
    rest = b""
    for chunk in archive.chunks(RUNS):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > MAX_RUN_BYTES:
            raise BundleRefused(f"a line has more than {MAX_RUN_BYTES:,} bytes", where=RUNS)
    if rest:
        raise BundleRefused("its last line does not end", where=RUNS)


def _judge(
    line: bytes, where: str, manifest: _Manifest, checkpoint: Checkpoint | None, seen: set[str], report: EvidenceReport
) -> None:
    if len(line) > MAX_RUN_BYTES:
        raise BundleRefused(f"it has more than {MAX_RUN_BYTES:,} bytes", where=where)
    said = object_line(line, where, {"document", "index", "salt", "entry", "path"})
    if type(said["document"]) is not str:
        raise BundleRefused("it is no line of a run", where=where)
    run = _object(said["document"], where)
    name, day = run.get("run"), run.get("at")
    if (
        type(name) is not str
        or not _RUN.fullmatch(name)
        or not is_timestamp(day)
        or not _is_outcome(run.get("outcome"))
    ):
        raise BundleRefused("its document is no run", where=where)
    report.runs += 1
    if name in seen:
        report.add("twice", f"The run {name} is there twice.", name)
    seen.add(name)
    if not manifest.first <= str(day)[:10] <= manifest.last:
        report.add("outside", f"The run {name} is of {str(day)[:10]}, outside of the days.", name)
    if said["index"] is None:
        began = datetime.datetime.fromisoformat(str(day))
        if not manifest.made - WAITS <= began <= manifest.made + _AHEAD:
            report.add("not-logged", f"The run {name} has no entry of the log, though there was time for one.", name)
        report.waiting += 1
        return
    why = _why_not(said, run, checkpoint, where)
    if why is None:
        report.proven += 1
        report.outcomes[run["outcome"]] = report.outcomes.get(run["outcome"], 0) + 1
    else:
        report.add(*why, name)


def _is_outcome(value: object) -> bool:
    return type(value) is str and value in OUTCOMES


def _why_not(
    said: dict[str, Any], run: dict[str, Any], checkpoint: Checkpoint | None, where: str
) -> tuple[str, str] | None:
    """The fault and its words; None where the run is what its entry says, and that is in the log."""
    salt, path = said["salt"], said["path"]
    if (
        type(said["index"]) is not int
        or type(salt) is not str
        or not re.fullmatch(f"[0-9a-f]{{{2 * SALT_BYTES}}}", salt, re.ASCII)
        or type(said["entry"]) is not str
        or type(path) is not list
        or len(path) > MAX_PATH
    ):
        raise BundleRefused("its entry is none", where=where)
    hashes = [from_base64(one) if type(one) is str else None for one in path]
    if any(one is None or len(one) != HASH_BYTES for one in hashes):
        raise BundleRefused("its path is none", where=where)
    entry = _object(said["entry"], where)
    details = entry.get("details")
    digest = hashlib.sha256(said["document"].encode()).hexdigest()
    logged = details.get("digest") if type(details) is dict else None
    if type(logged) is not str or not hmac.compare_digest(digest.encode(), logged.encode()):
        return "changed", f"The run {run['run']} is not what was logged."
    assert type(details) is dict  # noqa: S101  # it held a digest
    same = all(details.get(name) == run.get(name) for name in ("run", "check", "outcome"))
    if not same:
        return "changed", f"The run {run['run']} is not the one that its entry is about."
    if checkpoint is None:
        return "not-logged", f"The run {run['run']} leads to no checkpoint that holds."
    leaf = entry_hash(bytes.fromhex(salt), said["entry"].encode())
    try:
        verify_inclusion(said["index"], checkpoint.size, leaf, [one for one in hashes if one], checkpoint.root)
    except ProofRefused:
        return "not-logged", f"The entry of the run {run['run']} is not in the signed log."
    if entry.get("action") != _LOGGED_AS or entry.get("object_pk") != run["run"]:
        return "changed", f"The entry of the run {run['run']} is of something else: whoever wrote it chose its details."
    return None


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        value = strict_json.read(text.encode())
    except (strict_json.NotStrict, UnicodeEncodeError) as refused:
        raise BundleRefused(str(refused), where=where) from refused
    if type(value) is not dict:
        raise BundleRefused("it is no object", where=where)
    return value
