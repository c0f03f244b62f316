"""The chairs' table of papers: which match a search, in which order, and how many there are of each group.

Only over the papers that this person handles: what a conflict hides changes no order and no page. A constant number of
queries; only one page of papers is read whole (decision_rows).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet, prefetch_related_objects

from accounts.models import User
from reviews import search_queries
from reviews.decision_facts import DecisionFacts, facts_of, handled
from reviews.domain import search
from reviews.domain.score_summaries import Group
from reviews.models import Comment, PaperTag
from submissions import queries as paper_queries
from submissions.domain.page_law import Finding
from submissions.models import Edition, Manuscript, Paper, Waiver

PAGE = 50
#: The severity of findings that ask nothing of a chair.
NOTED = "note"
GROUPS: tuple[tuple[Group, str], ...] = (
    ("accept", "Clear accepts"),
    ("reject", "Clear rejects"),
    ("discuss", "To discuss"),
    ("incomplete", "Incomplete"),
)


class _Light(NamedTuple):
    """What papers are sorted by, for all that match."""

    pk: int
    number: int
    title: str
    category: int | None
    decision: str | None
    chair: str | None


#: What the table can be sorted by, with the words for it. Highest first where that is what one looks for.
SORTS: dict[str, str] = {
    "number": "Number",
    "title": "Title",
    "merit": "Mean",
    "normalised": "Normalised",
    "spread": "Spread",
    "confidence": "Confidence",
    "reviews": "Reviews out",
    "late": "Late",
    "comments": "Comments",
    "findings": "Findings",
    "category": "Category",
    "chair": "Handling chair",
    "decision": "Decision",
}
_HIGHEST_FIRST = frozenset(
    {"merit", "normalised", "spread", "confidence", "reviews", "late", "comments", "findings"}
)


@dataclass(frozen=True)
class Asked:
    """What the page's address asks for. `sort` may begin with "-": the other way round."""

    q: str = ""
    group: str = ""
    sort: str = "number"

    @property
    def by(self) -> str:
        return name if (name := self.sort.removeprefix("-")) in SORTS else "number"

    @property
    def turned(self) -> bool:
        return self.sort.startswith("-")

    @property
    def descending(self) -> bool:
        return (self.by in _HIGHEST_FIRST) != self.turned


@dataclass(frozen=True)
class Listed:
    """The numbers of all matching papers in their order, with the counts of the groups among what was searched.

    `papers`: all that the person handles, to begin further queries with.
    """

    papers: QuerySet[Paper]
    facts: DecisionFacts
    order: Sequence[int]
    numbers: Sequence[int]
    counts: Mapping[str, int]
    everything: int


def listed(user: User, edition: Edition, asked: Asked) -> Listed:
    """All papers that match, sorted. Raises SearchError with the place of the mistake."""
    node = search.parse(asked.q)
    papers = handled(user, edition)
    names = ("pk", "number", "title", "category__order", "decision__outcome", "handling__chair__name")
    rows = [_Light(*row) for row in papers.order_by("number").values_list(*names)]
    facts = facts_of(edition, [it.pk for it in rows], slugs=search_queries.scores_asked(node))
    if node is not None:
        known = search_queries.Known(facts.questions, facts.papers, lambda: findings_of(papers, edition))
        found = papers.filter(search_queries.as_filter(node, known))
        matching = set(found.values_list("pk", flat=True))
        rows = [it for it in rows if it.pk in matching]
    counts: dict[str, int] = dict.fromkeys(dict(GROUPS), 0)
    counts |= Counter(facts.papers[it.pk].group for it in rows)
    everything = len(rows)
    if asked.group in counts:
        rows = [row for row in rows if facts.papers[row.pk].group == asked.group]
    order = _sorted(rows, facts, asked, papers, edition)
    return Listed(papers, facts, [it.pk for it in order], [it.number for it in order], counts, everything)


