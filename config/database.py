"""The one database, as the role of this process."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from psycopg.conninfo import conninfo_to_dict

from apps.tenants.roles import DATABASE, Role
from config.embedded.place import default_place
from config.environment import SettingRefused, is_given, number, text


def database(role: Role) -> dict[str, Any]:
    """Django's entry for the database.

    ``DATABASE_URL`` is that of the process's role. Without one it is the embedded server, which
    :func:`config.embedded.ensure` starts; reading the settings alone starts nothing.
    """
    place = default_place()
    user = role.user
    if not is_given("DATABASE_URL"):
        return _entry({"dbname": DATABASE, "host": str(place.sockets), "user": user, "password": place.password(user)})
    try:
        parts = conninfo_to_dict(text("DATABASE_URL"))
    except Exception as error:  # psycopg.ProgrammingError, whose words may quote the password
        raise SettingRefused(
            "DATABASE_URL is no PostgreSQL address: postgresql://, user, password, host and database."
        ) from error
    return _entry(parts)


def _entry(parts: dict[str, Any]) -> dict[str, Any]:
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    entry: dict[str, Any] = {
        named: unquote(str(parts.pop(given))) if given == "host" else str(parts.pop(given))
        for given, named in known.items()
        if given in parts
    }
    return {
        "ENGINE": "apps.tenants.postgresql",
        **entry,
        "OPTIONS": {**parts, "options": "-c TimeZone=UTC"},
        "ATOMIC_REQUESTS": False,  # HostWall's transaction covers middleware, sessions and streamed bodies too
        "CONN_MAX_AGE": number("SPECWARD_CONNECTION_SECONDS", 60, least=0, most=3600),
        "CONN_HEALTH_CHECKS": True,
    }
