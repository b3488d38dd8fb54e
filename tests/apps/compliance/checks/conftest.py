"""Checks look at the same store and queue as the tests of recordings."""

from tests.apps.inference.conftest import model  # noqa: F401
from tests.apps.recordings.conftest import asked, store  # noqa: F401
