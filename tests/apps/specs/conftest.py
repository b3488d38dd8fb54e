"""Specs are made of the recordings of tests/apps/recordings, with the same store and queue."""

from tests.apps.recordings.conftest import asked, store  # noqa: F401
