"""No form of the service takes a file: what is recorded comes as a body of its own, and is sealed while it streams."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class NoFiles(FileUploadHandler):
    """Ends the reading of a form at its first file. Django's own handlers would put it into a temporary file in plain,
    whichever address it was sent to, and before anything is known of the sender."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None
