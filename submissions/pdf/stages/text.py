"""Reading the text pieces of a page with PDFium: where each stands on the page and how large it really is."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

MAX_DEPTH = 6  # forms within forms; a good paper scaled by a tool nests two or three deep
MAX_PIECES = 20_000  # text pieces on one page; a full page has about 250, one piece a glyph about 6,000
INVISIBLE = pdfium.FPDF_TEXTRENDERMODE_INVISIBLE

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of text. Points from the lower left corner of the page's visible box; `base` is the baseline."""

    left: float
    bottom: float
    right: float
    top: float
    base: float
    size: float
    upright: bool
    handle: object

    @property
    def width(self) -> float:
        """Extent along the line, points."""
        return self.right - self.left


def pieces(page: pypdfium2.PdfPage) -> Iterator[Piece]:
    """Every visible piece of text on the page, those inside forms (figures, imposed pages) included."""
    left, bottom, _, _ = page.get_cropbox()
    shift: Matrix = (1.0, 0.0, 0.0, 1.0, -left, -bottom)
    budget = [MAX_PIECES]
    for index in range(pdfium.FPDFPage_CountObjects(page.raw)):
        yield from _pieces(pdfium.FPDFPage_GetObject(page.raw, index), shift, 0, budget)


def _pieces(item: object, outer: Matrix, depth: int, budget: list[int]) -> Iterator[Piece]:
    budget[0] -= 1
    if budget[0] < 0:
        return
    kind = pdfium.FPDFPageObj_GetType(item)
    if kind == pdfium.FPDF_PAGEOBJ_TEXT:
        if pdfium.FPDFTextObj_GetTextRenderMode(item) != INVISIBLE:
            yield _piece(item, outer)
    elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
        inner = _times(_matrix(item), outer)
        for index in range(pdfium.FPDFFormObj_CountObjects(item)):
            yield from _pieces(pdfium.FPDFFormObj_GetObject(item, index), inner, depth + 1, budget)


def _piece(item: object, outer: Matrix) -> Piece:
    size = ctypes.c_float()
    pdfium.FPDFTextObj_GetFontSize(item, size)
    a, b, c, d, _, base = _times(_matrix(item), outer)
    edges = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(item, *edges)
    x0, y0, x1, y1 = (edge.value for edge in edges)
    corners = [_apply(outer, x, y) for x in (x0, x1) for y in (y0, y1)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    # The size is measured across the line: microtype stretches glyphs along it.
    upright = abs(b) < 0.01 * abs(a) and abs(c) < 0.5 * abs(d)
    return Piece(min(xs), min(ys), max(xs), max(ys), base, size.value * math.hypot(c, d), upright, item)


def _matrix(item: object) -> Matrix:
    raw = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, raw)
    return (raw.a, raw.b, raw.c, raw.d, raw.e, raw.f)


def _times(m: Matrix, n: Matrix) -> Matrix:
    """First `m`, then `n`."""
    a, b, c, d, e, f = m
    p, q, r, s, t, u = n
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _apply(m: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = m
    return a * x + c * y + e, b * x + d * y + f
