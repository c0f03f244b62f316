"""The chairs' list of papers: filtered, sorted and searched, in a constant number of queries."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from submissions import queries
from submissions.domain.page_law import Finding
from submissions.domain.workflow import Missing, State
from submissions.models import Author, Edition, Paper

SORTS = {
    "number": lambda row: row.paper.number,
    "title": lambda row: row.paper.title.casefold(),
    "category": lambda row: (row.paper.category.order if row.paper.category else 999, row.paper.number),
    "state": lambda row: (list(State).index(State(row.paper.state)), row.paper.number),
    "pages": lambda row: (row.paper.manuscript.pages if row.paper.manuscript else 0, row.paper.number),
    "changed": lambda row: -row.paper.changed_at.timestamp(),
}


@dataclass(frozen=True)
class Row:
    paper: Paper
    missing: list[Missing]
    warnings: list[Finding]
    contacts: list[str]


def rows(
    *, edition: Edition, user: User, q: str = "", status: str = "", category: str = "", sort: str = "number"
) -> list[Row]:
    """The papers of `edition` that `user` handles and that match; conflicted ones are not there at all."""
    papers = queries.for_chairs(edition, user)
    if category:
        papers = papers.filter(category__slug=category)
    if status in set(State):
        papers = papers.filter(state=status)
    if q.strip():
        papers = papers.filter(_matches(q.strip()))
    found = [_row(paper) for paper in papers]
    if status == "missing":
        found = [row for row in found if row.missing]
    elif status == "findings":
        found = [row for row in found if row.warnings]
    return sorted(found, key=SORTS.get(sort, SORTS["number"]))


def counts(listed: Iterable[Row]) -> dict[str, int]:
    """How many papers stand where, for the line above the list."""
    tally = dict.fromkeys(State, 0)
    for row in listed:
        tally[State(row.paper.state)] += 1
    return {state.label: number for state, number in tally.items()}


def _matches(q: str) -> Q:
    """ "#17" is paper 17 only; anything else is looked for in the texts too, for a title may hold a number."""
    number = q.removeprefix("#")
    by_number = Q(number=int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else None
    if by_number is not None and q.startswith("#"):
        return by_number
    authors = Author.objects.filter(
        Q(name__icontains=q) | Q(email__icontains=q) | Q(affiliation__icontains=q)
    )
    found = Q(title__icontains=q) | Q(abstract__icontains=q) | Q(pk__in=authors.values("paper"))
    return found if by_number is None else found | by_number


def _row(paper: Paper) -> Row:
    warnings = [f for f in paper.manuscript.findings if f.severity == "warn"] if paper.manuscript else []
    law = queries.file_finding(paper)
    if law is not None and law.severity == "warn":
        warnings.append(law)
    missing = queries.missing_items(paper) if paper.state == State.DRAFT else []
    return Row(paper, missing, warnings, list(queries.contacts(paper)))


class Echo:
    """A file that hands back what is written to it, so that csv can be streamed."""

    def write(self, text: str) -> str:
        return text


HEADINGS = (
    "number",
    "status",
    "category",
    "title",
    "authors",
    "contacts",
    "topics",
    "pages",
    "version",
    "submitted (UTC)",
    "changed (UTC)",
    "missing",
    "warnings",
    "sha256",
)


#: Some spreadsheets read the full-width forms like the others.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def as_csv(listed: Iterable[Row]) -> Iterator[str]:
    """The list as CSV lines with a byte order mark (spreadsheets then read the names right)."""
    # In countries where lists are separated by ";", an unquoted cell would end there and its rest be a formula.
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    yield "\ufeff" + writer.writerow(HEADINGS)
    for row in listed:
        paper, manuscript = row.paper, row.paper.manuscript
        yield writer.writerow(
            [
                paper.number,
                State(paper.state).label,
                harmless(str(paper.category or "")),
                harmless(paper.title),
                harmless("; ".join(f"{it.name} ({it.affiliation})" for it in paper.authors.all())),
                harmless("; ".join(row.contacts)),
                harmless("; ".join(map(str, paper.topics.all()))),
                manuscript.pages if manuscript else "",
                manuscript.version if manuscript else "",
                f"{paper.submitted_at:%Y-%m-%d %H:%M}" if paper.submitted_at else "",
                f"{paper.changed_at:%Y-%m-%d %H:%M}",
                harmless(" ".join(item.message for item in row.missing)),
                harmless(" ".join(finding.message for finding in row.warnings)),
                manuscript.sha256 if manuscript else "",
            ]
        )


def harmless(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula (OWASP, "CSV injection")."""
    return f"'{text}" if text.lstrip()[:1] in FORMULA_STARTS or text[:1] in ("\t", "\r", "\n") else text
