"""Title and abstract of a paper from its PDF, read by the same confined process as manuscripts. The file is not kept."""

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from reviews.domain.bibtex import Entry, Problem, Reading
from submissions.pdf.inspect import HOUSE_LIMITS, Report, inspect

MOST_FILES = 5
MOST_FILE_BYTES = 20_000_000
#: Several files come in one request, and somebody waits for it.
LIMITS = replace(HOUSE_LIMITS, front=True, wall=5.0, cpu=4, wait=10.0)


def read(uploads: Iterable[UploadedFile]) -> Reading:
    """What the files seem to be, for a person to look at. A file that cannot be read is a problem, never an error."""
    reading = Reading()
    for upload in uploads:
        name = _shown(upload.name)
        if (upload.size or 0) > MOST_FILE_BYTES:
            reading.problem(f"“{name}” has {(upload.size or 0) / 1e6:.1f} MB; at most 20 MB are read.")
            continue
        report = _inspected(upload)
        if not report.readable:
            why = " ".join(it.message for it in report.findings if it.severity == "refuse")
            reading.problem(f"“{name}”: {why}")
        elif not report.title:
            reading.problem(f"“{name}”: no title was found on its first page. Type it below.")
        else:
            reading.entries.append(Entry(report.title, report.abstract))
    return reading


def as_pasted(reading: Reading) -> str:
    """The papers as `bibtex.pasted` reads them back, so that a person can correct them."""
    return "\n\n".join(f"{it.title}\n{it.abstract}".strip() for it in reading.entries)


def problem_of_number(count: int) -> Problem:
    return Problem(f"{count} files were sent; at most {MOST_FILES} are read at a time. Nothing was read.")


def _inspected(upload: UploadedFile) -> Report:
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".pdf") as copy:
        for chunk in upload.chunks():
            copy.write(chunk)
        copy.flush()
        return inspect(Path(copy.name), max_bytes=MOST_FILE_BYTES, limits=LIMITS)


def _shown(name: str | None) -> str:
    base = (name or "file").replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in base if sign.isprintable())[:100]
