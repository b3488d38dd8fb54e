"""Objects of Alice's: stored whole or not at all, under names that lead nowhere else, and nothing to Mallory.

What every store of ciphertexts holds to runs over ``STORES``; what a local folder must withstand stands below.
"""

from __future__ import annotations

import hashlib
import io
import os
import signal
import socket
import stat
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.tenants.errors import NobodyProven
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, schema_of, within
from apps.vault.blobs import Blobs
from apps.vault.data_keys import DataKeys
from apps.vault.errors import (
    AnotherTenant,
    DoesNotOpen,
    KeyDestroyed,
    NameRefused,
    NoSuchObject,
    ObjectExists,
    StoreTampered,
)
from apps.vault.key_services import KeyService
from apps.vault.local_blobs import LocalBlobs
from apps.vault.objects import ObjectStore
from apps.vault.streams import SealingStream
from config.embedded.place import ROOT
from tests.apps.vault.conftest import CANARY
from tests.cast import ACME, GLOBEX

CONTENT = CANARY.encode() * 9_000
NAME = "recordings/5ee70000-0000-4000-8000-000000000001"
STORES: dict[str, Callable[[Path], Blobs]] = {"local": LocalBlobs}


@pytest.fixture(params=STORES)
def objects(request: pytest.FixtureRequest, folder: Path, keys: DataKeys) -> ObjectStore:
    return ObjectStore(STORES[request.param](folder / "objects"), keys)


def content(objects: ObjectStore, name: str = NAME) -> bytes:
    with objects.opened(name) as stream:
        return stream.read()


