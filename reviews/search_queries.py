"""From the tree of a search (reviews/domain/search.py) to a filter on Paper.

Permission-safe by construction: every term is about one paper, and the filter is only ever put on top of the papers
that the person handles. What must be computed (means, groups, lateness) is looked up in `DecisionFacts`, which were read
from these papers alone.
"""

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

from django.db.models import Exists, OuterRef, Q

from reviews.domain.review_form import Question
from reviews.domain.search import And, Node, Not, Or, SearchError, Term
from reviews.models import Assignment, AuthorResponse, Comment, Conflict, Decision, PaperTag, SubmittedScore
from submissions.models import Author, Topic, Waiver
from submissions.policy import NOBODY

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LOOKUP = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_DESK = "desk"


class PaperNumbers(Protocol):
    """What is computed about a paper; see `decision_facts.PaperFacts`."""

    @property
    def submitted(self) -> int: ...
    @property
    def late(self) -> int: ...
    @property
    def group(self) -> str: ...
    def mean_of(self, slug: str) -> float | None: ...


@dataclass(frozen=True)
class Known:
    """What a search may ask of, for one person. `papers`: facts by key; `findings`: papers with something to look at."""

    questions: Collection[Question]
    papers: Mapping[int, PaperNumbers]
    findings: Callable[[], Collection[int]]


def scores_asked(node: Node | None) -> set[str]:
    """The scores whose means a search compares: they must be among the facts."""
    return {it.field for it in terms(node) if it.key == "mean"}


def terms(node: Node | None) -> Iterator[Term]:
    if isinstance(node, Term):
        yield node
    elif isinstance(node, Not):
        yield from terms(node.inner)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from terms(part)


def check(node: Node | None, questions: Collection[Question]) -> None:
    """Raises SearchError for a score that the form does not ask for."""
    known = [it.slug for it in questions if it.kind == "score"]
    for term in terms(node):
        if term.key in ("score", "mean") and term.field not in known:
            offered = f"There is {', '.join(known)}." if known else "Its reviews have no scores."
            raise SearchError(term.at, f"“{term.field}” is not a score of this call's review form. {offered}")


def as_filter(node: Node, known: Known) -> Q:
    """The filter on Paper that `node` means. To be put on top of what the person may see, never alone.

    Raises SearchError for a score that the form does not ask for.
    """
    check(node, known.questions)
    return _filter(node, known)


def _filter(node: Node, known: Known) -> Q:
    if isinstance(node, Term):
        return _TERMS[node.key](node, known)
    if isinstance(node, Not):
        return ~_filter(node.inner, known)
    parts = [_filter(part, known) for part in node.parts]
    return reduce(operator.and_ if isinstance(node, And) else operator.or_, parts)


def _words(term: Term, known: Known) -> Q:
    text = term.value
    found = Q(title__icontains=text) | Q(abstract__icontains=text) | _author(term, known)
    if text.isascii() and text.isdigit() and len(text) < 9:
        found |= Q(number=int(text))
    return found


def _author(term: Term, known: Known) -> Q:
    text = term.value
    named = Q(name__icontains=text) | Q(email__icontains=text) | Q(affiliation__icontains=text)
    return Q(Exists(Author.objects.filter(named, paper=OuterRef("pk"))))


def _reviewer(term: Term, known: Known) -> Q:
    named = Q(member__name__icontains=term.value) | Q(member__email__icontains=term.value)
    return Q(Exists(Assignment.objects.live().filter(named, paper=OuterRef("pk"))))


def _category(term: Term, known: Known) -> Q:
    return Q(category__slug__iexact=term.value) | Q(category__name__icontains=term.value)


def _topic(term: Term, known: Known) -> Q:
    named = Q(slug__iexact=term.value) | Q(name__icontains=term.value)
    return Q(Exists(Topic.objects.filter(named, papers=OuterRef("pk"))))


def _score(term: Term, known: Known) -> Q:
    """Any one of the paper's submitted reviews, in its latest version."""
    scores = SubmittedScore.objects.filter(
        slug=term.field,
        review__assignment__state__in=Assignment.LIVE,
        review__assignment__paper=OuterRef("pk"),
    )
    number = term.number or 0.0
    if term.operator in _LOOKUP:
        return Q(Exists(scores.filter(**{f"value__{_LOOKUP[term.operator]}": number})))
    # No score lies between two steps, so that a fraction equals none.
    same = Q(value=int(number)) if number == int(number) else NOBODY
    return Q(Exists(scores.filter(same if term.operator == "=" else ~same)))


def _computed(test: Callable[[PaperNumbers], bool], known: Known) -> Q:
    return Q(pk__in=[pk for pk, facts in known.papers.items() if test(facts)])


def _mean(term: Term, known: Known) -> Q:
    compare, number = COMPARE[term.operator], term.number or 0.0

    def holds(facts: PaperNumbers) -> bool:
        mean = facts.mean_of(term.field)
        # As it is shown: a mean of 2.4999 reads 2.50 and is found by that.
        return mean is not None and compare(round(mean, 2), number)

    return _computed(holds, known)


def _reviews(term: Term, known: Known) -> Q:
    compare, number = COMPARE[term.operator], term.number or 0.0
    return _computed(lambda facts: compare(facts.submitted, number), known)


def _late(term: Term, known: Known) -> Q:
    wanted = term.value == "yes"
    return _computed(lambda facts: bool(facts.late) == wanted, known)


def _group(term: Term, known: Known) -> Q:
    return _computed(lambda facts: facts.group == term.value, known)


def _decision(term: Term, known: Known) -> Q:
    if term.value in ("none", "any"):
        return Q(decision__isnull=term.value == "none")
    return Q(decision__outcome=Decision.Outcome.DESK_REJECT if term.value == _DESK else term.value)


def _tag(term: Term, known: Known) -> Q:
    return Q(Exists(PaperTag.objects.filter(paper=OuterRef("pk"), name__iexact=term.value)))


def _chair(term: Term, known: Known) -> Q:
    return Q(handling__chair__name__icontains=term.value) | Q(handling__chair__email__icontains=term.value)


def _has(term: Term, known: Known) -> Q:
    here = {"paper": OuterRef("pk")}
    things: dict[str, Callable[[], Q]] = {
        "conflict": lambda: Q(Exists(Conflict.objects.standing().filter(**here))),
        "comment": lambda: Q(Exists(Comment.objects.filter(removed_at__isnull=True, is_note=False, **here))),
        "response": lambda: Q(Exists(AuthorResponse.objects.filter(submitted_at__isnull=False, **here))),
        "decision": lambda: Q(decision__isnull=False),
        "finding": lambda: Q(pk__in=list(known.findings())),
        "review": lambda: _computed(lambda facts: facts.submitted > 0, known),
        "tag": lambda: Q(Exists(PaperTag.objects.filter(**here))),
        "shepherd": lambda: Q(decision__shepherd__isnull=False),
        "waiver": lambda: Q(Exists(Waiver.objects.filter(**here))),
    }
    return things[term.value]()


_TERMS: dict[str, Callable[[Term, Known], Q]] = {
    "": _words,
    "#": lambda term, known: Q(number=int(term.value)),
    "ti": lambda term, known: Q(title__icontains=term.value),
    "ab": lambda term, known: Q(abstract__icontains=term.value),
    "au": _author,
    "re": _reviewer,
    "cat": _category,
    "topic": _topic,
    "score": _score,
    "mean": _mean,
    "reviews": _reviews,
    "late": _late,
    "dec": _decision,
    "has": _has,
    "tag": _tag,
    "chair": _chair,
    "group": _group,
}
