"""The chairs' table of papers: what the reviews say, how far the work is, what is decided.

Everything, the normalised scores included, is computed over the papers that this person handles: what a conflict hides
changes no number, no order and no page. A constant number of queries; only one page of papers is read whole.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from statistics import fmean
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from accounts.models import User
from reviews import queries, search_queries
from reviews.domain import search
from reviews.domain.review_form import Question
from reviews.domain.score_summaries import Group, Summary, group_of, normalise
from reviews.models import (
    Assignment,
    Comment,
    PaperTag,
    ReviewVersion,
)
from submissions import policy as papers_policy
from submissions import queries as paper_queries
from submissions.domain.deadlines import Closing
from submissions.domain.workflow import State
from submissions.models import Edition, Paper

PAGE = 50
#: The questions that mean the same in every form, by their slug; a form without them has its first score instead.
OVERALL, CONFIDENCE = "merit", "confidence"
GROUPS: tuple[tuple[Group, str], ...] = (
    ("accept", "Clear accepts"),
    ("reject", "Clear rejects"),
    ("discuss", "To discuss"),
    ("incomplete", "Incomplete"),
)


def handled(user: User, edition: Edition) -> QuerySet[Paper]:
    """The papers under review that `user` decides on."""
    return Paper.objects.filter(papers_policy.papers_handled_by(user), edition=edition, state=State.SUBMITTED)


# -- what is computed of every paper ----------------------------------------------------------------------------------------


@dataclass
class PaperFacts:
    """The numbers of one paper. `expected`: live assignments; `late`: reviews still out after their date."""

    expected: int = 0
    submitted: int = 0
    late: int = 0
    ready: int = 0
    summaries: dict[str, Summary] = field(default_factory=dict)
    overall: Summary = field(default_factory=lambda: Summary(1, (0,)))
    normalised: float | None = None
    confidence: float | None = None

    @cached_property
    def group(self) -> Group:
        return group_of(self.overall, expected=self.expected)

    def mean_of(self, slug: str) -> float | None:
        found = self.summaries.get(slug)
        return found.mean if found else None


@dataclass(frozen=True)
class DecisionFacts:
    """The form's scores, and the numbers of every paper that somebody handles, by its key."""

    questions: Sequence[Question]
    overall: Question | None
    confidence: Question | None
    due: Closing | None
    papers: Mapping[int, PaperFacts]


def score_questions(questions: Iterable[Question]) -> list[Question]:
    return [it for it in questions if it.kind == "score"]


def overall_of(questions: Iterable[Question]) -> Question | None:
    """The question whose score stands for the whole review."""
    scores = score_questions(questions)
    return next((it for it in scores if it.slug == OVERALL), scores[0] if scores else None)


def facts_of(user: User, edition: Edition, *, slugs: Collection[str] = ()) -> DecisionFacts:
    """The numbers of all papers that `user` handles; `slugs`: further scores to summarise. Five queries."""
    questions = queries.form_of(edition)
    overall = overall_of(questions)
    confidence = next((it for it in score_questions(questions) if it.slug == CONFIDENCE), None)
    due, now = queries.reviews_due(edition), timezone.now()
    papers = {
        pk: PaperFacts() for pk in handled(user, edition).order_by("number").values_list("pk", flat=True)
    }
    _count_assignments(edition, papers, due, now)
    wanted = [it for it in score_questions(questions) if it in (overall, confidence) or it.slug in slugs]
    told = scores_told(papers, wanted, edition=edition)
    for it in wanted:
        by_paper: dict[int, list[int]] = defaultdict(list)
        for paper, _, scores in told:
            if (score := scores.get(it.slug)) is not None:
                by_paper[paper].append(score)
        for pk, facts in papers.items():
            facts.summaries[it.slug] = Summary.of(by_paper[pk], it.highest)
    for facts in papers.values():
        if overall is not None:
            facts.overall = facts.summaries[overall.slug]
        if confidence is not None:
            facts.confidence = facts.summaries[confidence.slug].mean
    if overall is not None:
        for pk, mean in _normalised(told, overall).items():
            papers[pk].normalised = mean
    return DecisionFacts(questions, overall, confidence, due, papers)


def _count_assignments(
    edition: Edition, papers: Mapping[int, PaperFacts], due: Closing | None, now: datetime
) -> None:
    rows = Assignment.objects.live().filter(paper__edition=edition, paper__state=State.SUBMITTED)
    for paper, due_at, ready, submitted in rows.order_by().values_list(
        "paper", "due_at", "ready_at", "review__submitted_at"
    ):
        facts = papers.get(paper)
        if facts is None:
            continue
        facts.expected += 1
        facts.ready += ready is not None
        facts.submitted += submitted is not None
        if submitted is None:
            facts.late += queries.is_late(Assignment(due_at=due_at), due, now)


def scores_told(
    papers: Collection[int], wanted: Sequence[Question], *, edition: Edition | None = None
) -> list[tuple[int, int, dict[str, int]]]:
    """(paper, member, {slug: score}) of each submitted review of `papers`, in its latest version. One query.

    Only the numbers are taken out of the answers, not their texts. `edition`: read all of it and leave out the rest,
    for a list too long for a query.
    """
    if not wanted:
        return []
    here = (
        {"review__assignment__paper__edition": edition}
        if edition
        else {"review__assignment__paper__in": papers}
    )
    rows = ReviewVersion.objects.filter(
        number=F("review__version"),
        review__submitted_at__isnull=False,
        review__assignment__state__in=Assignment.LIVE,
        **here,
    ).order_by("review_id")
    asked = {f"score_{place}": KeyTransform(it.slug, "answers") for place, it in enumerate(wanted)}
    found = []
    for paper, member, *values in rows.values_list(
        "review__assignment__paper", "review__assignment__member", *asked.values()
    ):
        if paper in papers:
            told = {
                it.slug: value
                for it, value in zip(wanted, values, strict=True)
                if isinstance(value, int) and not isinstance(value, bool)
            }
            found.append((paper, member, told))
    return found


