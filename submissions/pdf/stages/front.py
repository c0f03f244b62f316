"""Reading the title and the abstract from the first page, for papers that somebody lists as their own.

The title is what stands largest on the upper part of the page; the abstract is what follows that word, up to the next
heading. Both are a proposal that a person looks at.
"""

from __future__ import annotations

import codecs
import ctypes
import math
import re
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from submissions.pdf.limits import Limits
from submissions.pdf.stages import Emit, Outcome

codecs.lookup("utf-16-le")  # loaded before the limits are taken

MAX_CHARACTERS = 20_000  # of the page; a full one has 6,000
UPPER = 0.5  # of the page: the title stands above
SAME_SIZE = 0.6  # points
MIN_TITLE, MAX_TITLE = 8, 500  # characters; a drop cap or a logo is shorter
MAX_ABSTRACT = 5_000
_ABSTRACT = re.compile(r"\babs\s?tract\b[\s.:—–-]*", re.IGNORECASE)
_ENDS = re.compile(
    r"\n\s*(?:(?:\d|i)\.?\s*)?(?:introduction|i\s?ntroduction)\b"
    r"|\b(?:index\s+terms|key\s?words(?:\s+and\s+phrases)?|ccs\s+concepts|general\s+terms|acm\s+reference\s+format"
    r"|categories\s+and\s+subject)\b",
    re.IGNORECASE,
)
#: PDFium marks a word divided at the end of a line with one of these.
_DIVIDED = re.compile(r"(?:[\u00ad\ufffe\x02]|(?<=[a-z])-)[ \t]*\r?\n\s*(?=[a-z])")


@dataclass
class _Line:
    """Characters that follow each other on one baseline; sizes in points as printed, `base` from the bottom."""

    text: str
    size: float
    base: float


def read(data: bytes, limits: Limits, emit: Emit) -> Outcome:
    """Say what the title and the abstract seem to be; either may be empty."""
    document = pypdfium2.PdfDocument(data)
    page = document[0]
    words = page.get_textpage()
    _, bottom, _, top = page.get_cropbox()
    lines = _lines(words)
    emit(
        stage="front",
        title=_title(lines, bottom + (top - bottom) * (1 - UPPER)),
        abstract=_abstract("\n".join(line.text for line in lines)),
    )
    return Outcome.GO_ON


def _lines(words: pypdfium2.PdfTextPage) -> list[_Line]:
    found: list[_Line] = []
    current: list[tuple[str, float, float]] = []
    for index in range(min(pdfium.FPDFText_CountChars(words.raw), MAX_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(words.raw, index)
        sign = chr(code) if 0 < code < 0x11_0000 and not 0xD800 <= code < 0xE000 else " "
        if sign in "\r\n":
            _close(current, found)
            current = []
        else:
            current.append((sign, *_size_and_base(words, index)))
    _close(current, found)
    return found


def _close(current: list[tuple[str, float, float]], found: list[_Line]) -> None:
    printed = [(size, base) for sign, size, base in current if not sign.isspace() and size > 0]
    if printed:
        sizes = sorted(size for size, _ in printed)
        text = "".join(sign for sign, _, _ in current).strip()
        found.append(_Line(text, sizes[len(sizes) // 2], printed[0][1]))


def _size_and_base(words: pypdfium2.PdfTextPage, index: int) -> tuple[float, float]:
    """The size across the line as printed (a font of size 1 may be drawn large), and the baseline."""
    matrix = pdfium.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetMatrix(words.raw, index, matrix)
    pdfium.FPDFText_GetCharOrigin(words.raw, index, x, y)
    return pdfium.FPDFText_GetFontSize(words.raw, index) * math.hypot(matrix.c, matrix.d), y.value


def _title(lines: list[_Line], above: float) -> str:
    """The first run of lines in the largest size that has enough letters for a title."""
    upper = [line for line in lines if line.base >= above]
    for size in sorted({round(line.size, 1) for line in upper}, reverse=True):
        run: list[str] = []
        for line in upper:
            if abs(line.size - size) <= SAME_SIZE:
                run.append(line.text)
            elif run:
                break
        title = " ".join(_joined("\n".join(run)).split())
        if sum(sign.isalpha() for sign in title) >= MIN_TITLE:
            return title[:MAX_TITLE]
    return ""


def _abstract(text: str) -> str:
    begins = _ABSTRACT.search(text)
    if begins is None:
        return ""
    rest = text[begins.end() :]
    ends = _ENDS.search(rest)
    return " ".join(_joined(rest[: ends.start()] if ends else rest).split())[:MAX_ABSTRACT]


def _joined(text: str) -> str:
    return _DIVIDED.sub("", text)
