"""The page law: how many pages a category allows, and the sentence an author gets when a paper breaks it.

Plain Python, no I/O. A `PageLaw` comes from the call; the number of pages comes from the PDF reader, which
counts them in the page tree. Everything is counted unless the call excludes references or appendices; where
they begin is guessed from headings, so a guess alone never refuses a paper: it only warns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

Severity = Literal["refuse", "warn", "note"]
Part = Literal["references", "appendices"]
PARTS: tuple[str, ...] = get_args(Part)


@dataclass(frozen=True)
class Finding:
    """One result of a check: a stable code, how serious it is, a sentence for the author, perhaps a page."""

    code: str
    severity: Severity
    message: str
    page: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON-ready values."""
        return {"code": self.code, "severity": self.severity, "message": self.message, "page": self.page}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Finding:
        """The finding from `as_dict` values. Raises ValueError when they are not a finding."""
        code, severity, message, page = (raw.get(key) for key in ("code", "severity", "message", "page"))
        if not isinstance(code, str) or not isinstance(message, str) or severity not in get_args(Severity):
            raise ValueError(f"not a finding: {dict(raw)!r}")
        if page is not None and (not isinstance(page, int) or isinstance(page, bool)):
            raise ValueError(f"not a page number: {page!r}")
        return cls(code, cast(Severity, severity), message, page)


@dataclass(frozen=True)
class Heading:
    """Where a part outside the body seems to begin. `at_top`: no body text stands above it on its page."""

    part: Part
    page: int
    at_top: bool = False


@dataclass(frozen=True)
class PageLaw:
    """The page limits of one category. `None` is "no limit"; `max_total_pages` matters only with `excludes`."""

    category: str
    slug: str
    min_pages: int | None
    max_pages: int | None
    excludes: tuple[str, ...] = ()
    max_total_pages: int | None = None
    waived: bool = False

    def __post_init__(self) -> None:
        unknown = sorted(set(self.excludes) - set(PARTS))
        if unknown:
            raise ValueError(f"unknown part {unknown[0]!r}: only {' and '.join(PARTS)} can be excluded")
        if self.min_pages is not None and self.max_pages is not None and self.min_pages > self.max_pages:
            raise ValueError(f"at least {self.min_pages} but at most {self.max_pages} pages")

    @property
    def hard_max(self) -> int | None:
        """The largest number of pages in all that can be enforced without guessing where the body ends."""
        return self.max_total_pages if self.excludes else self.max_pages


def fits(law: PageLaw, pages: int) -> bool:
    """Whether a file of so many pages may stand in this category (a waived law lets any file pass)."""
    return law.waived or (_shortfall(law, pages) == 0 and _excess(law, pages) == 0)


def describe(law: PageLaw) -> str:
    """The limits in words: "8 to 10 pages, everything counted"."""
    limits = _range(law.min_pages, law.max_pages)
    if limits is None and law.max_total_pages is None:
        return "any number of pages"
    if not law.excludes:
        return f"{limits}, everything counted" if limits else "any number of pages"
    excluded = f"not counting {' and '.join(law.excludes)}"
    total = f"at most {_pages(law.max_total_pages)} in all" if law.max_total_pages is not None else None
    if limits is None:
        return str(total)
    return ", ".join(part for part in (limits, excluded, total) if part)


def judge(
    law: PageLaw, pages: int, *, counted_pages: int | None = None, others: Sequence[PageLaw] = ()
) -> Finding | None:
    """The finding for a file of `pages` pages, or None when the law is kept or waived.

    `counted_pages` is the guessed number of pages that count when the law excludes something; only the
    number of pages in all can refuse. `others` are the call's laws: a refusal names those the file fits.
    """
    if law.waived:
        return None
    excess, shortfall = _excess(law, pages), _shortfall(law, pages)
    if excess or shortfall:
        advice = f"Shorten it by {_pages(excess)}" if excess else f"Add {_pages(shortfall)}"
        fitting = [_a(_name(law)) for law in alternatives(others, pages, but=law.slug)]
        offer = f", or submit it as {' or '.join(fitting)}" if fitting else ""
        return Finding(
            "page_count", "refuse", f"Your PDF has {_pages(pages)}. {_sentence(law)} {advice}{offer}."
        )
    if (
        law.excludes
        and counted_pages is not None
        and law.max_pages is not None
        and counted_pages > law.max_pages
    ):
        message = (
            f"About {counted_pages} of the {_pages(pages)} of your PDF seem to count. {_sentence(law)} "
            f"Where {_list(law.excludes)} begin was read from the headings, so a chair will look at it."
        )
        return Finding("body_pages", "warn", message)
    return None


def alternatives(laws: Sequence[PageLaw], pages: int, *, but: str) -> list[PageLaw]:
    """The other categories (not the slug `but`) that a file of so many pages fits, in the call's order."""
    return [law for law in laws if law.slug != but and not law.waived and fits(law, pages)]


def counted_pages(headings: Iterable[Heading], pages: int, excludes: Sequence[str]) -> int:
    """How many of `pages` pages hold something that counts, when each part runs to the next heading.

    A page counts when any of it does, so a references heading half-way down page 9 leaves 9 counted pages.
    """
    ordered = sorted((h for h in headings if 1 <= h.page <= pages), key=lambda h: h.page)
    excluded: set[int] = set()
    for here, after in zip(ordered, [*ordered[1:], None], strict=False):
        if here.part in excludes:
            first = here.page if here.at_top else here.page + 1
            # The page where the next part starts is left to that part: it decides whether the page counts.
            last = (
                pages
                if after is None
                else after.page - (1 if after.part not in excludes or after.at_top else 0)
            )
            excluded.update(range(first, last + 1))
    return pages - len(excluded)


def _excess(law: PageLaw, pages: int) -> int:
    return max(0, pages - law.hard_max) if law.hard_max is not None else 0


def _shortfall(law: PageLaw, pages: int) -> int:
    return max(0, law.min_pages - pages) if law.min_pages is not None else 0


def _sentence(law: PageLaw) -> str:
    """The law as a sentence: "A regular paper has 8 to 10 pages, counting references and appendices."."""
    subject = _a(_name(law))
    subject = subject[0].upper() + subject[1:]
    limits = _range(law.min_pages, law.max_pages)
    total = f"at most {_pages(law.max_total_pages)} in all" if law.excludes and law.max_total_pages else None
    if limits is None:
        return f"{subject} has {total or 'any number of pages'}."
    if not law.excludes:
        return f"{subject} has {limits}, counting {_list(PARTS)}."
    counting = f"not counting {_list(law.excludes)}"
    return f"{subject} has {limits}, {counting}{f', and {total}' if total else ''}."


def _name(law: PageLaw) -> str:
    """The category as a common noun inside a sentence: "Regular paper" loses its capital, "PhD forum" keeps it."""
    name = law.category.strip() or "paper"
    first_word = name.split()[0]
    return name if any(letter.isupper() for letter in first_word[1:]) else name[0].lower() + name[1:]


def _a(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _range(low: int | None, high: int | None) -> str | None:
    low = None if low is not None and low <= 1 and high != low else low  # every paper has a page: not a limit
    if low is None and high is None:
        return None
    if high is None:
        return f"at least {_pages(low)}"
    if low is None:
        return f"at most {_pages(high)}"
    return f"exactly {_pages(high)}" if low == high else f"{low} to {_pages(high)}"


def _pages(number: int | None) -> str:
    return "1 page" if number == 1 else f"{number} pages"


def _list(words: Sequence[str]) -> str:
    return " and ".join(words)
