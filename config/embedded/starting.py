"""Which services this process needs, and starting those that nobody gave it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from apps.tenants import roles
from apps.tenants.roles import Role, prepare_database
from config.embedded import postgres, valkey
from config.embedded.place import Place, default_place
from config.environment import is_given


@dataclass(frozen=True, slots=True)
class Services:
    """What is running at a place, to be shown."""

    postgres: bool
    valkey: bool


def ensure(place: Place | None = None, *, quick: bool = False) -> None:
    """Starts what no ``DATABASE_URL`` or ``REDIS_URL`` is given for; the settings know where it is.

    Safe to call from many processes at once. Raises :class:`config.embedded.place.ServiceRefused`.
    """
    place = place or default_place()
    if not is_given("DATABASE_URL"):
        with place.locked():
            place.make()
            postgres.start(place, quick=quick)
            _prepare_once(place)
    if not is_given("REDIS_URL"):
        with place.locked():
            place.make()
            valkey.start(place)


def _prepare_once(place: Place) -> None:
    """The roles and the empty database, at the first start and after a change of the code that makes them."""
    done = place.data / "prepared"
    wanted = _digest()
    if done.exists() and done.read_text("utf-8") == wanted:
        return
    passwords = {role: place.password(role.user) for role in Role if role.logs_in}
    prepare_database(postgres.url(place, postgres.ADMIN, "postgres"), passwords)
    done.write_text(wanted, "utf-8")


def _digest() -> str:
    return hashlib.sha256(Path(roles.__file__).read_bytes()).hexdigest()


def stop(place: Place | None = None) -> None:
    """Stops both services of a place, cleanly."""
    place = place or default_place()
    with place.locked():
        valkey.stop(place)
        postgres.stop(place)


def running(place: Place | None = None) -> Services:
    """What is running at a place."""
    place = place or default_place()
    return Services(postgres.is_running(place), valkey.is_running(place))
