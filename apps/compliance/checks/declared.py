"""Whether every address says what it needs, and nobody has a right but by their role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from apps.access.endpoints import endpoints
from apps.access.permissions import of_role
from apps.access.trail import trail_of
from apps.accounts.models import Role
from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.compliance.checks.seen_from_here import own_schema


@check
class Declared(Check):
    """All addresses that this code answers at."""

    key = "access.declared"
    title = "Every address declares who may use it, and what it leaves in the log"
    words = "Walks through all addresses of the service, with each method, and looks for one that declares nothing."
    mend = "Declare it with @needs(...) or @public(because), and say in its app's trails.py which entries it leaves."

    def look(self) -> Result:
        addresses = list(endpoints())
        undeclared = [f"{one}: {missing}" for one in addresses for missing in one.undeclared]
        untold = [f"{method} {one}" for one in addresses for method in one.methods if trail_of(one, method) is None]
        if undeclared := [*undeclared, *(f"{one} leaves nobody knows what in the log" for one in untold)]:
            because = f"{len(undeclared)} addresses or methods declare nothing."
            return failed(because, addresses=len(addresses), undeclared=some(undeclared))
        return passed(addresses=len(addresses), methods=sum(len(one.methods) for one in addresses))


_FLAGS: Final = ("is_superuser", "is_staff", "is_admin")
_COLUMNS: Final = """
    SELECT a.attname FROM pg_attribute a WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND a.attname = ANY(%s)
"""
_KNOWN: Final = "SELECT role, count(*) FROM accounts_user GROUP BY role ORDER BY role"


@check
class RolesOnly(Check):
    """No flag beside the role."""

    key = "access.roles_only"
    title = "What somebody may do follows from their role alone, and no role of a customer reaches the platform"
    words = (
        "Looks for flags of accounts that could stand beside the role, for a role that is none of ours, and for a "
        "right of the platform's in the table of customers' roles."
    )
    mend = "Take the flag or the role away; what each role may do stands in apps/access/permissions.py."

    def look(self) -> Result:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_COLUMNS, [f'"{own_schema()}".accounts_user', list(_FLAGS)])
            wrong = [f"accounts have a flag {name}" for (name,) in cursor.fetchall()]
            cursor.execute(_KNOWN)
            people = dict(cursor.fetchall())
        wrong += [f"{people[role]} have the role {role!r}" for role in people if role not in Role.values]
        wrong += [f"{role} has {one}" for role in Role for one in sorted(of_role(role)) if one.is_platforms]
        if wrong:
            return failed("A right follows from something else than a role.", wrong=some(wrong))
        return passed(people=people)


_HARDENED: Final[Mapping[str, Callable[[], bool]]] = {
    "error pages show nothing of the inside (DEBUG)": lambda: settings.DEBUG is False,
    "every host is decided by the wall of hosts": lambda: "apps.tenants.host_wall.HostWall" in settings.MIDDLEWARE,
    "credentials are proven behind both walls": lambda: (
        "apps.accounts.credential_wall.CredentialWall" in settings.MIDDLEWARE
    ),
    "what declares nothing is not answered": lambda: "apps.access.declared_only.DeclaredOnly" in settings.MIDDLEWARE,
    "passwords are kept by Argon2": lambda: (
        settings.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    ),
    "no uploaded form becomes a file": lambda: settings.FILE_UPLOAD_HANDLERS == ["apps.recordings.no_files.NoFiles"],
    "no page is shown in another's frame": lambda: settings.X_FRAME_OPTIONS == "DENY",
    "no script runs but our own": lambda: (
        settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].get("script-src") == ["'self'"]
        and settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].get("default-src") == ["'none'"]
    ),
    "tasks come as JSON alone": lambda: settings.CELERY_ACCEPT_CONTENT == ["json"],
    "nothing is signed with a short key": lambda: len(settings.SECRET_KEY) >= 24,
}


@check
class Hardened(Check):
    """The settings that this very process runs under."""

    key = "platform.settings"
    title = "The process runs hardened: no debug pages, strict content policy, strong password hashes"
    words = "Reads the settings of the running process that would open something if they were others."
    mend = "Take the setting back to what config/settings.py says, and start the process anew."

    def look(self) -> Result:
        if wrong := [what for what, holds in _HARDENED.items() if not holds()]:
            return failed(f"{len(wrong)} settings are not as they should be.", wrong=some(wrong))
        return passed(settings=sorted(_HARDENED))
