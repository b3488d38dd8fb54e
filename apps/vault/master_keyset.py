"""The platform's master keyset, under which the local key service seals each tenant's.

It is a keyset of Google Tink in its JSON format, so that Tink's own tool makes and rotates it:
``tinkey create-keyset --key-template AES256_GCM --out-format json``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from apps.vault import private_files
from apps.vault.ciphers import Aead, keyset_from_json, new_keyset_as_json
from apps.vault.errors import MasterKeysetRefused
from apps.vault.secret import Secret

VARIABLE = "SPECWARD_MASTER_KEYSET"


@dataclass(frozen=True, slots=True)
class MasterKeyset:
    """Where it is: the text itself, or the file that holds it, which is made where ``made_here`` says so."""

    text: Secret[str] | None = None
    file: Path | None = None
    made_here: bool = False

    def refuse_at_start(self) -> None:
        """Raises :class:`MasterKeysetRefused` for none, for two, and for a file that is missing or open to others."""
        if (self.text is None) == (self.file is None):
            raise MasterKeysetRefused(
                f"{VARIABLE} and {VARIABLE}_FILE: one of them is needed, and one only.",
                "Make a keyset with `tinkey create-keyset --key-template AES256_GCM --out-format json`, into a file "
                f"with mode 0600, and name it by {VARIABLE}_FILE.",
            )
        if self.file is not None and (self.file.exists() or not self.made_here):
            self._read(self.file)

    def cipher(self) -> Aead:
        """The cipher of the keyset. Raises :class:`MasterKeysetRefused` where it cannot be used; quotes nothing."""
        found = keyset_from_json(self._text())
        if found is None:
            raise MasterKeysetRefused(
                f"{self.file or VARIABLE} holds no keyset of Tink's for AES-256-GCM in JSON.",
                "Give back the one that the tenants' keys are sealed under: with another none of them opens.",
            )
        return found

    def _text(self) -> Secret[str]:
        self.refuse_at_start()
        if self.file is None:
            return self.text or Secret("")
        if not self.file.exists():
            self._make(self.file)
        return self._read(self.file)

    def _make(self, file: Path) -> None:
        why = ""
        try:
            private_files.make_folder(file.parent)
            private_files.write(file, new_keyset_as_json().reveal().encode(), new=True)
        except FileExistsError:
            return  # another process was first, and its keyset is the one
        except (OSError, private_files.OpenToOthers) as error:
            why = f"The master keyset could not be made: {error}"
        if why:
            raise MasterKeysetRefused(why, "Give this process a folder of its own, or name a file that is there.")

    def _read(self, file: Path) -> Secret[str]:
        try:
            return Secret(private_files.read(file).decode("ascii"))
        except private_files.OpenToOthers as error:
            why, way_out = str(error), f"`chmod 600 {file}`; if others could read it, make a new one and rotate."
        except FileNotFoundError:
            why, way_out = f"{file} is not there.", f"Name the right file by {VARIABLE}_FILE."
        except (OSError, UnicodeDecodeError) as error:
            why, way_out = f"{file} cannot be read: {type(error).__name__}.", "Name a file with a keyset in JSON."
        raise MasterKeysetRefused(why, way_out)
