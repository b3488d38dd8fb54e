"""A spec and a version of it, for the IDOR harness."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Final

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.specs.models import Spec, SpecVersion
from specward.recording.sheet import Sheet

_TEXT: Final = """spec("Specimen {}", origin="https://shop.example")

with step("Look"):
    goto("/")
"""


def _spec(_: Mapping[str, str]) -> str:
    return str(Spec.objects.create(title=f"Specimen {uuid.uuid4().hex}").id)


def _version(made: Mapping[str, str]) -> str:
    text = _TEXT.format(uuid.uuid4().hex)
    version = SpecVersion.objects.create(
        spec_id=made["spec"],
        number=1,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        sheet=Sheet("https://shop.example", "", ()).to_bytes(),
        notes={"notes": [], "secrets": [], "fixtures": [], "requires": []},
    )
    return str(version.id)


register(Specimen("spec", _spec, Permission.SPECS_READ, Spec))
register(Specimen("version", _version, Permission.SPECS_READ, SpecVersion))
