"""A backup that leaves something out, one that cannot be restored, and one that nobody has tried for long."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection

from apps.audit.models import Entry
from apps.compliance.backups import rehearsing
from apps.compliance.backups.rehearsing import RehearsalRefused, rehearse
from apps.compliance.checking import Outcome
from apps.compliance.checks.backups import Restorable
from apps.compliance.models import Rehearsal
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from apps.tenants.walls import within
from config.embedded import postgres
from config.embedded.place import ROOT, default_place
from tests.apps import databases
from tests.apps.compliance.breaking import assert_only_fails

Owner = Callable[[str], Callable[[], object]]


def rehearsed(tools: Path | None = None, role: Role = Role.MIGRATOR) -> subprocess.CompletedProcess[str]:
    """As an operator does it, in a process of its own."""
    place = default_place()
    told = databases.environment(place, role, str(connection.settings_dict["NAME"]))
    told["SPECWARD_ADMIN_DATABASE_URL"] = databases.admin_url(place)
    if tools is not None:
        told["SPECWARD_POSTGRES_TOOLS"] = str(tools)
    command = [sys.executable, "manage.py", "rehearse_restore"]
    return subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False, timeout=120)


def tools_that(folder: Path, *, dump: str = "", restore: str = "") -> Path:
    """pg_dump and pg_restore with something added to what they are told, or something else in their place."""
    folder.mkdir()
    for name, added in (("pg_dump", dump), ("pg_restore", restore)):
        real = postgres.binaries() / name
        line = added.removeprefix("!") if added.startswith("!") else f'exec {real} {added} "$@"'
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    return folder


def scratch_databases() -> list[str]:
    with psycopg.connect(databases.admin_url(default_place()), autocommit=True) as admin:
        return [name for (name,) in admin.execute("SELECT datname FROM pg_database WHERE datname LIKE '%rehearsal'")]


def test_a_restore_is_rehearsed_and_becomes_old(in_acme_committed: Tenant, owner: Owner, globex: Tenant) -> None:
    assert Restorable().look().outcome is Outcome.NOT_APPLICABLE
    done = rehearsed()
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 tenants" in done.stdout and scratch_databases() == []
    kept = Rehearsal.objects.get()
    assert kept.same and kept.tables > 50 and kept.rows > 10 and kept.differing == []
    assert Entry.objects.filter(object_type="compliance.rehearsal", object_pk=str(kept.id)).exists()
    assert_only_fails(
        "backups.restorable",
        owner("UPDATE compliance_rehearsal SET at = at - interval '9 days'"),
        owner("UPDATE compliance_rehearsal SET at = at + interval '9 days'"),
    )
    with within(globex):
        assert Rehearsal.objects.get().id != kept.id


def test_a_backup_that_leaves_out_rows_of_one_account_is_told_to_that_account_alone(
    in_acme_committed: Tenant, owner: Owner, globex: Tenant, tmp_path: Path
) -> None:
    table = f"{in_acme_committed.schema_name}.accounts_user"
    rehearsed()

    def incomplete() -> None:
        done = rehearsed(tools_that(tmp_path / "tools", dump=f"--exclude-table-data={table}"))
        assert done.returncode == 1 and in_acme_committed.schema_name in done.stderr

    assert_only_fails("backups.restorable", incomplete, rehearsed)
    _, worse, _ = Rehearsal.objects.all()
    assert not worse.same and worse.differing == ["accounts_user"]
    with within(globex):
        assert all(one.same for one in Rehearsal.objects.all()) and Restorable().look().outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        ("--section=pre-data --section=data", "accounts_user"),  # neither keys, triggers nor policies
        ("--no-acl", "accounts_user"),
        ("--exclude-table=*.audit_checkpoint", "the head of the log"),
    ],
)
def test_a_backup_without_walls_privileges_or_a_log_is_told(
    in_acme_committed: Tenant, owner: Owner, tmp_path: Path, left_out: str, told: str
) -> None:
    owner("ALTER TABLE audit_checkpoint DISABLE TRIGGER USER")()
    columns = "size, root, note, signed, entries, waited"
    owner(f"INSERT INTO audit_checkpoint ({columns}) VALUES (1, '\\x01', 'x', now(), 1, 0)")()
    assert rehearsed(tools_that(tmp_path / "tools", dump=left_out)).returncode == 1
    assert told in Rehearsal.objects.get().differing


@pytest.mark.parametrize(
    ("broken", "why"), [({"dump": "!exit 3"}, "pg_dump ended with 3."), ({"restore": "!exit 4"}, "pg_restore")]
)
def test_a_backup_that_cannot_be_restored_is_told_without_its_words(
    in_acme_committed: Tenant, tmp_path: Path, broken: dict[str, str], why: str
) -> None:
    assert rehearsed(tools_that(tmp_path / "tools", **broken)).returncode == 1
    found = Restorable().look()
    assert found.outcome is Outcome.FAIL and why in found.because and scratch_databases() == []


def test_where_there_are_no_backups_the_operator_says_so(in_acme_committed: Tenant, settings: Any) -> None:
    settings.BACKUPS = False
    assert "SPECWARD_BACKUPS=0" in Restorable().look().because


def test_an_account_whose_restore_was_never_rehearsed(in_acme_committed: Tenant, owner: Owner) -> None:
    owner("UPDATE public.tenants_tenant SET created = created - interval '9 days'")()
    assert Restorable().look().outcome is Outcome.FAIL


def test_no_runtime_role_can_claim_that_a_restore_was_rehearsed(in_acme_committed: Tenant) -> None:
    assert "Only a migrator" in rehearsed(role=Role.APP).stderr
    with pytest.raises(ProgrammingError, match="permission denied"):
        Rehearsal.objects.create(at="2026-01-01T00:00Z", took_ms=1, same=True, tables=1, rows=1)


def test_of_two_rehearsals_at_once_one_is_refused_and_neither_leaves_anything(in_acme_committed: Tenant) -> None:
    url, name = databases.admin_url(default_place()), str(connection.settings_dict["NAME"])
    with rehearsing._snapshot(url, name), pytest.raises(RehearsalRefused):
        rehearse(url, name, postgres.binaries())
    assert scratch_databases() == [] and rehearse(url, name, postgres.binaries()).is_same
