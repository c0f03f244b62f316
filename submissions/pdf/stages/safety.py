"""What a file would do or carry besides its pages, which fonts it lacks, and how large its pages are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject

from submissions.domain.page_law import Finding
from submissions.pdf.limits import Limits
from submissions.pdf.stages import Emit, Outcome
from submissions.pdf.stages.count import open_pypdf
from submissions.pdf.stages.fonts import font_findings
from submissions.pdf.stages.page_tree import walk

HARMLESS_ACTIONS = {"/GoTo", "/Named", "/Thread", "/GoToE"}
LINK_ACTIONS = HARMLESS_ACTIONS | {"/URI", "/GoToR"}
MEDIA = {"/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}
MAX_ANNOTATIONS = 3000
LETTER, A4 = (612.0, 792.0), (595.28, 841.89)
SIZE_TOLERANCE = 3.0  # points

MESSAGES = {
    "encrypted": "Your PDF restricts printing or copying. Reviewers can read it, but the proceedings cannot take it: export "
    "it without protection before the camera-ready version.",
    "javascript": "Your PDF does something by itself when it is opened (a script or an action{where}). Reviewers' viewers "
    "may warn of it or block it: export it without scripts and opening actions.",
    "attachments": "Your PDF carries other files inside. Reviewers may not see them: remove them, and upload supplementary "
    "material separately if the call allows it.",
    "form": "Your PDF contains form fields. Export it as a plain document, without fields to fill in.",
    "media": "Your PDF contains sound, film or 3D content, which most viewers do not show. Replace it by pictures.",
    "links": "Your PDF contains links. That is fine for review; the proceedings may want them removed.",
    "bookmarks": "Your PDF contains bookmarks. That is fine for review; the proceedings may want them removed.",
}


def look(data: bytes, limits: Limits, emit: Emit) -> Outcome:
    """Say what the document and its pages hold besides text and pictures."""
    reader = open_pypdf(data)
    catalog: Any = reader.trailer["/Root"].get_object()
    pages = walk(catalog, limits.max_pages).pages
    found = {code: _finding(code) for code in _document(reader.is_encrypted, catalog)}
    for number, page in enumerate(pages, start=1):
        for code in _page(page):
            found.setdefault(code, _finding(code, page=number))
    findings = list(found.values()) + font_findings(pages)
    if size := _page_size(pages):
        findings.append(size)
    emit(stage="safety", findings=[finding.as_dict() for finding in findings])
    return Outcome.GO_ON


def _finding(code: str, page: int | None = None) -> Finding:
    where = f" on page {page}" if page else ""
    severity: Any = "note" if code in ("links", "bookmarks") else "warn"
    return Finding(code, severity, MESSAGES[code].format(where=where), page)


def _document(encrypted: bool, catalog: DictionaryObject) -> Iterator[str]:
    names = _get(catalog, "/Names")
    if encrypted:
        yield "encrypted"
    if (
        _acts(_get(catalog, "/OpenAction"), HARMLESS_ACTIONS)
        or _get(catalog, "/AA")
        or _holds(_get(names, "/JavaScript"))
    ):
        yield "javascript"
    if (
        _holds(_get(names, "/EmbeddedFiles"))
        or _get(catalog, "/Collection") is not None
        or _get(catalog, "/AF")
    ):
        yield "attachments"
    form = _get(catalog, "/AcroForm")
    if _get(form, "/Fields") or _get(form, "/XFA") is not None:
        yield "form"
    if _get(_get(catalog, "/Outlines"), "/First") is not None:
        yield "bookmarks"


def _page(page: DictionaryObject) -> Iterator[str]:
    if _get(page, "/AA"):
        yield "javascript"
    annotations = _get(page, "/Annots")
    if not isinstance(annotations, ArrayObject):
        return
    for raw in annotations[:MAX_ANNOTATIONS]:
        annotation = raw.get_object()
        kind = _get(annotation, "/Subtype")
        if kind == "/FileAttachment":
            yield "attachments"
        elif kind in MEDIA:
            yield "media"
        elif kind == "/Widget":
            yield "form"
        elif kind == "/Link":
            yield "links"
        if _acts(_get(annotation, "/A"), LINK_ACTIONS) or _get(annotation, "/AA"):
            yield "javascript"


def _acts(action: Any, allowed: set[str], depth: int = 0) -> bool:
    """Whether an action, or one that follows it, does more than `allowed`. A list is a place to go to."""
    if not isinstance(action, DictionaryObject):
        return False
    if depth > 20 or _get(action, "/S") not in allowed:
        return True
    following = _get(action, "/Next")
    several = following[:20] if isinstance(following, ArrayObject) else [following]
    return any(_acts(_plain(one), allowed, depth + 1) for one in several)


def _holds(tree: Any) -> bool:
    """Whether a name tree holds or may hold anything."""
    return bool(_get(tree, "/Names") or _get(tree, "/Kids"))


def _page_size(pages: list[DictionaryObject]) -> Finding | None:
    sizes = [_size(page) for page in pages]
    wrong = next((i for i, size in enumerate(sizes, start=1) if size is None or not _is_paper(size)), None)
    if wrong is None and all(_close(size, sizes[0]) for size in sizes):
        return None
    if wrong is None:
        first = next(i for i, size in enumerate(sizes, start=1) if not _close(size, sizes[0]))
        message = f"The pages have different sizes: page {first} differs from page 1. Use US letter or A4 throughout."
        return Finding("page_size", "warn", message, first)
    size = sizes[wrong - 1]
    what = (
        f"is {size[0] / 72:.1f} × {size[1] / 72:.1f} in" if size and max(size) < 1e6 else "has no usable size"
    )
    message = f"Page {wrong} {what}; papers are US letter (8.5 × 11 in) or A4 (8.3 × 11.7 in)."
    return Finding("page_size", "warn", message, wrong)


def _size(page: DictionaryObject) -> tuple[float, float] | None:
    """Width and height of the visible box in points, None when the file does not say."""
    box = _numbers(_inherited(page, "/CropBox")) or _numbers(_inherited(page, "/MediaBox"))
    unit = _get(page, "/UserUnit")
    try:
        factor = float(unit) if unit is not None else 1.0
    except (TypeError, ValueError):
        return None
    if box is None or not math.isfinite(factor):
        return None
    left, bottom, right, top = box
    return abs(right - left) * factor, abs(top - bottom) * factor


def _numbers(box: Any) -> list[float] | None:
    if not isinstance(box, ArrayObject) or len(box) != 4:
        return None
    try:
        numbers = [float(_plain(item)) for item in box]
    except (TypeError, ValueError, OverflowError):
        return None
    return numbers if all(math.isfinite(number) for number in numbers) else None


def _inherited(page: DictionaryObject, key: str) -> Any:
    """A page's value, or that of the nearest node above it that has one."""
    node: Any = page
    for _ in range(1000):
        if not isinstance(node, DictionaryObject):
            return None
        if (value := _get(node, key)) is not None:
            return value
        node = _get(node, "/Parent")
    return None


def _is_paper(size: tuple[float, float]) -> bool:
    return _close(size, LETTER) or _close(size, A4)


def _close(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    return (
        one is not None
        and other is not None
        and all(abs(a - b) <= SIZE_TOLERANCE for a, b in zip(one, other, strict=True))
    )


def _get(node: Any, key: str) -> Any:
    """The value behind a key, references followed; None when the node is no dictionary or lacks it."""
    if not isinstance(node, DictionaryObject):
        return None
    return _plain(node.get(key))


def _plain(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value