@pytest.mark.usefixtures("in_acme")
class TestAlice:
    def test_gets_back_what_she_stored(self, objects: ObjectStore) -> None:
        stored = objects.put(NAME, [CONTENT[:100], CONTENT[100:]])
        assert (stored.size, stored.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
        assert stored.path == f"tenants/{ACME.id}/{NAME}"
        assert content(objects) == content(objects, stored.path) == CONTENT
        assert objects.describe(NAME) == stored
        assert objects.put("empty", io.BytesIO()).size == 0 and content(objects, "empty") == b""

    def test_finds_her_names_in_order(self, objects: ObjectStore) -> None:
        names = ["a/1", "a/2/x", "a/10", "ab/1", "b"]
        for name in reversed(names):
            objects.put(name, [b""])
        assert list(objects.names()) == sorted(names)
        assert list(objects.names("a/")) == sorted(names[:3])
        assert list(objects.names(f"tenants/{ACME.id}/ab/")) == ["ab/1"]
        assert list(objects.names("none/")) == []

    def test_overwrites_only_what_she_says(self, objects: ObjectStore) -> None:
        objects.put(NAME, [b"one"])
        with pytest.raises(ObjectExists):
            objects.put(NAME, [b"two"])
        assert content(objects) == b"one"
        objects.put(NAME, [b"three"], replace=True)
        assert content(objects) == b"three"

    def test_deletes_for_good(self, objects: ObjectStore) -> None:
        objects.put(NAME, [b"one"])
        objects.delete(NAME)
        for gone in (lambda: objects.delete(NAME), lambda: content(objects), lambda: objects.describe(NAME)):
            with pytest.raises(NoSuchObject):
                gone()
        assert list(objects.names()) == []
        objects.put(NAME, [b"again"])

    def test_an_upload_that_breaks_off_leaves_nothing(self, objects: ObjectStore) -> None:
        def breaks() -> Iterator[bytes]:
            yield CONTENT
            raise ConnectionResetError

        objects.put("kept", [b"x"])
        for name, replace in ((NAME, False), ("kept", True)):
            with pytest.raises(ConnectionResetError):
                objects.put(name, breaks(), replace=replace)
        assert list(objects.names()) == ["kept"] and content(objects, "kept") == b"x"
        assert objects.remove_unfinished() == 0

    def test_two_at_once_under_one_name_are_one(self, objects: ObjectStore) -> None:
        def slow() -> Iterator[bytes]:
            yield b"first"
            objects.put(NAME, [b"second"])

        with pytest.raises(ObjectExists):
            objects.put(NAME, slow())
        assert content(objects) == b"second"

    def test_an_object_is_bound_to_its_name(self, objects: ObjectStore, folder: Path) -> None:
        objects.put("one", [b"1"])
        objects.put("two", [b"2"])
        home = folder / "objects" / "tenants" / str(ACME.id)
        (home / "one").replace(home / "two")
        with pytest.raises(DoesNotOpen):
            content(objects, "two")

    def test_sealing_again_moves_it_under_the_new_version(self, objects: ObjectStore, service: KeyService) -> None:
        old = objects.put(NAME, [CONTENT])
        new = service.rotate(ACME.id).primary
        objects._keys.forget(ACME.id)
        again = objects.seal_again(NAME)
        assert (old.key_version == new, again.key_version == new) == (False, True)
        assert (again.size, again.sha256) == (old.size, old.sha256) and content(objects) == CONTENT
        service.destroy_version(ACME.id, old.key_version)
        objects._keys.forget(ACME.id)
        assert content(objects) == CONTENT

    @pytest.mark.parametrize("what", ["deleted", "replaced"])
    def test_what_changes_while_it_is_sealed_again_stays_changed(
        self, objects: ObjectStore, what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A recording that was discarded meanwhile must not come back."""
        objects.put(NAME, [CONTENT])
        finish = SealingStream.finish

        def meanwhile(stream):
            monkeypatch.undo()
            if what == "deleted":
                objects.delete(NAME)
            else:
                objects.put(NAME, [b"newer"], replace=True)
            return finish(stream)

        monkeypatch.setattr(SealingStream, "finish", meanwhile)
        with pytest.raises(ObjectExists):
            objects.seal_again(NAME)
        assert list(objects.names()) == ([] if what == "deleted" else [NAME])
        assert what == "deleted" or content(objects) == b"newer"

    def test_an_upload_whose_version_was_destroyed_meanwhile_is_refused(
        self, objects: ObjectStore, service: KeyService
    ) -> None:
        def slow() -> Iterator[bytes]:
            yield b"first"
            old = service.describe(ACME.id).primary
            service.rotate(ACME.id)
            service.destroy_version(ACME.id, old)

        with pytest.raises(KeyDestroyed):
            objects.put(NAME, slow())
        assert list(objects.names()) == []


LEADS_ELSEWHERE = [
    "",
    ".",
    "..",
    "../x",
    "a/../b",
    "a/..",
    "/etc/passwd",
    "a//b",
    "a/",
    "./a",
    "a/./b",
    "a\0b",
    "a\n",
    "a\\..\\b",
    ".unfinished/x",
    ".lock",
    "~root",
    "ä",
    "a/\u2025/b",
    "%2e%2e/x",
    "a" * 101,
    "/".join("a" * 9),
    "tenants",
    "tenants/",
    "tenants/x/y",
    f"tenants/{ACME.id.hex}/x",
    f"tenants/{ACME.id}/",
    f"tenants/{ACME.id}/../{GLOBEX.id}/x",
    f"tenants/{str(ACME.id).upper()}/x",
]


@pytest.mark.parametrize("name", [name for name in LEADS_ELSEWHERE if name != "tenants"])
def test_a_name_that_could_lead_elsewhere_is_refused(
    in_acme: Tenant, objects: ObjectStore, folder: Path, name: str
) -> None:
    objects.put("a/b", [b"x"])
    for asked in (
        lambda: objects.put(name, [b"x"]),
        lambda: objects.put(name, [b"x"], replace=True),
        lambda: content(objects, name),
        lambda: objects.describe(name),
        lambda: objects.delete(name),
        lambda: objects.seal_again(name),
        lambda: list(objects.names(f"{name}/")),
    ):
        with pytest.raises(NameRefused):
            asked()
    assert list(objects.names()) == ["a/b"]


@pytest.fixture
def alices(acme: Tenant, objects: ObjectStore) -> str:
    with within(acme):
        return objects.put(NAME, [CONTENT]).path


def test_mallory_is_refused_alices_objects(objects: ObjectStore, alices: str, globex: Tenant) -> None:
    with within(globex):
        for asked in (
            lambda: content(objects, alices),
            lambda: objects.describe(alices),
            lambda: objects.delete(alices),
            lambda: objects.put(alices, [b"x"], replace=True),
            lambda: objects.seal_again(alices),
            lambda: list(objects.names(f"tenants/{ACME.id}/")),
        ):
            with pytest.raises(AnotherTenant) as refused:
                asked()
            assert refused.value.code == "vault.another_tenant"
        with pytest.raises(NoSuchObject):
            content(objects, NAME)
        assert list(objects.names()) == []


def test_nobody_is_refused_everything(objects: ObjectStore, alices: str) -> None:
    with behind(Walls()), pytest.raises(NobodyProven):
        content(objects, NAME)
    with behind(Walls(schema_of(ACME.id), GLOBEX.id)), pytest.raises(AnotherTenant):
        content(objects, alices)


def test_a_file_that_was_moved_to_another_tenant_does_not_open(
    objects: ObjectStore, alices: str, globex: Tenant, folder: Path
) -> None:
    theirs = folder / "objects" / "tenants" / str(GLOBEX.id) / NAME
    theirs.parent.mkdir(parents=True, mode=0o700)
    for each in (theirs.parent, theirs.parent.parent):
        each.chmod(0o700)
    theirs.write_bytes((folder / "objects" / alices).read_bytes())
    with within(globex), pytest.raises(DoesNotOpen):
        content(objects, NAME)


# ---- a folder -------------------------------------------------------------------------------------------------------


def home(folder: Path) -> Path:
    return folder / "objects" / "tenants" / str(ACME.id)


def test_everything_is_nobody_elses_and_holds_no_content(in_acme: Tenant, objects: ObjectStore, folder: Path) -> None:
    objects.put(NAME, [CONTENT])
    found = sorted((folder / "objects").rglob("*"))
    assert {stat.S_IMODE(each.lstat().st_mode) for each in found if each.is_dir()} == {0o700}
    files = [each for each in found if each.is_file()]
    assert {stat.S_IMODE(each.lstat().st_mode) for each in files} == {0o600}
    assert not any(CANARY.encode() in each.read_bytes() for each in files)


@pytest.mark.parametrize("planted", ["file", "folder", "tenant", "pipe", "socket", "unfinished", "dangling"])
def test_what_somebody_planted_leads_nowhere(
    in_acme: Tenant, objects: ObjectStore, folder: Path, planted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put("kept/x", [b"x"])
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (elsewhere / "secret").write_bytes(b"not ours")
    place = home(folder) / "kept" / "planted"
    name = "kept/planted"
    if planted == "file":
        place.symlink_to(elsewhere / "secret")
    elif planted == "dangling":
        place.symlink_to(elsewhere / "made")
    elif planted == "folder":
        place.symlink_to(elsewhere, target_is_directory=True)
        name = "kept/planted/secret"
    elif planted == "pipe":
        os.mkfifo(place)
    elif planted == "socket":
        monkeypatch.chdir(place.parent)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("planted")
    elif planted == "unfinished":
        (home(folder) / ".unfinished").rmdir()
        (home(folder) / ".unfinished").symlink_to(elsewhere, target_is_directory=True)
    else:
        home(folder).rename(folder / "moved")
        home(folder).symlink_to(elsewhere, target_is_directory=True)
        name = "secret"
    refused: list[Callable[[], object]] = [lambda: objects.put(name, [b"y"])]
    if planted != "unfinished":
        refused += [lambda: content(objects, name), lambda: objects.delete(name), lambda: list(objects.names())]
    for asked in refused:
        with pytest.raises((StoreTampered, ObjectExists)):
            asked()
    assert [each.name for each in elsewhere.iterdir()] == ["secret"]
    assert (elsewhere / "secret").read_bytes() == b"not ours"


@pytest.mark.parametrize("which", ["tenants", f"tenants/{ACME.id}", f"tenants/{ACME.id}/recordings"])
def test_a_folder_that_is_open_to_others_is_refused(
    in_acme: Tenant, objects: ObjectStore, folder: Path, which: str
) -> None:
    objects.put(NAME, [b"x"])
    (folder / "objects" / which).chmod(0o755)
    with pytest.raises(StoreTampered, match="open to others"):
        objects.put(f"{NAME}-2", [b"x"])


STORE_AND_DIE = """
import os, signal, sys, uuid
from pathlib import Path
from apps.vault.local_blobs import LocalBlobs
with LocalBlobs(Path(sys.argv[1])).write(uuid.UUID(sys.argv[2]), "recordings/dead") as writing:
    writing.write(b"x" * 1_000_000)
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_a_process_that_is_killed_leaves_no_object_and_what_it_left_is_removed(
    in_acme: Tenant, objects: ObjectStore, folder: Path
) -> None:
    command = [sys.executable, "-c", STORE_AND_DIE, str(folder / "objects"), str(ACME.id)]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline() == "writing\n"
    assert objects.remove_unfinished() == 0  # it is alive
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    assert list(objects.names()) == []
    assert len(list((home(folder) / ".unfinished").iterdir())) == 1
    assert objects.remove_unfinished() == 1
    assert list((home(folder) / ".unfinished").iterdir()) == []


def test_nothing_is_stored_without_being_on_the_disk(
    in_acme: Tenant, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file before its name, and the folder after it; a deletion too."""
    said: list[str] = []
    for what in ("fsync", "link", "unlink"):
        original = getattr(os, what)

        def spied(*args, _what=what, _original=original, **kwargs):
            folder = _what == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode)
            said.append("fsync folder" if folder else _what)
            return _original(*args, **kwargs)

        monkeypatch.setattr(os, what, spied)
    objects.put("made", [b"x"])
    told = [each for each in said if each != "unlink"]
    assert told[-3:] == ["fsync", "link", "fsync folder"]
    said.clear()
    objects.delete("made")
    assert said == ["unlink", "fsync folder"]


def test_a_name_may_be_a_folder_or_an_object(in_acme: Tenant, objects: ObjectStore) -> None:
    objects.put("a/b", [b"x"])
    for replace in (True, False):
        with pytest.raises((ObjectExists, StoreTampered)):
            objects.put("a", [b"x"], replace=replace)
        with pytest.raises((ObjectExists, StoreTampered)):
            objects.put("a/b/c", [b"x"], replace=replace)
    assert list(objects.names()) == ["a/b"]


def test_another_tenants_id_is_no_part_of_a_name(in_acme: Tenant, objects: ObjectStore) -> None:
    objects.put(str(uuid.uuid4()), [b"x"])
    assert objects.put("tenants", [b"x"]).path == f"tenants/{ACME.id}/tenants"
