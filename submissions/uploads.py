"""Receiving large uploads: a disk that is full while the browser still sends is a sentence, not a crash."""

import logging
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest

log = logging.getLogger(__name__)


class DiskUploadHandler(TemporaryFileUploadHandler):
    """Django's handler for files that do not fit in memory, except that a write error spoils only the file.

    The rest of the form still arrives; the view asks `failed_files` and says what happened.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.broken = False
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            self._give_up(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.broken:
            return
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._give_up(error)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if self.broken:
            return None
        try:
            return super().file_complete(file_size)
        except OSError as error:
            self._give_up(error)
            return None

    def _give_up(self, error: OSError) -> None:
        log.error("An upload could not be written to the temporary folder: %s", error)
        self.broken = True
        if getattr(self, "file", None) is not None:
            self.file.close()
        if self.request is not None:
            self.request.failed_files = [*failed_files(self.request), self.field_name]  # type: ignore[attr-defined]


def failed_files(request: HttpRequest) -> list[str]:
    """Names of the form fields whose file could not be received because of this server."""
    return list(getattr(request, "failed_files", []))
