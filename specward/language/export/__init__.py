"""Exporters: a spec as a Playwright test, in TypeScript and in Python, alone or as a project that runs."""

from __future__ import annotations

from specward.language.export.playwright_python import export_python
from specward.language.export.playwright_ts import export_typescript
from specward.language.export.project import Target, export_project, export_zip

__all__ = ["Target", "export_project", "export_python", "export_typescript", "export_zip"]
