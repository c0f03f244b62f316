"""Measuring the body text: its size, columns, line distance and extent on the pages."""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import pypdfium2
import pypdfium2.raw as pdfium

from submissions.pdf.limits import Limits
from submissions.pdf.stages import Emit, Outcome, headings
from submissions.pdf.stages.text import Piece, pieces
from submissions.pdf.style import BLOCK_SLACK, IEEE_CONFERENCE, LARGER_FONT_TOLERANCE, Measures, judge_style

codecs.lookup("utf-16-le")  # loaded before the limits are taken

MAX_PAGES = 60  # pages measured; papers are shorter, and a thesis uploaded by mistake is not worth the time
MIN_LINE = 60.0  # points of text that make a line count for the extent of a page
ISOLATED = 20.0  # points of white between a running head or foot and the body
LABEL = 25.0  # points; a line number is narrower
MAX_LABELS = 300  # looked at on one page: two columns of numbered lines have 120
MIN_LINE_NUMBERS = 10  # on one page
_NUMBER = re.compile(r"^\s*\d{1,4}\s*$")
_PAGE_NUMBER = re.compile(r"^\W*(?:page\s*)?\d{1,3}(?:\s*(?:/|of)\s*\d{1,3})?\W*$", re.IGNORECASE)


@dataclass
class _Page:
    number: int
    width: float
    height: float
    text: str
    pieces: list[Piece]
    numbered: bool = False
    line_numbered: bool = False


@dataclass
class _Line:
    """Body pieces on one baseline."""

    base: float
    left: float
    right: float
    bottom: float
    top: float
    ink: float = 0.0
    spans: list[tuple[float, float]] = field(default_factory=list)


def look(data: bytes, limits: Limits, emit: Emit) -> Outcome:
    """Measure the file and say how it differs from the style, and where the references begin."""
    with pypdfium2.PdfDocument(data) as document:
        read = _read_all(document)
    marks = headings.find((page.number, page.text) for page in read)
    ends = next((mark.page for mark in marks if mark.part == "references"), len(read))
    seen = measure(read, ends)
    emit(
        stage="layout",
        findings=[finding.as_dict() for finding in judge_style(seen)],
        headings=[{"part": mark.part, "page": mark.page, "at_top": mark.at_top} for mark in marks],
    )
    return Outcome.GO_ON


def measure(read: list[_Page], body_ends: int) -> Measures:
    """Measures of the pages; the body size is taken from pages up to `body_ends`, where the references begin."""
    sizes: defaultdict[float, float] = defaultdict(float)
    for page in read:
        for piece in page.pieces:
            if page.number <= body_ends and piece.size > 0:
                sizes[round(piece.size, 1)] += piece.width / piece.size
    total = sum(sizes.values())
    characters = sum(len(page.text) for page in read)
    if total < 200:
        return Measures(pages=len(read), characters=characters)
    body = _most_common(sizes)
    normal = IEEE_CONFERENCE.body
    share = sum(
        n for size, n in sizes.items() if abs(size - normal) <= LARGER_FONT_TOLERANCE and size > normal - 0.3
    )
    lines = [(page, _lines(page, body)) for page in read]
    extents = [(page.number, *extent) for page, found in lines if (extent := _extent(found))]
    wide = [e for e in extents if e[1] > IEEE_CONFERENCE.block_width + BLOCK_SLACK]
    tall = [e for e in extents if e[2] > IEEE_CONFERENCE.block_height + BLOCK_SLACK]
    return Measures(
        body_size=body,
        normal_share=share / total,
        columns=_columns(lines),
        leading=_leading(lines, body),
        pages_measured=len(extents),
        wide_pages=tuple(e[0] for e in wide),
        widest=max((e[1] for e in wide), default=0.0),
        tall_pages=tuple(e[0] for e in tall),
        tallest=max((e[2] for e in tall), default=0.0),
        numbered_pages=sum(page.numbered for page in read),
        line_numbered_pages=sum(page.line_numbered for page in read),
        pages=len(read),
        characters=characters,
    )


def _read_all(document: pypdfium2.PdfDocument) -> list[_Page]:
    """The pages PDFium can load; it believes `/Count`, so a page it promises may not exist."""
    read: list[_Page] = []
    for index in range(min(len(document), MAX_PAGES)):
        with contextlib.suppress(pypdfium2.PdfiumError):
            read.append(_read(document, index))
    return read


def _read(document: pypdfium2.PdfDocument, index: int) -> _Page:
    """What is needed of one page. The pieces' handles are used here only: they die with the page."""
    page = document[index]
    text = page.get_textpage()
    try:
        left, bottom, right, top = page.get_cropbox()
        found = [piece for piece in pieces(page) if piece.upright]
        result = _Page(index + 1, right - left, top - bottom, text.get_text_range(), found)
        result.numbered = any(_PAGE_NUMBER.match(_text_of(piece, text)) for piece in _at_edges(result))
        result.line_numbered = _has_line_numbers(found, text)
        return result
    finally:
        text.close()
        page.close()


