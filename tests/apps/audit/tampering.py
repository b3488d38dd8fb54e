"""What an owner of the database can do to a log: by SQL, past every trigger, at random; and putting it back after."""

from __future__ import annotations

import datetime
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.utils import timezone
from psycopg.types.json import Jsonb

from apps.audit import placed
from apps.audit.content import content
from apps.audit.exports.bundles import write_bundle
from apps.audit.exports.models import Export, Format
from apps.audit.growing import grown
from apps.audit.log_keys import reigns, signing_key
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from specward.tlog import Checkpoint as Signed
from specward.tlog import CompactRange, Report, SigningKey, VerifierKey, entry_hash, sign_checkpoint, verify
from tests.apps.audit.conftest import superuser

TABLES: Final = ("entry", "leaf", "node", "head", "checkpoint")


def bundle() -> bytes:
    """The proof bundle of the log of the tenant whose walls stand, as an export writes it."""
    out = io.BytesIO()
    export = Export(format=Format.BUNDLE, size=placed.signed_size(), created=timezone.now(), wanted={})
    write_bundle(export, out, lambda _: None)
    return out.getvalue()


@dataclass
class Owner:
    """Somebody who owns the database: no trigger and no wall is in their way."""

    tenant: Tenant
    connection: psycopg.Connection
    dice: random.Random

    @staticmethod
    def of(tenant: Tenant, seed: object) -> Owner:
        owner = Owner(tenant, superuser(), random.Random(str(seed)))
        owner.connection.execute(f"SET search_path = {tenant.schema_name}, public")
        return owner

    def stop_triggers(self) -> None:
        for table in TABLES:
            self.do(f"ALTER TABLE audit_{table} DISABLE TRIGGER USER")

    def start_triggers(self) -> None:
        """As they were: each fires always."""
        for table, name in self.ask(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE c.relnamespace = %s::regnamespace AND c.relname = ANY (%s) AND NOT t.tgisinternal",
            self.tenant.schema_name,
            [f"audit_{table}" for table in TABLES],
        ):
            self.do(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")

    def do(self, statement: str, *given: Any) -> int:
        return self.connection.execute(statement, given).rowcount

    def ask(self, statement: str, *given: Any) -> Sequence[Sequence[Any]]:
        return self.connection.execute(statement, given).fetchall()

    def keep(self, name: str) -> None:
        """A backup of the whole log."""
        self.do(f"CREATE SCHEMA IF NOT EXISTS {name}")
        for table in TABLES:
            self.do(f"CREATE TABLE {name}.audit_{table} AS TABLE audit_{table}")

    def restore(self, name: str) -> None:
        with self.connection.transaction():
            for table in TABLES:
                self.do(f"DELETE FROM audit_{table}")
                self.do(f"INSERT INTO audit_{table} OVERRIDING SYSTEM VALUE SELECT * FROM {name}.audit_{table}")

    # ---- leaves and their entries ------------------------------------------------------------------------------------

    def indices(self, *, least: int = 0) -> list[int]:
        return [index for (index,) in self.ask("SELECT index FROM audit_leaf WHERE index >= %s ORDER BY index", least)]

    def some(self, count: int = 1, *, least: int = 0, below: int | None = None) -> list[int]:
        found = [index for index in self.indices(least=least) if below is None or index < below]
        return sorted(self.dice.sample(found, count))

    def close_gap(self, first: int, by: int) -> None:
        """Numbers the leaves from ``first`` on anew."""
        self.do("UPDATE audit_leaf SET index = -index - 1 WHERE index >= %s", first)
        self.do("UPDATE audit_leaf SET index = -index - 1 + %s WHERE index < 0", by)

    def hash_again(self) -> None:
        """Makes every hash fit what the rows say now: leaves, tiles, head."""
        with within(self.tenant):
            rows = self.ask(placed._READ, 0, 10**9)
        tree = CompactRange()
        self.do("DELETE FROM audit_node")
        for row in rows:
            index, salt, _, logged = row[-4:]
            leaf = entry_hash(bytes(salt), content(row, logged))
            self.do("UPDATE audit_leaf SET hash = %s WHERE index = %s", leaf, index)
            tree, tiles = grown(tree, [leaf])
            for tile in tiles:
                self.do(
                    "INSERT INTO audit_node (level, index, hash) VALUES (%s, %s, %s)", tile.level, tile.index, tile.hash
                )
        self.do("UPDATE audit_head SET size = %s, frontier = %s", tree.end, b"".join(tree.hashes))

    def sign_again(self, keys: Sequence[SigningKey]) -> None:
        """Signs every checkpoint that is there for the log as it is now: only with the log's key."""
        hashes = [bytes(one) for (one,) in self.ask("SELECT hash FROM audit_leaf ORDER BY index")]
        for (size,) in self.ask("SELECT size FROM audit_checkpoint ORDER BY size"):
            root, _ = grown(CompactRange(), hashes[:size])
            note = sign_checkpoint(Signed(keys[0].name, size, root.root()), *keys)
            self.do(
                "UPDATE audit_checkpoint SET root = %s, note = %s WHERE size = %s", root.root(), note.decode(), size
            )


Changed = Callable[[Any, random.Random], Any]


def _text(old: str, dice: random.Random) -> str:
    return f"{old} {dice.randrange(10**6)}"


COLUMNS: Final[dict[str, Changed]] = {
    "narrative": _text,
    "object_type": _text,
    "object_pk": _text,
    "object_repr": _text,
    "actor_name": _text,
    "actor_email": _text,
    "database_role": _text,
    "client_request_id": _text,
    "action": lambda old, dice: (old + dice.randint(1, 10)) % 14,
    "source": lambda old, _: "application" if old == "database" else "database",
    "actor_kind": lambda old, _: "anonymous" if old != "anonymous" else "system",
    "transaction_id": lambda old, dice: old - dice.randint(1, 5),
    "timestamp": lambda old, dice: old - datetime.timedelta(microseconds=dice.randint(1, 10**12)),
    "actor_id": lambda _, dice: f"{dice.getrandbits(128):032x}",
    "actor_token": lambda _, dice: f"{dice.getrandbits(128):032x}",
    "request_id": lambda _, dice: f"{dice.getrandbits(128):032x}",
    "remote_addr": lambda _, dice: f"198.51.100.{dice.randrange(256)}",
    "changes": lambda old, dice: _json({**(old or {}), "forged": [None, dice.randrange(10**6)]}),
    "additional_data": lambda old, dice: _json({**(old or {}), "forged": dice.random()}),
}
"""What can be changed about an entry, and to what."""


def _json(value: object) -> Any:
    return Jsonb(value)


def change(owner: Owner, index: int, column: str) -> None:
    """Another value in a column of the entry at a place."""
    ((entry, old),) = owner.ask(
        f"SELECT e.id, e.{column} FROM audit_entry e JOIN audit_leaf l ON l.entry_id = e.id WHERE l.index = %s", index
    )
    new = COLUMNS[column](old, owner.dice)
    assert owner.do(f"UPDATE audit_entry SET {column} = %s WHERE id = %s", new, entry) == 1


def forge(owner: Owner, at: datetime.datetime | None = None) -> int:
    """An entry that never was: a copy of another one, about something else. Gives its id."""
    names = ", ".join(
        name
        for (name,) in owner.ask(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'audit_entry'::regclass AND attnum > 0 "
            "AND NOT attisdropped AND attname NOT IN ('id', 'object_pk', 'timestamp')"
        )
    )
    ((id,),) = owner.ask(
        f"INSERT INTO audit_entry (id, object_pk, timestamp, {names}) OVERRIDING SYSTEM VALUE "
        f"SELECT (SELECT max(id) + 1 FROM audit_entry), %s, coalesce(%s, timestamp), {names} FROM audit_entry "
        "ORDER BY random() LIMIT 1 RETURNING id",
        f"forged {owner.dice.random()}",
        at,
    )
    return int(id)


def named(report: Report) -> set[tuple[str, int | None, int | None]]:
    return {(finding.fault.value, finding.first, finding.last) for finding in report.findings}


def the_keys() -> tuple[VerifierKey, list[SigningKey]]:
    """The log's first key, as somebody was told it; and, for who has stolen it, the secret ones."""
    known = reigns()
    return known[0].key, [signing_key(reign) for reign in known]


def look(key: VerifierKey, since: bytes | None = None) -> Report:
    return verify(bundle(), key, since)
