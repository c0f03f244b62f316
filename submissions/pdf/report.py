"""What an inspection of one PDF found. Plain values: no PDF library, no Django, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from submissions.domain.page_law import Finding, Heading, Part


@dataclass(frozen=True)
class Report:
    """The facts and findings of one file.

    readable    some reader could count the pages
    pages       pages counted in the page tree, None when unreadable
    findings    what is refused, warned of or noted, the page law not included (see `inspect.verdict`)
    seconds     wall time of the whole check, waiting for a free place included
    thumbnail   PNG of the first page, about 400 pixels wide, or None
    headings    where references and appendices seem to begin
    peak_memory bytes the largest worker process had in memory (shared with its helper included), 0 unknown
    title       what the title seems to be, and the abstract; only where they were asked for (`Limits.front`)
    reader      "pypdf", "pikepdf+pypdfium2" or "" when nothing could read the file
    """

    readable: bool
    pages: int | None
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    thumbnail: bytes | None = None
    headings: tuple[Heading, ...] = ()
    reader: str = ""
    peak_memory: int = 0
    title: str = ""
    abstract: str = ""

    @property
    def references_page(self) -> int | None:
        """The page on which the references seem to begin."""
        return next((heading.page for heading in self.headings if heading.part == "references"), None)

    def with_seconds(self, seconds: float) -> Report:
        """The same report with another duration, rounded to milliseconds."""
        return replace(self, seconds=round(seconds, 3))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values without the thumbnail, which is stored as a file of its own."""
        return {
            "readable": self.readable,
            "pages": self.pages,
            "findings": [finding.as_dict() for finding in self.findings],
            "seconds": self.seconds,
            "headings": [{"part": h.part, "page": h.page, "at_top": h.at_top} for h in self.headings],
            "references_page": self.references_page,
            "reader": self.reader,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Report:
        """The report from `to_dict` values (thumbnail None). Raises ValueError, KeyError or TypeError."""
        return cls(
            readable=bool(raw["readable"]),
            pages=raw["pages"],
            findings=tuple(Finding.from_dict(item) for item in raw.get("findings", ())),
            seconds=float(raw.get("seconds", 0.0)),
            headings=tuple(heading_from(item) for item in raw.get("headings", ())),
            reader=str(raw.get("reader", "")),
        )


def heading_from(raw: Mapping[str, Any]) -> Heading:
    """A heading from its dictionary. Raises ValueError for an unknown part or a page that is no number."""
    part, page = raw.get("part"), raw.get("page")
    if part not in get_args(Part) or not isinstance(page, int) or isinstance(page, bool):
        raise ValueError(f"not a heading: {dict(raw)!r}")
    return Heading(cast(Part, part), page, raw.get("at_top") is True)
