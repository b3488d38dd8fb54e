"""The files of the local key service, and the master keyset: private, whole, bound to their tenant, safe at once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from apps.vault.ciphers import keyset_from_json, new_keyset_as_json
from apps.vault.errors import KeyServiceFailed, MasterKeysetRefused
from apps.vault.local_keys import LocalKeyService
from apps.vault.master_keyset import MasterKeyset
from apps.vault.secret import Secret
from config.embedded.place import ROOT
from config.keysets import master_keyset
from tests.apps.vault.conftest import Clock, local_service
from tests.cast import ACME, GLOBEX


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def service(tmp_path: Path, clock: Clock) -> LocalKeyService:
    made = local_service(tmp_path, clock)
    made.create(ACME.id)
    return made


def test_the_files_are_nobody_elses(service: LocalKeyService, tmp_path: Path) -> None:
    assert mode(tmp_path / "keys") == 0o700
    assert {mode(file) for file in (tmp_path / "keys").iterdir()} == {0o600}


@pytest.mark.parametrize("wide", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_reach_is_refused(service: LocalKeyService, tmp_path: Path, wide: int) -> None:
    (tmp_path / "keys" / f"{ACME.id.hex}.keys").chmod(wide)
    with pytest.raises(KeyServiceFailed, match="open to others"):
        service.describe(ACME.id)


def test_a_link_in_place_of_a_file_is_refused(service: LocalKeyService, tmp_path: Path) -> None:
    file = tmp_path / "keys" / f"{ACME.id.hex}.keys"
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyServiceFailed):
        service.describe(ACME.id)


def test_one_tenants_file_is_not_read_as_anothers(service: LocalKeyService, tmp_path: Path) -> None:
    file = tmp_path / "keys" / f"{ACME.id.hex}.keys"
    file.rename(file.with_stem(GLOBEX.id.hex))
    with pytest.raises(KeyServiceFailed, match="altered, or sealed under another master"):
        service.describe(GLOBEX.id)


def test_an_altered_file_is_refused(service: LocalKeyService, tmp_path: Path) -> None:
    file = tmp_path / "keys" / f"{ACME.id.hex}.keys"
    whole = file.read_bytes()
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(KeyServiceFailed):
            service.describe(ACME.id)


def test_under_another_master_keyset_nothing_opens(service: LocalKeyService, tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(KeyServiceFailed):
        local_service(tmp_path, clock).describe(ACME.id)


def test_a_destroyed_key_leaves_nothing_of_itself_in_its_file(service: LocalKeyService, tmp_path: Path) -> None:
    file = tmp_path / "keys" / f"{ACME.id.hex}.keys"
    before = len(file.read_bytes())
    service.destroy(ACME.id)
    assert len(file.read_bytes()) < before - 100
    assert [each.name for each in (tmp_path / "keys").iterdir() if each.suffix == ".keys"] == [file.name]


def test_rotations_at_once_are_all_kept(service: LocalKeyService) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: service.rotate(ACME.id), range(16)))
    described = service.describe(ACME.id)
    assert len(described.versions) == 17 and described.primary == described.versions[-1].id


def test_the_master_keyset_can_be_rotated(tmp_path: Path, clock: Clock) -> None:
    """tinkey adds a key and makes it primary; the files are sealed again; then the old key is taken out."""
    import tink
    from tink import secret_key_access
    from tink.proto import tink_pb2

    def joined(*texts: Secret[str]) -> str:
        whole = tink_pb2.Keyset()
        for text in texts:
            handle = tink.json_proto_keyset_format.parse(text.reveal(), secret_key_access.TOKEN)
            one = tink_pb2.Keyset.FromString(tink.proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
            whole.key.extend(one.key)
            whole.primary_key_id = one.primary_key_id
        handle = tink.proto_keyset_format.parse(whole.SerializeToString(), secret_key_access.TOKEN)
        return str(tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))

    old, new = new_keyset_as_json(), new_keyset_as_json()

    def service(text: str) -> LocalKeyService:
        return LocalKeyService(tmp_path, MasterKeyset(text=Secret(text)).cipher, clock.now)

    service(old.reveal()).create(ACME.id)
    wrapped = service(old.reveal()).wrap(ACME.id, Secret(b"k"), b"")
    assert service(joined(old, new)).seal_again() == 1
    assert service(new.reveal()).unwrap(ACME.id, wrapped, b"").reveal() == b"k"
    with pytest.raises(KeyServiceFailed):
        service(old.reveal()).describe(ACME.id)


# ---- the master keyset ----------------------------------------------------------------------------------------------


def test_it_is_made_once_for_nobody_else(tmp_path: Path) -> None:
    source = MasterKeyset(file=tmp_path / "new" / "master.keyset", made_here=True)
    sealed = source.cipher().encrypt(b"x", b"")
    assert source.file is not None and (mode(source.file), mode(source.file.parent)) == (0o600, 0o700)
    assert source.cipher().decrypt(sealed, b"") == b"x"
    assert list(source.file.parent.iterdir()) == [source.file]


MAKE = """
import sys
from pathlib import Path
from apps.vault.master_keyset import MasterKeyset
sys.stdout.buffer.write(MasterKeyset(file=Path(sys.argv[1]), made_here=True).cipher().encrypt(b"x", b""))
"""


def test_many_processes_make_one(tmp_path: Path) -> None:
    file = tmp_path / "new" / "master.keyset"
    command = [sys.executable, "-c", MAKE, str(file)]
    making = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(4)]
    sealed = [process.communicate()[0] for process in making]
    cipher = MasterKeyset(file=file).cipher()
    assert [cipher.decrypt(each, b"") for each in sealed] == [b"x"] * 4


@pytest.mark.parametrize("wide", [0o644, 0o640, 0o660, 0o604])
def test_one_that_others_can_read_stops_the_start(tmp_path: Path, wide: int) -> None:
    file = tmp_path / "master.keyset"
    file.write_text(new_keyset_as_json().reveal())
    file.chmod(wide)
    for made_here in (True, False):
        with pytest.raises(MasterKeysetRefused, match=rf"open to others \(mode {wide:04o}") as refused:
            MasterKeyset(file=file, made_here=made_here).refuse_at_start()
        assert "chmod 600" in str(refused.value)
    file.chmod(0o600)
    MasterKeyset(file=file).refuse_at_start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_one_of_another_user_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "master.keyset"
    file.write_text(new_keyset_as_json().reveal())
    file.chmod(0o600)
    os.chown(file, 4321, 4321)
    with pytest.raises(MasterKeysetRefused, match="another user"):
        MasterKeyset(file=file).refuse_at_start()


def test_what_is_no_keyset_is_refused_and_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / "master.keyset"
    for wrong in ("{}", "canary", '{"primaryKeyId": 1, "key": "canary"}', ""):
        file.write_text(wrong)
        file.chmod(0o600)
        with pytest.raises(MasterKeysetRefused, match="holds no keyset") as refused:
            MasterKeyset(file=file).cipher()
        assert "canary" not in str(refused.value)


def test_a_missing_one_is_not_made_where_it_should_be_there(tmp_path: Path) -> None:
    for source in (MasterKeyset(), MasterKeyset(file=tmp_path / "none"), MasterKeyset(Secret("x"), tmp_path / "none")):
        with pytest.raises(MasterKeysetRefused, match="SPECWARD_MASTER_KEYSET"):
            source.refuse_at_start()
    assert not list(tmp_path.iterdir())


def test_the_variable_may_hold_it_or_name_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = new_keyset_as_json().reveal()
    name = "SPECWARD_MASTER_KEYSET"
    monkeypatch.setenv(name, text)
    found = master_keyset(name, tmp_path / "default")
    assert found.cipher().decrypt(_sealed(text), b"") == b"x"
    assert text not in repr(found) and "hidden" in repr(found)
    monkeypatch.delenv(name)
    assert master_keyset(name, tmp_path / "default") == MasterKeyset(file=tmp_path / "default", made_here=True)
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "named"))
    assert master_keyset(name, tmp_path / "default") == MasterKeyset(file=tmp_path / "named")


def _sealed(text: str) -> bytes:
    cipher = keyset_from_json(Secret(text))
    assert cipher is not None
    return cipher.encrypt(b"x", b"")
