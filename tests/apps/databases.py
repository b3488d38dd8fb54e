"""A template with the tenants in it, made once for a state of the code, and a copy of it for each worker."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import Final

import psycopg
from psycopg import sql

from apps.tenants.roles import Role, prepare_database, restrict_database
from apps.vault.master_keyset import MasterKeyset
from config.embedded import postgres
from config.embedded.place import ROOT, Place


def _digest() -> str:
    """Of everything that the template depends on."""
    files = sorted(
        [
            *ROOT.glob("apps/*/migrations/*.py"),
            *ROOT.glob("apps/tenants/**/*.py"),
            *ROOT.glob("apps/audit/**/*.py"),
            *ROOT.glob("apps/*/apps.py"),
            ROOT / "apps/accounts/people.py",
            ROOT / "config/settings.py",
            ROOT / "tests/cast.py",
            ROOT / "tests/apps/building.py",
            ROOT / "tests/apps/audit/fleet.py",
            ROOT / "apps/vault/fields.py",
            ROOT / "apps/vault/local_keys.py",
            ROOT / "tests/apps/vault/ledger.py",
        ]
    )
    whole = hashlib.sha256()
    for file in dict.fromkeys(files):
        whole.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()[:12]


def admin_url(place: Place) -> str:
    """The superuser's address: for making and copying databases, never for a test."""
    return with_name(place, "postgres")


def with_name(place: Place, database: str) -> str:
    """The superuser's address of a database."""
    return postgres.url(place, postgres.ADMIN, database)


_HURRIED: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",  # it may lie in memory
}


def hurry(place: Place) -> None:
    """Gives up what only a power cut would need, whoever started the server: to copy a database takes ten times as
    long otherwise."""
    with psycopg.connect(admin_url(place), autocommit=True) as connection:
        for name, value in _HURRIED.items():
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        connection.execute("SELECT pg_reload_conf()")


def template(place: Place) -> str:
    """The name of the template, made where it is not there yet."""
    name = f"template_{_digest()}"
    with place.locked("template.lock"), psycopg.connect(admin_url(place), autocommit=True) as connection:
        found = [n for (n,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'")]
        if name in found:
            return name
        for old in found:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(old)))
        building = f"building_{name}"
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(building)))
        prepare_database(admin_url(place), {role: place.password(role.user) for role in Role if role.logs_in}, building)
        built = subprocess.run(
            [sys.executable, "-m", "tests.apps.building"],
            cwd=ROOT,
            env=environment(place, Role.MIGRATOR, building),
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            raise RuntimeError(f"The template of the tests' databases could not be built:\n{built.stderr[-4000:]}")
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(name))
        )
    return name


def copy(place: Place, name: str) -> str:
    """A fresh copy of the template under this name."""
    source = template(place)
    with psycopg.connect(admin_url(place), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(source), sql.Identifier(Role.OWNER.user)
            )
        )
    restrict_database(admin_url(place), name)  # what was revoked on a database is not copied with it
    return name


def environment(place: Place, role: Role, database: str) -> dict[str, str]:
    """What another process needs to reach this database as this role, and the keys of the tenants in it."""
    MasterKeyset(file=place.data / "master.keyset", made_here=True).cipher()
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("DATABASE_URL")},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SPECWARD_ROLE": role.value,
        "SPECWARD_SECRET_KEY": "for-tests-only",
        "SPECWARD_TOKEN_PEPPERS": "1:for-the-template-only-as-well",
        "DATABASE_URL": postgres.url(place, role.user, database),
        "SPECWARD_MASTER_KEYSET_FILE": str(place.data / "master.keyset"),
        "SPECWARD_KEY_FOLDER": str(place.data / "keys"),
        "SPECWARD_OBJECT_FOLDER": str(place.data / "objects"),
        "REDIS_URL": "redis://unused.invalid",
    }