def _sorted(
    rows: list[_Light], facts: DecisionFacts, asked: Asked, papers: QuerySet[Paper], edition: Edition
) -> list[_Light]:
    """By what is asked for, then by number, in which `rows` come; papers about which nothing is known come last either way."""
    by, of = asked.by, facts.papers
    counted: Mapping[int, int] = {}
    if by == "comments":
        counted = _comments(Comment.objects.filter(paper__edition=edition))
    elif by == "findings":
        counted = findings_of(papers, edition)
    keys: dict[str, Callable[[_Light], Any]] = {
        "number": lambda row: row.number,
        "title": lambda row: row.title.casefold(),
        "merit": lambda row: of[row.pk].overall.mean,
        "normalised": lambda row: of[row.pk].normalised,
        "spread": lambda row: of[row.pk].overall.spread if of[row.pk].overall.number else None,
        "confidence": lambda row: of[row.pk].confidence,
        "reviews": lambda row: of[row.pk].expected - of[row.pk].submitted,
        "late": lambda row: of[row.pk].late,
        "comments": lambda row: counted.get(row.pk, 0),
        "findings": lambda row: counted.get(row.pk, 0),
        "category": lambda row: row.category,
        "chair": lambda row: (row.chair or "").casefold() or None,
        "decision": lambda row: row.decision or None,
    }
    pairs = [(keys[by](row), row) for row in rows]
    known = [it for it in pairs if it[0] is not None]
    known.sort(key=itemgetter(0), reverse=asked.descending)
    return [row for _, row in known] + [row for key, row in pairs if key is None]


def _comments(comments: QuerySet[Comment]) -> dict[int, int]:
    said = comments.filter(removed_at__isnull=True, is_note=False).order_by()
    return dict(said.values_list("paper").annotate(number=Count("pk")))


def findings_of(papers: QuerySet[Paper], edition: Edition) -> dict[int, int]:
    """How many findings of the page check a chair should look at, by paper; papers without any are left out. Two queries.

    Files of the same length in the same category are judged once by its page law: a thousand papers have few of both.
    """
    prefetch_related_objects([edition], "categories")
    categories = {it.pk: it for it in edition.categories.all()}
    laws: dict[tuple[Any, ...], bool] = {}
    found = {}
    rows = papers.filter(manuscript__isnull=False).order_by()
    for pk, category, waiver, pages, report in rows.values_list(
        "pk", "category", "waiver", "manuscript__pages", "manuscript__report"
    ):
        number = sum(it["severity"] != NOTED for it in report.get("findings", []))
        parts = [(it["part"], it["page"], it["at_top"]) for it in report.get("headings", [])]
        alike = (category, waiver is not None, pages, *parts)
        if alike not in laws:
            like = Paper(edition=edition, category=categories.get(category))
            like.manuscript = Manuscript(pages=pages, report=report)
            if waiver is not None:
                like.waiver = Waiver()
            laws[alike] = _breaks_law(like) is not None
        if number := number + laws[alike]:
            found[pk] = number
    return found


def whole(papers: QuerySet[Paper], edition: Edition, *more: str) -> Iterator[Paper]:
    """`papers` of `edition` with what a line of the table and the page check need, and the fields `more`.

    Editions and categories are few: they are read once and not with every paper. Two queries.
    """
    prefetch_related_objects([edition], "categories")
    categories = {it.pk: it for it in edition.categories.all()}
    joined = papers.select_related("manuscript", "waiver")
    for it in joined.only(
        "number",
        "title",
        "state",
        "edition",
        "category",
        "manuscript__pages",
        "manuscript__report",
        "waiver__id",
        *more,
    ):
        it.edition, it.category = edition, categories.get(it.category_id or 0)
        yield it


def findings_in(paper: Paper) -> list[str]:
    """The sentences of what the page check found, without what is merely noted."""
    if paper.manuscript is None:
        return []
    found = [it for it in paper.manuscript.findings if it.severity != NOTED]
    law = _breaks_law(paper)
    return [it.message for it in ([*found, law] if law else found)]


def _breaks_law(paper: Paper) -> Finding | None:
    found = paper_queries.file_finding(paper)
    return found if found and found.severity != NOTED else None


def offered_tags(edition: Edition, keys: Collection[int]) -> list[str]:
    """Tags in use on the papers `keys` of `edition`, by name."""
    used = PaperTag.objects.filter(paper__edition=edition).order_by("name").values_list("name", "paper")
    return list(dict.fromkeys(name for name, paper in used if paper in keys))
