"""Counting the pages: pypdf by itself, or two other readers that agree."""

from __future__ import annotations

import io
import logging
from typing import Any

import pikepdf
import pypdf
import pypdf.filters  # what pypdf would import at the first stream, under the limits
import pypdfium2
from pypdf.errors import FileNotDecryptedError, WrongPasswordError
from pypdf.generic import DictionaryObject

from submissions.domain.page_law import Finding
from submissions.pdf.limits import Limits
from submissions.pdf.stages import Emit, Outcome
from submissions.pdf.stages.page_tree import BadPageTree, TooManyPages, Walk, walk

PASSWORD = Finding(
    "password",
    "refuse",
    "Your PDF is protected: it cannot be opened without a password or a special viewer, so reviewers could not "
    "read it. Export it again without protection.",
)
NO_PAGES = Finding(
    "no_pages", "refuse", "Your PDF has no pages. Export it again and open it once before uploading."
)
DAMAGED = Finding(
    "damaged",
    "warn",
    "Your PDF is damaged; its pages could still be counted. Export it again so that every reviewer can open it.",
)
DISAGREE = Finding(
    "unreadable",
    "refuse",
    "Your PDF is damaged: different programs see different numbers of pages in it. Export it again and upload the "
    "new file.",
)
LOST = Finding(
    "unreadable",
    "refuse",
    "Your PDF is damaged: some of its pages cannot be found in it. Export it again and upload the new file.",
)


class _Complaints(logging.Handler):
    """Collects what pypdf says it had to repair."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the first few messages; a hostile file can cause millions."""
        if len(self.messages) < 20:
            self.messages.append(record.getMessage()[:200])


def open_pypdf(data: bytes) -> pypdf.PdfReader:
    """A lenient reader, opened with the empty password. Raises WrongPasswordError or what the parser throws."""
    reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise WrongPasswordError("a password is needed")
    return reader


def by_pypdf(data: bytes, limits: Limits, emit: Emit) -> Outcome:
    """Count with pypdf and let qpdf confirm. UNREAD when pypdf cannot read the file at all."""
    complaints = _Complaints()
    logger = logging.getLogger("pypdf")
    logger.addHandler(complaints)
    logger.propagate = False
    try:
        reader = open_pypdf(data)
        catalog: Any = reader.trailer["/Root"].get_object()
        found = walk(catalog, limits.max_pages)
    except (WrongPasswordError, FileNotDecryptedError, NotImplementedError):
        return _refuse(emit, PASSWORD)
    except TooManyPages:
        return _refuse(emit, _too_many(limits))
    except BadPageTree:
        return Outcome.UNREAD
    except Exception:  # parsers throw anything; the second readers have their say
        return Outcome.UNREAD
    pages = len(found.pages)
    if pages == 0:
        return _refuse(emit, NO_PAGES)
    other = _count_with_qpdf(data)
    if other is not None and other != pages:
        return _refuse(emit, DISAGREE)
    lying = _lying_count(catalog, found)
    if found.oddities and lying:  # pages are lost: better told now than found out by a reviewer
        return _refuse(emit, LOST)
    findings = [DAMAGED] if complaints.messages or found.oddities or other is None else []
    _counted(emit, pages, "pypdf", findings + lying)
    return Outcome.GO_ON


def by_second_readers(data: bytes, limits: Limits, emit: Emit) -> Outcome:
    """Count with qpdf and with PDFium; only if both agree the file is accepted, as damaged."""
    try:
        first = _count_with_qpdf(data, strict=True)
        with pypdfium2.PdfDocument(data) as document:
            second = len(document)
            if second <= limits.max_pages:
                for index in range(second):  # the number alone may be believed from the file: open each page
                    document[index].close()
    except pikepdf.PasswordError:
        return _refuse(emit, PASSWORD)
    except Exception:
        return Outcome.UNREAD
    if first != second:
        return _refuse(emit, DISAGREE)
    if first > limits.max_pages:
        return _refuse(emit, _too_many(limits))
    if first == 0:
        return _refuse(emit, NO_PAGES)
    _counted(emit, first, "pikepdf+pypdfium2", [DAMAGED])
    return Outcome.GO_ON


def _count_with_qpdf(data: bytes, *, strict: bool = False) -> int | None:
    """Pages as qpdf walks them, None where it fails (with `strict` it raises instead)."""
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            return len(pdf.pages)
    except Exception:
        if strict:
            raise
        return None


def _lying_count(catalog: DictionaryObject, found: Walk) -> list[Finding]:
    root: Any = catalog["/Pages"]
    stated = root.get("/Count")
    if stated == len(found.pages):
        return []
    message = (
        f"Your PDF says it has {str(stated)[:20]} pages but holds {len(found.pages)}; what it holds is counted. "
        "Export it again so that every reviewer sees the same pages."
    )
    return [Finding("count_mismatch", "warn", message)]


def _too_many(limits: Limits) -> Finding:
    message = f"Your PDF has more than {limits.max_pages} pages, more than any paper. Upload the paper only."
    return Finding("too_many_pages", "refuse", message)


def _refuse(emit: Emit, finding: Finding) -> Outcome:
    emit(stage="count", pages=None, reader="", findings=[finding.as_dict()])
    return Outcome.REFUSED


def _counted(emit: Emit, pages: int, reader: str, findings: list[Finding]) -> None:
    emit(stage="count", pages=pages, reader=reader, findings=[finding.as_dict() for finding in findings])
