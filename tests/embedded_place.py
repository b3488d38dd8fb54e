"""Loaded before any setting is read: the tests have services of their own, apart from those of the checkout."""

import os
from pathlib import Path

os.environ.setdefault("SPECWARD_STATE", str(Path(__file__).resolve().parents[1] / ".state" / "tests"))
os.environ.setdefault("SPECWARD_KEY_PREFIX", f"{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}:")
