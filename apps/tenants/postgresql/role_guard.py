"""A process refuses a database role that could pass by the walls."""

from __future__ import annotations

from typing import Any, Final

from apps.tenants.errors import RoleRefused
from apps.tenants.roles import WALLED, Role

_POWERS: Final = """
    SELECT session_user, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
           EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid),
           EXISTS (SELECT FROM pg_shdepend WHERE refobjid = r.oid AND deptype = 'o')
    FROM pg_roles r WHERE r.rolname = session_user
"""
_NAMES: Final = (
    "is a superuser",
    "bypasses row-level security",
    "may make roles",
    "may make databases",
    "may replicate",
    "is a member of another role",
    "owns something in this cluster",
)


def refuse_other_roles(connection: Any, wanted: Role) -> None:
    """Raises :class:`RoleRefused` unless the session is that of the wanted role, and the role has no more power than
    it should. A migrator becomes owner here."""
    with connection.cursor() as cursor:
        cursor.execute(_POWERS)
        user, *powers = cursor.fetchone()
        if wanted in WALLED and any(powers):
            found = ", ".join(name for name, has in zip(_NAMES, powers, strict=True) if has)
            raise RoleRefused(
                f"The database role {user} {found}: it could pass by the walls. Connect as {wanted.user}; "
                "`manage.py prepare_database` makes it."
            )
        if user != wanted.user:
            raise RoleRefused(
                f"The database role is {user}, and this process was started as {wanted.value}. Connect as "
                f"{wanted.user}, or set SPECWARD_ROLE."
            )
        if wanted is Role.MIGRATOR:
            cursor.execute(f'SET ROLE "{Role.OWNER.user}"')
