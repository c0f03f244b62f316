"""One page of the chairs' table of papers, read whole: what each line shows beside the numbers. Constant queries."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from accounts.models import User
from reviews.decision_facts import DecisionFacts, PaperFacts, handled, score_questions
from reviews.decision_table import PAGE, Listed, findings_in
from reviews.domain.review_form import Question
from reviews.domain.score_summaries import Summary
from reviews.models import Assignment, AuthorResponse, Comment, Decision, DiscussionRead, PaperTag
from submissions.models import Edition, Paper


@dataclass(frozen=True)
class Bar:
    """One step of the scale in a picture: where its bar begins and how high it is, of 16 units."""

    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Picture:
    """The distribution of one score as bars, with the words that say the same. `label`: of the question."""

    label: str
    summary: Summary
    bars: Sequence[Bar]
    width: int

    @classmethod
    def of(cls, question: Question, summary: Summary) -> "Picture":
        tallest = max([3, *summary.counts])
        bars = [
            Bar(place * 8, 16 - height, height)
            for place, count in enumerate(summary.counts)
            if (height := round(16 * count / tallest, 1))
        ]
        return cls(question.label, summary, bars, 8 * summary.steps)


@dataclass(frozen=True)
class Row:
    """One line of the table. `revision`: what a decision from this page must name."""

    paper: Paper
    facts: PaperFacts
    picture: Picture | None
    more: Sequence[Picture]
    comments: int
    unread: int
    has_response: bool
    findings: Sequence[str]
    tags: Sequence[str]
    decision: Decision | None


def page(
    user: User, edition: Edition, found: Listed, number: str, *, all_scores: bool = False
) -> tuple[list[Row], Page[int]]:
    """One page of `found`, read whole. Constant queries."""
    pages: Page[int] = Paginator(found.order, PAGE).get_page(number)
    return rows(user, edition, found.facts, list(pages), all_scores=all_scores), pages


def rows(
    user: User, edition: Edition, facts: DecisionFacts, keys: Sequence[int], *, all_scores: bool = False
) -> list[Row]:
    """The lines of these papers, in this order."""
    papers = (
        handled(user, edition)
        .filter(pk__in=keys)
        .select_related(
            "edition", "category", "manuscript", "waiver", "handling__chair",
            "decision__category", "decision__release", "decision__shepherd",
        )
        .prefetch_related("edition__categories")
        .in_bulk()
    )  # fmt: skip
    tags: dict[int, list[str]] = defaultdict(list)
    for pk, name in PaperTag.objects.filter(paper__in=keys).values_list("paper", "name"):
        tags[pk].append(name)
    comments, unread = discussions(user, keys)
    answered = AuthorResponse.objects.filter(paper__in=keys, submitted_at__isnull=False)
    responses = set(answered.values_list("paper", flat=True))
    more = _more(facts, keys) if all_scores else {}
    return [
        Row(
            paper,
            facts.papers[pk],
            Picture.of(facts.overall, facts.papers[pk].overall) if facts.overall else None,
            more.get(pk, ()),
            comments.get(pk, 0),
            unread.get(pk, 0),
            pk in responses,
            findings_in(paper),
            tags[pk],
            getattr(paper, "decision", None),
        )
        for pk in keys
        if (paper := papers.get(pk)) is not None
    ]


def discussions(user: User, keys: Collection[int]) -> tuple[dict[int, int], dict[int, int]]:
    """How many comments each paper has, and how many of them `user` has not read. Two queries."""
    said = Comment.objects.filter(paper__in=keys, removed_at__isnull=True)
    read = dict(DiscussionRead.objects.filter(paper__in=keys, user=user).values_list("paper", "at"))
    unread: dict[int, int] = defaultdict(int)
    counts: dict[int, int] = defaultdict(int)
    for paper, author, at, note in said.order_by().values_list("paper", "author", "at", "is_note"):
        counts[paper] += not note
        seen = read.get(paper)
        unread[paper] += author != user.pk and (seen is None or at > seen)
    return counts, unread


def _more(facts: DecisionFacts, keys: Collection[int]) -> dict[int, list[Picture]]:
    """The further scores of some papers. One query."""
    shown = (facts.overall, facts.confidence)
    wanted = [it for it in score_questions(facts.questions) if it not in shown]
    given: dict[tuple[int, str], list[int]] = defaultdict(list)
    live = Assignment.objects.live().filter(
        paper__in=keys, review__scores__slug__in=[it.slug for it in wanted]
    )
    for pk, slug, score in live.order_by().values_list(
        "paper", "review__scores__slug", "review__scores__value"
    ):
        given[pk, slug].append(score)
    return {pk: [Picture.of(it, Summary.of(given[pk, it.slug], it.highest)) for it in wanted] for pk in keys}
