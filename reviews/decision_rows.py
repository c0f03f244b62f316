"""One page of the chairs' table of papers, read whole: what each line shows beside the numbers. Constant queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import F

from accounts.models import User
from reviews.decision_facts import DecisionFacts, PaperFacts, score_questions
from reviews.decision_table import PAGE, Listed, findings_in, whole
from reviews.domain.score_summaries import Summary
from reviews.models import Assignment, AuthorResponse, Comment, Decision, DiscussionRead, PaperTag
from submissions.models import Edition, Paper


@dataclass(frozen=True)
class Row:
    """One line of the table. `chair`: who handles it, by name; `more`: the summaries of further scores, with their labels."""

    paper: Paper
    chair: str
    facts: PaperFacts
    more: Sequence[tuple[str, Summary]]
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
    return rows(user, edition, found, list(pages), all_scores=all_scores), pages


def rows(
    user: User, edition: Edition, found: Listed, keys: Sequence[int], *, all_scores: bool = False
) -> list[Row]:
    """The lines of these papers, in this order, as far as `user` handles them."""
    here = found.papers.filter(pk__in=keys).annotate(chair=F("handling__chair__name"))
    decision = (f"decision__{it}" for it in ("outcome", "category", "release__undone_at"))
    papers = {it.pk: it for it in whole(here.select_related("decision__release"), edition, *decision)}
    categories = {it.pk: it for it in edition.categories.all()}
    for it in papers.values():
        if (decided := getattr(it, "decision", None)) and decided.category_id:
            decided.category = categories[decided.category_id]
    answered = AuthorResponse.objects.filter(paper__in=papers, submitted_at__isnull=False)
    responses = set(answered.values_list("paper", flat=True))
    more = _more(found.facts, keys) if all_scores else {}
    return _lines(user, found.facts, {pk: papers[pk] for pk in keys if pk in papers}, responses, more)


def row_of(user: User, paper: Paper, facts: DecisionFacts, *, has_response: bool) -> Row:
    """The line of one paper that `user` handles, as `facts` and the paper itself tell it."""
    (row,) = _lines(user, facts, {paper.pk: paper}, {paper.pk} if has_response else (), {})
    return row


def _lines(
    user: User,
    facts: DecisionFacts,
    papers: Mapping[int, Paper],
    responses: Collection[int],
    more: Mapping[int, Sequence[tuple[str, Summary]]],
) -> list[Row]:
    """Three queries."""
    tags: dict[int, list[str]] = defaultdict(list)
    for pk, name in PaperTag.objects.filter(paper__in=papers).values_list("paper", "name"):
        tags[pk].append(name)
    comments, unread = discussions(user, papers)
    return [
        Row(
            paper,
            getattr(paper, "chair", None) or "",
            facts.papers[pk],
            more.get(pk, ()),
            comments.get(pk, 0),
            unread.get(pk, 0),
            pk in responses,
            findings_in(paper),
            tags[pk],
            getattr(paper, "decision", None),
        )
        for pk, paper in papers.items()
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


def _more(facts: DecisionFacts, keys: Collection[int]) -> dict[int, list[tuple[str, Summary]]]:
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
    return {pk: [(it.label, Summary.of(given[pk, it.slug], it.highest)) for it in wanted] for pk in keys}