def _text_of(piece: Piece, text: pypdfium2.PdfTextPage) -> str:
    """The characters of a short piece, at most 40."""
    buffer = (ctypes.c_ushort * 41)()
    pdfium.FPDFTextObj_GetText(piece.handle, text.raw, buffer, 82)
    return bytes(buffer).decode("utf-16-le", "replace").split("\0")[0]


def _at_edges(page: _Page) -> list[Piece]:
    """Short pieces that stand alone in the uppermost or lowermost inch: candidates for a page number."""
    inch = 72.0
    others = [p for p in page.pieces if p.bottom < inch or p.top > page.height - inch]
    short = [p for p in others if p.width < 50]
    return [
        p
        for p in short
        if not any(q is not p and abs(q.base - p.base) < 20 and abs(q.base - p.base) > 1 for q in others)
    ][:20]


def _most_common(sizes: Mapping[float, float]) -> float:
    """The size with most text, neighbours within 0.15 points counted together."""
    return max(sizes, key=lambda size: sum(n for other, n in sizes.items() if abs(other - size) < 0.15))


def _lines(page: _Page, body: float) -> list[_Line]:
    """The lines of body text on a page, from top to bottom; both columns' lines share one when level."""
    found: list[_Line] = []
    for piece in sorted((p for p in page.pieces if abs(p.size - body) < 0.25), key=lambda p: -p.base):
        if not found or found[-1].base - piece.base > 1.0:
            found.append(_Line(piece.base, piece.left, piece.right, piece.bottom, piece.top))
        line = found[-1]
        line.left, line.right = min(line.left, piece.left), max(line.right, piece.right)
        line.bottom, line.top = min(line.bottom, piece.bottom), max(line.top, piece.top)
        line.ink += piece.width
        line.spans.append((piece.left, piece.right))
    return [line for line in found if line.ink >= MIN_LINE]


def _extent(lines: list[_Line]) -> tuple[float, float] | None:
    """Width and height of a page's body text, running head and foot left out. None with fewer than ten lines."""
    while len(lines) > 1 and lines[0].base - lines[1].base > ISOLATED:
        lines = lines[1:]
    while len(lines) > 1 and lines[-2].base - lines[-1].base > ISOLATED:
        lines = lines[:-1]
    if len(lines) < 10:
        return None
    # The third outermost edge: one long formula or one label beside the text is not the margin.
    left = sorted(line.left for line in lines)[2]
    right = sorted((line.right for line in lines), reverse=True)[2]
    return right - left, lines[0].top - lines[-1].bottom


def _columns(lines: list[tuple[_Page, list[_Line]]]) -> int | None:
    """1 or 2: whether lines of body text cross the middle of the block as often as they cross its quarters."""
    middle = quarters = 0
    for page, found in lines:
        if not found:
            continue
        left, right = median(line.left for line in found), median(line.right for line in found)
        if right - left < page.width * 0.35:  # one column of a page with an empty or pictured other half
            continue
        centre = page.width / 2
        probes = (left + (right - left) * 0.25, left + (right - left) * 0.75)
        for line in found:
            middle += 2 * any(x0 < centre - 2 and x1 > centre + 2 for x0, x1 in line.spans)
            quarters += sum(any(x0 < probe < x1 for x0, x1 in line.spans) for probe in probes)
    if quarters < 40:
        return None
    return 1 if middle > 0.5 * quarters else 2


def _leading(lines: list[tuple[_Page, list[_Line]]], body: float) -> float | None:
    """The usual distance of lines in one column, from pieces that begin at the column's left edge."""
    steps: Counter[float] = Counter()
    for page, _ in lines:
        starts: dict[int, list[float]] = {}
        for piece in page.pieces:
            if abs(piece.size - body) < 0.25 and piece.width > MIN_LINE:
                starts.setdefault(round(piece.left), []).append(piece.base)
        for bases in starts.values():
            bases.sort(reverse=True)
            for upper, lower in pairwise(bases):
                if 0.8 * body <= upper - lower <= 2.2 * body:
                    steps[round(upper - lower, 1)] += 1
    if sum(steps.values()) < 30:
        return None
    return max(steps, key=lambda step: sum(n for other, n in steps.items() if abs(other - step) < 0.25))


def _has_line_numbers(found: list[Piece], text: pypdfium2.PdfTextPage) -> bool:
    """Whether numbers stand one below the other and count upwards, as no table or axis does for so long."""
    stacks: dict[int, list[tuple[float, int]]] = {}
    for piece in [p for p in found if p.width < LABEL][:MAX_LABELS]:
        if _NUMBER.match(words := _text_of(piece, text)):
            stacks.setdefault(round(piece.right / 3), []).append((-piece.base, int(words)))
    for stack in stacks.values():
        numbers = [number for _, number in sorted(stack)]
        steps = Counter(after - before for before, after in pairwise(numbers))
        if steps[1] + steps[5] >= max(MIN_LINE_NUMBERS, 0.8 * (len(numbers) - 1)):
            return True
    return False
