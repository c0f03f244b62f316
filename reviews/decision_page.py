"""One paper for the chairs who decide on it: reviews side by side, scores in a grid, conflicts of the room, history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from accounts import audit
from accounts.models import AuditEntry, User
from reviews import queries
from reviews.domain.review_form import Question
from reviews.models import Assignment, AuthorResponse, Member
from reviews.review_list import ShownAnswer, ShownReview, reviews_handled
from submissions.models import Paper

#: What the record says of a decision, in words. Other kinds of work on a paper have pages of their own.
VERBS: Mapping[str, str] = {
    "decision.made": "decided",
    "decision.changed": "changed the decision",
    "decision.taken_back": "took the decision back",
    "decision.released": "released the decision",
    "decision.release_undone": "undid the release",
    "decision.left_release": "left before the letters of the release about it",
    "decision.reopened": "took the decision out of its release, to correct it",
    "decision.conditions_met": "found the conditions met",
    "handling.set": "chose who handles it",
    "handling.chosen": "chose who handles it, because a chair has a conflict",
    "discussion.lead": "chose who leads the discussion",
    "tags.changed": "changed the tags",
    "assignment.offered": "asked a reviewer",
    "assignment.accepted": "agreed to review",
    "assignment.declined": "declined to review",
    "assignment.withdrawn": "took an assignment back",
    "assignment.ended": "ended its reviewing",
    "review.submitted": "submitted a review",
}
#: Texts are not repeated in the history: it says that they changed.
_LONG = frozenset({"note", "to_authors", "conditions"})
#: Which release it was says the page of releases.
_KEYS = frozenset({"release"})
_LABELS = {"to_authors": "text for the authors", "note": "reasons for the file"}


@dataclass(frozen=True)
class ScoreLine:
    """One question with a scale, and how each review answers it, in the order of the reviews."""

    question: Question
    answers: Sequence[ShownAnswer | None]


@dataclass(frozen=True)
class Entry:
    """One line of the history."""

    actor: str
    words: str
    at: Any
    changes: Sequence[str]


def score_lines(questions: Sequence[Question], reviews: Sequence[ShownReview]) -> list[ScoreLine]:
    """The scores of all reviews beside each other."""
    given = [{it.question.slug: it for it in review.answers} for review in reviews]
    return [
        ScoreLine(it, [answers.get(it.slug) for answers in given]) for it in questions if it.kind == "score"
    ]


def reviews_for(
    handled: QuerySet[Paper], paper: Paper, user: User, questions: Sequence[Question], *, names: bool = True
) -> list[ShownReview]:
    """The reviews of `paper`, one of those that `user` handles, as a chair reads them. One query.

    Without reviewers' `names` where others look at the screen.
    """
    found = reviews_handled(handled.filter(pk=paper.pk), user, questions)
    return found if names else [replace(it, name="", guest="") for it in found]


def outstanding(paper: Paper) -> list[Assignment]:
    """Live assignments whose review is not in."""
    rows = Assignment.objects.live().filter(paper=paper, review__submitted_at__isnull=True)
    return list(rows.select_related("member").order_by("member__name"))


def response_of(paper: Paper) -> AuthorResponse | None:
    return AuthorResponse.objects.filter(paper=paper, submitted_at__isnull=False).first()


def shepherds_for(paper: Paper) -> list[Member]:
    """Members who said yes and whom no conflict keeps from `paper`, by name."""
    bound = queries.members_in_conflict(paper).values("pk")
    return list(
        Member.objects.reviewing()
        .filter(edition=paper.edition_id)
        .exclude(pk__in=bound)
        .order_by("name")
        .only("name")
    )


def next_undecided(handled: QuerySet[Paper], paper: Paper) -> int | None:
    """The number of the next paper without a decision among those that somebody handles; after the last comes the first.

    One query or two, each of which ends with the first paper that it finds.
    """
    left = handled.filter(decision__isnull=True).exclude(pk=paper.pk)
    numbers = left.order_by("number").values_list("number", flat=True)
    return numbers.filter(number__gt=paper.number).first() or numbers.first()


def history_of(paper: Paper) -> list[Entry]:
    """What chairs and reviewers did about `paper`, latest first."""
    entries = audit.history(paper).filter(verb__in=VERBS)
    return [
        Entry(it.actor_label, VERBS[it.verb], it.at, _changes(it))
        for it in entries.order_by("-at", "-pk")[:100]
    ]


def _changes(entry: AuditEntry) -> list[str]:
    found = []
    for name, pair in entry.data.items():
        if not (isinstance(pair, list) and len(pair) == 2) or name in _KEYS:
            continue
        if name in _LONG:
            found.append(
                f"{_LABELS.get(name, name)} {'removed' if pair[1] is None else 'written' if pair[0] is None else 'changed'}"
            )
        elif entry.verb.startswith(("decision.", "handling.", "tags.", "discussion.")):
            found.append(f"{name}: {_words(name, pair[0])} → {_words(name, pair[1])}")
        elif name in ("member", "names"):
            found.append(str(pair[1]))
    return found


def _words(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if value is None:
        return "as submitted" if name == "category" else "none"
    return str(value).replace("_", " ") if name == "outcome" else str(value)
