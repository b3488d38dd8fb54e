"""Approved specs as tests: one file, or a project that runs. Each export is an entry of the log, for each spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.specs.errors import NotApproved, TooMany
from apps.specs.models import Spec, SpecVersion
from apps.specs.opening import opened
from specward.language import ir
from specward.language.export.playwright_python import export_python
from specward.language.export.playwright_ts import export_typescript
from specward.language.export.project import Target, export_zip, file_names
from specward.language.printer import print_spec

MOST: Final = 200


class Form(StrEnum):
    """What is exported: the spec itself, its test, or a project with the tests of all."""

    SPEC = "spec"
    TYPESCRIPT = "playwright-ts"
    PYTHON = "playwright-python"
    TYPESCRIPT_PROJECT = "playwright-ts-project"
    PYTHON_PROJECT = "playwright-python-project"

    @property
    def is_project(self) -> bool:
        return self in _PROJECTS


_PROJECTS: Final = {Form.TYPESCRIPT_PROJECT: Target.TYPESCRIPT, Form.PYTHON_PROJECT: Target.PYTHON}


@dataclass(frozen=True, slots=True)
class Export:
    """A file to be handed out. ``name`` is made of letters, digits, ``-``, ``_`` and ``.`` alone."""

    name: str
    content_type: str
    content: bytes


def export(specs: Sequence[Spec], form: Form) -> Export:
    """The approved versions of specs, as they were approved.

    Raises :class:`NotApproved` where one has none, :class:`TooMany`, and what :func:`opened` raises. A form that is one
    file takes one spec.
    """
    if not 1 <= len(specs) <= (MOST if form.is_project else 1):
        raise TooMany(MOST if form.is_project else 1)
    found = SpecVersion.objects.with_sealed().filter(
        spec__in=[spec.id for spec in specs], state=SpecVersion.State.APPROVED
    )
    versions = {version.spec_id: version for version in found}
    if missing := sum(spec.id not in versions for spec in specs):
        raise NotApproved(missing if len(specs) > 1 else 1)
    ordered = [versions[spec.id] for spec in specs]
    made = _made([opened(version).spec for version in ordered], form)
    for version in ordered:
        record(
            Action.EXPORT,
            version,
            details={"form": form.value, "digest": version.digest, "number": version.number},
            narrative="An approved version was exported",
        )
    return made


def _made(specs: Sequence[ir.Spec], form: Form) -> Export:
    if target := _PROJECTS.get(form):
        return Export(f"{form.value}.zip", "application/zip", export_zip(specs, target))
    (spec,), (name,) = specs, file_names(specs)
    if form is Form.TYPESCRIPT:
        return _text(f"{name}.spec.ts", export_typescript(spec))
    if form is Form.PYTHON:
        return _text(f"test_{name.replace('-', '_')}.py", export_python(spec))
    return _text(f"{name}.spec", print_spec(spec))


def _text(name: str, content: str) -> Export:
    return Export(name, "text/plain; charset=utf-8", content.encode())
