"""The pruner at a worker's database: in this process, and as one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from apps.audit.pruning import Pruned, prune
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from apps.tenants.walls import within
from config.embedded.place import ROOT, default_place
from tests.apps import databases
from tests.apps.audit.conftest import as_role
from tests.apps.tenants.connecting import through, wrapper


@contextmanager
def pruner() -> Iterator[None]:
    """This thread's connection is that of the pruner role for a while."""
    ours = wrapper(connection.settings_dict["NAME"])
    ours.settings_dict.update(USER=Role.PRUNER.user, PASSWORD=default_place().password(Role.PRUNER.user))
    before = os.environ.get("SPECWARD_ROLE")
    os.environ["SPECWARD_ROLE"] = Role.PRUNER.value
    try:
        with through(ours):
            yield
    finally:
        os.environ.pop("SPECWARD_ROLE") if before is None else os.environ.update(SPECWARD_ROLE=before)


def pruned(tenant: Tenant, days: int = 0, together: int = 1_000, least: int = 1) -> Pruned:
    """One run over a tenant's log."""
    with pruner(), within(tenant):
        return prune(days, together, least)


def keep_days(tenant: Tenant, days: int) -> None:
    """All plans keep a log for so long: with 0, what has a place is past its retention."""
    with as_role(Role.MIGRATOR, tenant) as owner:
        owner.execute("UPDATE public.tenants_plan SET audit_days = %s", [days])


def process(*arguments: str, role: Role = Role.PRUNER, command: str = "prune_logs") -> subprocess.Popen[str]:
    """``manage.py prune_logs``, or another one, as a process of its own."""
    place = default_place()
    return subprocess.Popen(
        [sys.executable, "manage.py", command, *arguments],
        cwd=ROOT,
        env=databases.environment(place, role, connection.settings_dict["NAME"]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
