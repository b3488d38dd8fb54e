"""The sequencer at a worker's database, in this process: the one role that writes the tree of a log."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import connection

from apps.audit import log_keys, placing, sequencing, signing
from apps.tenants.roles import Role
from apps.tenants.walls import behind
from apps.tenants.walls import connection as walled
from config.embedded.place import default_place
from tests.apps.tenants.connecting import through, wrapper

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def sequencer() -> Iterator[None]:
    """This thread's connection is that of the sequencer role for a while, behind the same walls."""
    if connection.in_atomic_block or connection.settings_dict["USER"] == Role.SEQUENCER.user:
        yield  # what is refused within a transaction is refused to everybody
        return
    walls = walled().walls
    ours = wrapper(connection.settings_dict["NAME"])
    ours.settings_dict.update(USER=Role.SEQUENCER.user, PASSWORD=default_place().password(Role.SEQUENCER.user))
    before = os.environ.get("SPECWARD_ROLE")
    os.environ["SPECWARD_ROLE"] = Role.SEQUENCER.value
    try:
        with through(ours), behind(walls):
            yield
    finally:
        os.environ.pop("SPECWARD_ROLE") if before is None else os.environ.update(SPECWARD_ROLE=before)


def by_the_sequencer(done: Callable[P, T]) -> Callable[P, T]:
    """The function, through a connection of that role."""

    @functools.wraps(done)
    def through_it(*args: P.args, **given: P.kwargs) -> T:
        with sequencer():
            return done(*args, **given)

    return through_it


place = by_the_sequencer(placing.place)
sign = by_the_sequencer(signing.sign)
rotate = by_the_sequencer(log_keys.rotate)
ensure_key = by_the_sequencer(log_keys.ensure_key)

PATCHED = {
    (sequencing, "place"): place,
    (sequencing, "sign"): sign,
    (sequencing, "rotate_if_asked"): by_the_sequencer(log_keys.rotate_if_asked),
}
"""So that ``sequence()`` is the sequencer's wherever a test calls it, which otherwise is the app role."""
