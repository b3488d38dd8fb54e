"""What a spec names and a run brings: secrets, fixtures, stored browser state. All of it is checked before a browser
starts, and what is missing is named together with the way to supply it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from specward.errors import SpecwardError
from specward.execution.limits import MIB
from specward.language.export.render import fixture_names, secret_names, unique_slug
from specward.language.ir import Spec

ENVIRONMENT: Final = "SPECWARD_SECRET_"
MAX_STATE: Final = 8 * MIB
MAX_FIXTURE: Final = 64 * MIB
MAX_SECRETS_FILE: Final = MIB
_NAME: Final = re.compile("[A-Z][A-Z0-9_]{0,63}")
_COOKIE_SECRET: Final = 12
"""From this length on, the value of a stored cookie is concealed like a secret: it may be a session."""


class SupplyMissing(SpecwardError):
    """Something that the spec names was not supplied, or cannot be used."""

    code = "supply-missing"


class SecretsRefused(SpecwardError):
    """A secret that is not written as it must be. The message never holds a value."""

    code = "secrets-refused"


@dataclass(frozen=True, slots=True)
class Supplies:
    """Secrets by name, and the folders of fixtures and of stored browser states."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    fixtures: Path | None = None
    states: Path | None = None

    def secret(self, name: str) -> str:
        """The value of a secret. Raises :class:`SupplyMissing`."""
        value = self.secrets.get(name)
        if value is None:
            raise SupplyMissing(
                f"The secret {name} was not supplied.",
                hint=f"Set {ENVIRONMENT}{name} in the environment, or give --secret {name}=VALUE or --secrets-file.",
            )
        return value

    def fixture(self, name: str) -> Path:
        """The file of a fixture: a plain one of the folder itself, up to 64 MiB. Raises :class:`SupplyMissing`."""
        if self.fixtures is None:
            raise SupplyMissing(
                f"The fixture {name} was not supplied.", hint=f"Give --fixtures FOLDER with a file {name} in it."
            )
        path = self.fixtures / name
        # The gate holds names to plain file names; a link could still lead out of the folder.
        if Path(name).name != name or path.is_symlink() or not path.is_file():
            raise SupplyMissing(
                f"The fixture {name} is not in {self.fixtures}.", hint=f"Put a plain file {name} there."
            )
        if path.stat().st_size > MAX_FIXTURE:
            raise SupplyMissing(
                f"The fixture {name} is larger than {MAX_FIXTURE // MIB} MiB.", hint="Use a smaller one."
            )
        return path

    def state_path(self, name: str) -> Path | None:
        """Where the stored state of a required set-up spec is, if there is a folder of states."""
        return None if self.states is None else self.states / f"{unique_slug(name)}.json"

    def state(self, spec: Spec) -> dict[str, Any] | None:
        """The browser state that ``spec`` starts from; ``None`` if it requires none. Raises :class:`SupplyMissing`."""
        if not spec.requires:
            return None
        cookies: list[Any] = []
        origins: list[Any] = []
        for name in spec.requires:
            stored = self._read_state(name)
            cookies += stored["cookies"]
            origins += stored["origins"]
        return {"cookies": cookies, "origins": origins}

    def check(self, spec: Spec) -> None:
        """Raises :class:`SupplyMissing` for the first thing that ``spec`` names and that is not here."""
        for name in secret_names(spec):
            self.secret(name)
        for name in fixture_names(spec):
            self.fixture(name)
        self.state(spec)

    def _read_state(self, name: str) -> dict[str, list[Any]]:
        path = self.state_path(name)
        hint = "Run the set-up spec of that title in the same command, or give --states FOLDER with its stored state."
        if path is None or not path.is_file():
            where = "" if path is None else f" ({path} is not there)"
            raise SupplyMissing(f'The stored state "{name}" was not supplied{where}.', hint=hint)
        if path.stat().st_size > MAX_STATE:
            raise SupplyMissing(f"{path} is larger than {MAX_STATE // MIB} MiB.", hint=hint)
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            cookies, origins = read["cookies"], read["origins"]
            if not isinstance(cookies, list) or not isinstance(origins, list):
                raise TypeError
        except (ValueError, KeyError, TypeError, RecursionError):
            raise SupplyMissing(f"{path} is not a stored browser state.", hint=hint) from None
        return {"cookies": cookies, "origins": origins}


def state_secrets(state: Mapping[str, Any] | None) -> Iterator[str]:
    """The values in a stored state that may be somebody's session."""
    for cookie in (state or {}).get("cookies", ()):
        value = cookie.get("value") if isinstance(cookie, dict) else None
        if isinstance(value, str) and len(value) >= _COOKIE_SECRET:
            yield value


def secrets_from_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """All of ``SPECWARD_SECRET_NAME=value``."""
    return {
        key.removeprefix(ENVIRONMENT): value
        for key, value in environment.items()
        if key.startswith(ENVIRONMENT) and _NAME.fullmatch(key.removeprefix(ENVIRONMENT))
    }


def secret_from_pair(pair: str, where: str) -> tuple[str, str]:
    """``NAME=VALUE`` in two. Raises :class:`SecretsRefused`, which says ``where`` and never what the value was."""
    name, equals, value = pair.partition("=")
    if not equals or not _NAME.fullmatch(name):
        raise SecretsRefused(
            f"{where} is not written as NAME=VALUE.", hint="A name is capitals, digits and _, as in CARD_NUMBER=4111."
        )
    return name, value


def secrets_from_file(path: Path) -> dict[str, str]:
    """The lines ``NAME=VALUE`` of a file; empty lines and those that begin with # are left out.

    Raises :class:`SecretsRefused`.
    """
    try:
        if path.stat().st_size > MAX_SECRETS_FILE:
            raise SecretsRefused(f"{path} is larger than 1 MiB.", hint="Write one NAME=VALUE on each line.")
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as failed:
        raise SecretsRefused(f"{path} cannot be read: {failed.strerror}.") from failed
    except UnicodeDecodeError as failed:
        raise SecretsRefused(f"{path} is not UTF-8.") from failed
    return dict(
        secret_from_pair(line, f"Line {number} of {path}")
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
    )
