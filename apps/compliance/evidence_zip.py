"""Evidence as a file that proves itself offline: see ``specward.tlog.evidence`` for its parts and its verifier."""

from __future__ import annotations

import datetime
import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from apps.audit.log_keys import reigns
from apps.audit.placed import Placed, of_entries
from apps.audit.tiles import hashes_over
from apps.audit.tree import Checkpoint
from apps.compliance.catalogue import catalogue
from apps.compliance.code_version import code_version
from apps.compliance.controls import Control
from apps.compliance.models import Exempt, Message, Run
from apps.compliance.observing import bounds
from apps.compliance.promises import Promise, Threat
from apps.compliance.running import document_of
from specward.tlog import inclusion_proof, timestamp
from specward.tlog.bundle import compact
from specward.tlog.encoding import to_base64
from specward.tlog.evidence import CHECKPOINT, CONTROLS, EXCEPTIONS, FORMAT, MANIFEST, REQUESTS, RUNS
from specward.tlog.proofs import HashOf

_SLICE: Final = 500
_BLOCK: Final = 262_144
NOTHING_SIGNED: Final = "specward.invalid/nothing-signed"
"""The origin while the log has no key yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to take home: runs, exceptions and requests as far as whoever asks may see them, of these days."""

    controls: tuple[Control, ...]
    first: datetime.date
    last: datetime.date
    runs: QuerySet[Run]
    exceptions: QuerySet[Exempt]
    messages: QuerySet[Message]

    @property
    def file_name(self) -> str:
        return f"evidence-{self.first:%Y%m%d}-{self.last:%Y%m%d}.zip"

    @property
    def checks(self) -> list[str]:
        return sorted({check for control in self.controls for check in control.checks})


def write(wanted: Wanted) -> Iterator[bytes]:
    """The file, in blocks and in bounded memory; each slice of runs is read by statements of its own."""
    out = _Blocks()
    files: dict[str, dict[str, Any]] = {}
    checkpoint = Checkpoint.objects.first()
    with zipfile.ZipFile(out, "w") as archive:
        for name, lines in _members(wanted, checkpoint):
            whole, length = hashlib.sha256(), 0
            with archive.open(_info(name), "w") as member:
                for line in lines:
                    member.write(line)
                    whole.update(line)
                    length += len(line)
                    if len(out.blocks) > _BLOCK:
                        yield out.taken()
            files[name] = {"bytes": length, "sha256": whole.hexdigest()}
        with archive.open(_info(MANIFEST), "w") as member:
            member.write(_manifest(wanted, files) + b"\n")
    yield out.taken()


class _Blocks:
    """Where a ZIP is written to: neither seeks nor tells, and gives away what it has."""

    def __init__(self) -> None:
        self.blocks = bytearray()

    def write(self, data: bytes, /) -> int:
        self.blocks += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """There is nothing to close."""

    def taken(self) -> bytes:
        given = bytes(self.blocks)
        self.blocks.clear()
        return given


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # its time is 1980: what was written when is in the manifest
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _members(wanted: Wanted, checkpoint: Checkpoint | None) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield CONTROLS, [compact(_described(wanted.controls)) + b"\n"]
    yield EXCEPTIONS, _exceptions(wanted)
    yield REQUESTS, _requests(wanted)
    yield CHECKPOINT, [] if checkpoint is None else [checkpoint.note.encode()]
    yield RUNS, _runs(wanted, checkpoint)


def _manifest(wanted: Wanted, files: dict[str, dict[str, Any]]) -> bytes:
    ruled = reigns()
    return compact(
        {
            "format": FORMAT,
            "origin": ruled[0].key.name if ruled else NOTHING_SIGNED,
            "first": wanted.first.isoformat(),
            "last": wanted.last.isoformat(),
            "controls": [control.key for control in wanted.controls],
            "made": timestamp(timezone.now()),
            "code_version": code_version(),
            "keys": [str(reign.key) for reign in ruled],
            "files": files,
        }
    )


def _described(controls: Sequence[Control]) -> dict[str, Any]:
    ours = catalogue()
    promised: list[Promise | Threat] = [*ours.promises, *ours.threats]
    used = {check for control in controls for check in control.checks}
    return {
        "promises": [asdict(one) for one in promised],
        "controls": [{**asdict(control), "every": control.every.words} for control in controls],
        "checks": [
            {"key": key, "title": check.title, "words": check.words, "mend": check.mend}
            for key, check in ours.checks.items()
            if key in used
        ],
    }


def _runs(wanted: Wanted, checkpoint: Checkpoint | None) -> Iterator[bytes]:
    begin, end = bounds(wanted.first, wanted.last)
    runs = wanted.runs.filter(at__gte=begin, at__lt=end, check_key__in=wanted.checks).order_by("at", "id")
    size = checkpoint.size if checkpoint is not None else 0
    hash_of = hashes_over(size)
    after: tuple[datetime.datetime, Any] | None = None
    while True:
        page = runs if after is None else _behind(runs, *after)
        found = list(page[:_SLICE])
        if not found:
            return
        places = of_entries([run.entry_id for run in found])
        for run in found:
            yield _line(run, places.get(run.entry_id), size, hash_of)
        after = found[-1].at, found[-1].id


def _behind(runs: QuerySet[Run], at: datetime.datetime, id: Any) -> QuerySet[Run]:
    return runs.filter(at__gte=at).exclude(at=at, id__lte=id)


def _line(run: Run, place: Placed | None, size: int, hash_of: HashOf) -> bytes:
    said: dict[str, Any] = {"document": document_of(run).decode()}
    if place is None or place.index >= size:
        said |= {"index": None, "salt": None, "entry": None, "path": None}
    else:
        path = [to_base64(each) for each in inclusion_proof(place.index, size, hash_of)]
        said |= {"index": place.index, "salt": place.salt.hex(), "entry": place.content.decode(), "path": path}
    return compact(said) + b"\n"


def _exceptions(wanted: Wanted) -> Iterator[bytes]:
    begin, end = bounds(wanted.first, wanted.last)
    held = wanted.exceptions.filter(check_key__in=wanted.checks, made__lt=end, expires__gte=begin)
    for one in held.order_by("made", "id"):
        yield (
            compact(
                {
                    "id": str(one.id),
                    "check": one.check_key,
                    "reason": one.reason,
                    "owner": one.owner.name,
                    "made": timestamp(one.made),
                    "made_by": one.made_by.name,
                    "expires": timestamp(one.expires),
                    "ended": None if one.ended is None else timestamp(one.ended),
                }
            )
            + b"\n"
        )


def _requests(wanted: Wanted) -> Iterator[bytes]:
    keys = [control.key for control in wanted.controls]
    for one in wanted.messages.filter(control_key__in=keys).order_by("at", "id"):
        yield (
            compact(
                {
                    "control": one.control_key,
                    "auditor": one.auditor.name,
                    "kind": one.kind,
                    "author": one.author.name,
                    "at": timestamp(one.at),
                    "body": one.body,
                }
            )
            + b"\n"
        )
