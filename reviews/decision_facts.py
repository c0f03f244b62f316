"""What the reviews say of every paper that a chair handles: how many are in, how the scores lie, what is late.

Everything, the normalised scores included, is computed over the papers that this person handles: what a conflict hides
changes no number. A constant number of queries, and none of them reads a review's texts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Case, FilteredRelation, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User
from reviews import queries
from reviews.domain.review_form import Question
from reviews.domain.score_summaries import Group, Summary, group_of, normalised_means
from reviews.models import Assignment
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper

#: The questions that mean the same in every form, by their slug; a form without them has its first score instead.
OVERALL, CONFIDENCE = "merit", "confidence"


def handled(user: User, edition: Edition) -> QuerySet[Paper]:
    """The papers under review that `user` decides on."""
    return Paper.objects.filter(papers_policy.papers_handled_by(user), edition=edition, state=State.SUBMITTED)


#: What `_rows` says of an assignment.
LATE, READY = 1, 2
#: Where no question has a scale.
NOTHING = Summary(1, (0,))
#: {reviewer: {paper: overall score}}
Given = dict[int, dict[int, float]]


@dataclass
class PaperFacts:
    """The numbers of one paper. `expected`: live assignments; `late`: reviews still out after their date."""

    expected: int = 0
    submitted: int = 0
    late: int = 0
    ready: int = 0
    summaries: dict[str, Summary] = field(default_factory=dict)
    overall: Summary = NOTHING
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
    """The form, its scores that stand for a whole review, and the numbers of papers that somebody handles, by key."""

    questions: Sequence[Question]
    overall: Question | None
    confidence: Question | None
    papers: Mapping[int, PaperFacts]


def score_questions(questions: Iterable[Question]) -> list[Question]:
    return [it for it in questions if it.kind == "score"]


def overall_of(questions: Iterable[Question]) -> Question | None:
    """The question whose score stands for the whole review."""
    scores = score_questions(questions)
    return next((it for it in scores if it.slug == OVERALL), scores[0] if scores else None)


def confidence_of(questions: Iterable[Question]) -> Question | None:
    return next((it for it in score_questions(questions) if it.slug == CONFIDENCE), None)


def facts_of(edition: Edition, keys: Iterable[int], *, slugs: Collection[str] = ()) -> DecisionFacts:
    """The numbers of the papers `keys`: all papers of `edition` that somebody handles.

    `slugs`: further scores to summarise. Three queries.
    """
    questions = queries.form_of(edition)
    wanted = _wanted(questions, slugs)
    papers = {pk: PaperFacts() for pk in keys}
    given = _count(papers, _rows(edition, wanted, Q(paper__edition=edition)), wanted)
    return _whole(questions, papers, given)


def facts_of_one(papers_handled: QuerySet[Paper], paper: Paper) -> DecisionFacts:
    """The same for one paper of all those that somebody handles. Four queries.

    Of the others only the overall scores are read, by which this paper's are normalised.
    """
    questions = queries.form_of(paper.edition)
    wanted, overall = _wanted(questions), overall_of(questions)
    papers = {paper.pk: PaperFacts()}
    _count(papers, _rows(paper.edition, wanted, Q(paper=paper)), wanted)
    given: Given = {}
    if overall is not None:
        rows = Assignment.objects.live().filter(
            paper__in=papers_handled.values("pk"),
            review__scores__slug=overall.slug,
            review__scores__value__lte=overall.highest,
        )
        told = rows.order_by().values_list("paper", "member", "review__scores__value")
        for key, member, score in told.iterator():
            given.setdefault(member, {})[key] = score
    return _whole(questions, papers, given)


def _wanted(questions: Sequence[Question], slugs: Collection[str] = ()) -> list[Question]:
    """The scores that stand for whole reviews, and those named by `slugs`."""
    named = (overall_of(questions), confidence_of(questions))
    return [it for it in score_questions(questions) if it in named or it.slug in slugs]


def _whole(questions: Sequence[Question], papers: dict[int, PaperFacts], given: Given) -> DecisionFacts:
    """The facts, with what stands for whole reviews. `given`: the overall scores of all papers that somebody handles."""
    overall, confidence = overall_of(questions), confidence_of(questions)
    means = normalised_means(given)
    for pk, facts in papers.items():
        if overall is not None:
            facts.overall = facts.summaries[overall.slug]
        if confidence is not None:
            facts.confidence = facts.summaries[confidence.slug].mean
        facts.normalised = means.get(pk)
    return DecisionFacts(questions, overall, confidence, papers)


def _count(
    papers: Mapping[int, PaperFacts], rows: Iterable[tuple[Any, ...]], wanted: Sequence[Question]
) -> Given:
    """Count what `_rows` tells into `papers`, and leave out the others. Returns the overall scores."""
    overall = overall_of(wanted)
    place, steps = (wanted.index(overall), overall.highest) if overall else (0, 0)
    counts = {pk: [[0] * it.highest for it in wanted] for pk in papers}
    given: Given = {}
    for paper, member, version, mark, *scores in rows:
        facts = papers.get(paper)
        if facts is None:
            continue
        facts.expected += 1
        facts.late += mark == LATE
        facts.ready += mark == READY
        if not version:
            continue
        facts.submitted += 1
        for counted, score in zip(counts[paper], scores, strict=True):
            # A score beyond the scale is from before the scale was shortened.
            if score is not None and score <= len(counted):
                counted[score - 1] += 1
        if overall and (score := scores[place]) is not None and score <= steps:
            given.setdefault(member, {})[paper] = score
    for pk, facts in papers.items():
        for it, counted in zip(wanted, counts[pk], strict=True):
            facts.summaries[it.slug] = Summary.counted(tuple(counted))
    return given


def _rows(edition: Edition, wanted: Sequence[Question], which: Q) -> Iterator[tuple[Any, ...]]:
    """(paper, member, version, mark, score, …) of each live assignment, with the scores that are `wanted`.

    Whole numbers alone: they come from every database as they are, unlike dates. `version`: of the review, 0 or None
    before it is submitted; `mark`: LATE, READY or 0.
    """
    joins = {
        f"score_{place}": FilteredRelation("review__scores", condition=Q(review__scores__slug=it.slug))
        for place, it in enumerate(wanted)
    }
    late = Q(review__submitted_at__isnull=True) & queries.late_at(
        queries.reviews_due(edition), timezone.now()
    )
    # Who is ready to decide has submitted, so that it is never both.
    mark = Case(
        When(late, then=Value(LATE)),
        When(ready_at__isnull=False, then=Value(READY)),
        default=Value(0),
        output_field=IntegerField(),
    )
    rows = Assignment.objects.live().filter(which, paper__state=State.SUBMITTED).annotate(**joins)
    scores = (f"{it}__value" for it in joins)
    return rows.order_by("pk").values_list("paper", "member", "review__version", mark, *scores).iterator()
