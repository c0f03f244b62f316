"""Where manuscripts are kept: on disk before anybody is told so."""

import os
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages


class DurableStorage(FileSystemStorage):
    """A file system storage whose `save` returns only when the bytes and the entries of its folders are on disk."""

    def _save(self, name: str, content: File) -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]
        path, root = Path(self.path(saved)), Path(self.location)
        # The folders above as well: they may be as new as the file.
        for target in (path, *(folder for folder in path.parents if folder.is_relative_to(root))):
            descriptor = os.open(target, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return saved


def manuscripts(*_: Any) -> Storage:
    """The storage of manuscripts, looked up when used so that migrations do not name a folder."""
    return storages["manuscripts"]
