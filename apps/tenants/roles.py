"""The six roles of the database, made by one idempotent command; and which of them this process is.

``owner`` owns everything and logs in nowhere; ``migrator`` may become owner; ``app`` (web and workers) owns nothing and
is held by both walls; ``platform`` reads named shared tables of all tenants; ``sequencer`` writes the trees of the
audit logs and nothing else; ``pruner`` removes expired audit entries.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import psycopg
from psycopg import sql

DATABASE: Final = "specward"


class Role(StrEnum):
    """A role of the database; its name there begins with ``specward_``."""

    OWNER = "owner"
    MIGRATOR = "migrator"
    APP = "app"
    PLATFORM = "platform"
    SEQUENCER = "sequencer"
    PRUNER = "pruner"

    @property
    def user(self) -> str:
        """The role's name in PostgreSQL."""
        return f"specward_{self.value}"

    @property
    def logs_in(self) -> bool:
        return self is not Role.OWNER

    @staticmethod
    def of_this_process() -> Role:
        """The role that ``SPECWARD_ROLE`` asks for; ``app`` unless it is set. Raises ValueError for no role's name."""
        return Role(os.environ.get("SPECWARD_ROLE", Role.APP.value))


WALLED: Final = (Role.APP, Role.PLATFORM, Role.SEQUENCER, Role.PRUNER)
"""The roles that are given single privileges on single tables, and nothing else."""


def prepare_database(admin_url: str, passwords: Mapping[Role, str], database: str = DATABASE) -> None:
    """Makes or mends the six roles and the database, which is left empty.

    ``admin_url`` is a superuser's, or that of a role with CREATEROLE and CREATEDB. A role without a password in
    ``passwords`` keeps its own. Running it again changes nothing that is as it should be.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role in Role:
            _make_role(connection, role, passwords.get(role))
        connection.execute(
            sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(
                sql.Identifier(Role.OWNER.user), sql.Identifier(Role.MIGRATOR.user)
            )
        )
        for role in WALLED:
            # A connection that nothing has walled yet sees no table at all.
            connection.execute(sql.SQL("ALTER ROLE {} SET search_path = ''").format(sql.Identifier(role.user)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(Role.OWNER.user))
            )
    restrict_database(admin_url, database)


def restrict_database(admin_url: str, database: str) -> None:
    """Takes away what PostgreSQL gives to everybody: TEMP on a database (also on a copied one), its public schema."""
    with psycopg.connect(admin_url, dbname=database, autocommit=True) as connection:
        name = sql.Identifier(database)
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(Role.OWNER.user)))
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        for role in Role:
            if role.logs_in:
                user = sql.Identifier(role.user)
                connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, user))
                connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(user))


def _make_role(connection: psycopg.Connection, role: Role, password: str | None) -> None:
    user = sql.Identifier(role.user)
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role.user]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {}").format(user))
    login = "LOGIN" if role.logs_in else "NOLOGIN"
    connection.execute(
        sql.SQL("ALTER ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT ").format(user)
        + sql.SQL(login)
    )
    if password is not None:
        # The verifier, not the password: a statement may end up in the server's log.
        verifier = connection.pgconn.encrypt_password(password.encode(), role.user.encode(), b"scram-sha-256")
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(user, sql.Literal(verifier.decode())))
