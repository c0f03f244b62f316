"""Where the references and the appendices seem to begin, from lines of text that are nothing but such a heading."""

from __future__ import annotations

import re
from collections.abc import Iterable

from submissions.domain.page_law import Heading, Part

# Small capitals come out as "R EFERENCES", so lines are compared without spaces.
# A draft with numbered lines has a number before or after the heading too.
_NUMBER = r"(?:\d{1,4}|[ivxlc]{1,6}|[a-h])?[.:)]?"
_REFERENCES = re.compile(
    rf"^{_NUMBER}(?:references(?:andnotes)?|bibliography|literaturecited|workscited)[.:]?\d{{0,4}}$"
)
_APPENDIX = re.compile(
    rf"^(?:{_NUMBER}appendi(?:x|ces)|appendix(?:[a-h]|[ivx]{{1,4}}|\d{{1,2}})[.:]?|supplementarymaterial)$"
)
_TITLED_APPENDIX = re.compile(r"^appendix(?:[a-h]|[ivx]{1,4}|\d{1,2})?[.:\u2013\u2014-].{2,60}[^.]$")
_MAX_HEADING = 80  # characters
_TOP_CHARACTERS = 120  # a running head and a page number may stand above a heading at the top


def find(pages: Iterable[tuple[int, str]]) -> list[Heading]:
    """The headings in the numbered pages' text, one for each part: the last for references, the first for appendices."""
    references: Heading | None = None
    appendix: Heading | None = None
    for number, text in pages:
        seen = 0
        for line in text.splitlines():
            part = _part(line)
            heading = Heading(part, number, seen <= _TOP_CHARACTERS) if part else None
            if heading and heading.part == "references":
                references = heading
            elif heading and appendix is None:
                appendix = heading
            seen += len(line.strip())
    return sorted((h for h in (references, appendix) if h is not None), key=lambda h: h.page)


def _part(line: str) -> Part | None:
    if not 0 < len(line) <= _MAX_HEADING:
        return None
    compact = "".join(line.split()).lower()
    if _REFERENCES.match(compact):
        return "references"
    if _APPENDIX.match(compact) or _TITLED_APPENDIX.match(compact):
        return "appendices"
    return None