def _normalised(told: Iterable[tuple[int, int, dict[str, int]]], overall: Question) -> dict[int, float]:
    """The mean of each paper's normalised overall scores, by its key."""
    given: dict[int, dict[int, float]] = defaultdict(dict)
    for paper, member, scores in told:
        score = scores.get(overall.slug)
        if score is not None and 1 <= score <= overall.highest:
            given[member][paper] = score
    of_paper: dict[int, list[float]] = defaultdict(list)
    for by_paper in normalise(given).values():
        for paper, value in by_paper.items():
            of_paper[paper].append(value)
    return {paper: fmean(values) for paper, values in of_paper.items()}


# -- which papers, and in which order ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Light:
    """What papers are sorted by, for all that match."""

    pk: int
    number: int
    title: str
    category: int
    decision: str
    chair: str


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
    """The numbers of all matching papers in their order, with the counts of the groups among what was searched."""

    facts: DecisionFacts
    order: Sequence[int]
    numbers: Sequence[int]
    counts: Mapping[str, int]
    everything: int


def listed(user: User, edition: Edition, asked: Asked) -> Listed:
    """All papers that match, sorted. Raises SearchError with the place of the mistake."""
    node = search.parse(asked.q)
    slugs = search_queries.scores_asked(node)
    facts = facts_of(user, edition, slugs=slugs)
    papers = handled(user, edition)
    if node is not None:
        known = search_queries.Known(
            facts.questions,
            facts.papers,
            lambda: [pk for pk, number in findings_of(user, edition).items() if number],
        )
        papers = papers.filter(search_queries.as_filter(node, known))
    rows = [
        _Light(pk, number, title.casefold(), category, decision or "", chair or "")
        for pk, number, title, category, decision, chair in papers.values_list(
            "pk", "number", "title", "category__order", "decision__outcome", "handling__chair__name"
        )
        if pk in facts.papers
    ]
    counts: dict[str, int] = dict.fromkeys(dict(GROUPS), 0)
    for row in rows:
        counts[facts.papers[row.pk].group] += 1
    everything = len(rows)
    if asked.group in counts:
        rows = [row for row in rows if facts.papers[row.pk].group == asked.group]
    found = _sorted(rows, facts, asked, user, edition)
    return Listed(facts, [it.pk for it in found], [it.number for it in found], counts, everything)


def _sorted(
    rows: list[_Light], facts: DecisionFacts, asked: Asked, user: User, edition: Edition
) -> list[_Light]:
    """By what is asked for, then by number; papers about which nothing is known come last either way."""
    by, of = asked.by, facts.papers
    counted: Mapping[int, int] = {}
    if by == "comments":
        counted = _comments(Comment.objects.filter(paper__edition=edition))
    elif by == "findings":
        counted = findings_of(user, edition)

    def key(row: _Light) -> Any:
        it = of[row.pk]
        value: Any = {
            "number": row.number,
            "title": row.title,
            "merit": it.overall.mean,
            "normalised": it.normalised,
            "spread": it.overall.spread if it.overall.number else None,
            "confidence": it.confidence,
            "reviews": it.expected - it.submitted,
            "late": it.late,
            "comments": counted.get(row.pk, 0),
            "findings": counted.get(row.pk, 0),
            "category": row.category,
            "chair": row.chair.casefold() or None,
            "decision": row.decision or None,
        }[by]
        return value

    rows.sort(key=lambda row: row.number)
    known = [row for row in rows if key(row) is not None]
    known.sort(key=key, reverse=asked.descending)
    return known + [row for row in rows if key(row) is None]


def _comments(comments: QuerySet[Comment]) -> dict[int, int]:
    said = comments.filter(removed_at__isnull=True, is_note=False).order_by()
    return dict(said.values_list("paper").annotate(number=Count("pk")))


def findings_of(user: User, edition: Edition, *, papers: Collection[int] | None = None) -> dict[int, int]:
    """How many findings of the page check a chair should look at, by paper. Three queries."""
    found = handled(user, edition)
    if papers is not None:
        found = found.filter(pk__in=papers)
    rows = found.select_related("edition", "category", "manuscript", "waiver").defer("abstract")
    return {it.pk: len(findings_in(it)) for it in rows.prefetch_related("edition__categories")}


def findings_in(paper: Paper) -> list[str]:
    """The sentences of what the page check found, without what is merely noted."""
    if paper.manuscript is None:
        return []
    found = [it for it in paper.manuscript.findings if it.severity != "note"]
    law = paper_queries.file_finding(paper)
    return [it.message for it in ([*found, law] if law and law.severity != "note" else found)]


def offered_tags(user: User, edition: Edition) -> list[str]:
    """Tags in use on papers that `user` handles."""
    used = PaperTag.objects.filter(Q(paper__in=handled(user, edition).values("pk")))
    return list(used.order_by("name").values_list("name", flat=True).distinct())
