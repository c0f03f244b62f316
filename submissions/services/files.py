"""Bytes from a browser onto the disk, and from there through the page check. No database here.

The order is the promise: bytes synced to storage, checked in a child process, and only then a row. Whoever takes a
`Received` must either commit a row that names its files or call `discard`.
"""

import hashlib
import logging
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from submissions.domain.page_law import Finding
from submissions.models import Edition
from submissions.pdf import inspect
from submissions.pdf.report import Report
from submissions.services.errors import FileRefused, StorageFailed
from submissions.storage import manuscripts

log = logging.getLogger(__name__)

MEGABYTE = 1_000_000
STORAGE_SENTENCE = (
    "Your file could not be stored: the server's storage does not answer or is full. Nothing was changed, and a "
    "version you uploaded before is untouched. Please try again in a few minutes; the chairs' address is on the call."
)


@dataclass(frozen=True)
class Received:
    """A file that is safely on disk. `report` is None for files that are not manuscripts."""

    name: str
    thumbnail: str
    original_name: str
    size: int
    sha256: str
    report: Report | None


def receive_manuscript(upload: UploadedFile, edition: Edition) -> Received:
    """Store and check a PDF.

    Raises FileRefused when it cannot be a manuscript at all (empty, not a PDF, too big, password, unreadable);
    StorageFailed when the bytes could not be written. Either way nothing is left behind.
    """
    limit = edition.max_file_mb * MEGABYTE
    _refuse_too_big(upload, edition.max_file_mb)
    received = _store(upload, edition, ".pdf")
    try:
        report = inspect.inspect(Path(manuscripts().path(received.name)), max_bytes=limit)
        if not report.readable or report.pages is None:
            raise FileRefused([finding for finding in report.findings if finding.severity == "refuse"])
        thumbnail = _store_thumbnail(report.thumbnail, edition)
    except OSError as error:
        discard(received)
        log.exception("The stored file could not be read back.")
        raise StorageFailed(STORAGE_SENTENCE) from error
    except BaseException:
        discard(received)
        raise
    return Received(
        received.name, thumbnail, received.original_name, received.size, received.sha256, report=report
    )


def receive_attachment(upload: UploadedFile, edition: Edition) -> Received:
    """Store a file that answers an extra question of the call. Raises FileRefused, StorageFailed."""
    _refuse_too_big(upload, edition.max_file_mb)
    if not upload.size:
        raise FileRefused(
            [Finding("empty", "refuse", f"“{_shown(upload.name)}” is empty. Choose another file.")]
        )
    return _store(upload, edition, ".bin")


def discard(received: Received) -> None:
    """Remove the files of a `Received` that no row names."""
    for name in filter(None, (received.name, received.thumbnail)):
        _remove(name)


def _remove(name: str) -> None:
    try:
        manuscripts().delete(name)
    except OSError:
        log.warning("An unused file could not be removed: %s", name, exc_info=True)


def discard_after_commit(name: str) -> None:
    """Remove a file that the row being written no longer names, once that row is committed."""
    transaction.on_commit(lambda: manuscripts().delete(name), robust=True)


@contextmanager
def discarded_on_failure(received: Iterable[Received | None]) -> Iterator[None]:
    """Removes the files when the block, which writes their rows, fails.

    Goes inside the transaction: when the commit itself fails, nobody knows whether the rows are there, and a file too
    many is better than one too few.
    """
    try:
        yield
    except BaseException:
        for item in received:
            if item is not None:
                discard(item)
        raise


def _refuse_too_big(upload: UploadedFile, limit_mb: int) -> None:
    size = upload.size or 0
    if size > limit_mb * MEGABYTE:
        message = (
            f"“{_shown(upload.name)}” has {size / MEGABYTE:.1f} MB; the limit is {limit_mb} MB. Make it smaller, "
            "for example by saving figures at a lower resolution."
        )
        raise FileRefused([Finding("too_big", "refuse", message)])


def _store(upload: UploadedFile, edition: Edition, suffix: str) -> Received:
    digest, size = hashlib.sha256(), 0
    for chunk in upload.chunks():
        digest.update(chunk)
        size += len(chunk)
    upload.seek(0)
    token = uuid.uuid4().hex
    try:
        name = _save(f"{edition.pk}/{token[:2]}/{token}{suffix}", upload)
    except OSError as error:
        log.exception("A file could not be stored.")
        raise StorageFailed(STORAGE_SENTENCE) from error
    return Received(name, "", _shown(upload.name), size, digest.hexdigest(), report=None)


def _store_thumbnail(png: bytes | None, edition: Edition) -> str:
    if not png:
        return ""
    token = uuid.uuid4().hex
    return _save(f"{edition.pk}/{token[:2]}/{token}.png", ContentFile(png))


def _save(name: str, content: File) -> str:
    """Store `content` under a name that nothing else has. What a full disk cut short is removed. Raises OSError."""
    try:
        return str(manuscripts().save(name, content))
    except OSError:
        _remove(name)
        raise


def _shown(name: str | None) -> str:
    """The name a person gave the file, for display only: no path, no control characters, a bounded length."""
    base = (name or "").replace("\\", "/").rpartition("/")[2]
    clean = "".join(character for character in base if character.isprintable()).strip()
    if len(clean) <= 200:
        return clean or "file"
    stem, dot, ending = clean.rpartition(".")
    return f"{stem[:180]}…{dot}{ending[:10]}" if dot else f"{clean[:190]}…"
