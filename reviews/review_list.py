"""Reviews as somebody may read them: which, whose, and which of their answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from accounts.models import User
from reviews import policy, queries
from reviews.domain.review_form import Answer, Question, Reader, readable_by
from reviews.models import Assignment, Member, Review, ReviewRead, ReviewVersion
from submissions import policy as papers_policy
from submissions.models import Paper


@dataclass(frozen=True)
class ShownAnswer:
    """One answer with its question."""

    question: Question
    value: Answer

    @property
    def step(self) -> str:
        """The words for a score: what stands at its place on the scale."""
        choices = self.question.choices
        known = isinstance(self.value, int) and 0 < self.value <= len(choices)
        return choices[int(self.value) - 1] if known else ""


@dataclass(frozen=True)
class ShownReview:
    """One submitted review for one reader; templates/reviews/review/_review.html shows it.

    `letter`: as which the reader knows the reviewer; `name` is empty where they must not know it. `answers` are only
    those that the reader may see. `read`: the version the reader has read, 0 for none.
    """

    pk: int
    letter: str
    name: str
    guest: str
    mine: bool
    reader: Reader
    version: int
    submitted_at: datetime | None
    changed_at: datetime
    answers: Sequence[ShownAnswer]
    read: int = 0

    @property
    def is_new(self) -> bool:
        """Not read yet by this reader; one's own is never new."""
        return not self.mine and self.read == 0

    @property
    def is_changed(self) -> bool:
        """Changed since this reader read it."""
        return not self.mine and 0 < self.read < self.version

    @property
    def scores(self) -> list[ShownAnswer]:
        return [it for it in self.answers if it.question.kind != "text"]

    @property
    def texts(self) -> list[ShownAnswer]:
        return [it for it in self.answers if it.question.kind == "text"]


def shown_answers(
    questions: Sequence[Question], answers: Mapping[str, Answer], reader: Reader
) -> list[ShownAnswer]:
    """The answers that `reader` may see, in the order of the form. Those to questions no longer asked are left out."""
    return [ShownAnswer(it, answers[it.slug]) for it in readable_by(questions, reader) if it.slug in answers]


def reviews_of(paper: Paper, user: User) -> list[ShownReview]:
    """The submitted reviews of `paper` that `user` may read, each in its latest submitted version, by letter.

    Somebody who handles the paper reads everything, with names; a fellow reviewer what the committee may read, with
    names where the edition's settings say so; one's own review is whole. Constant queries.
    """
    handled = Paper.objects.filter(papers_policy.papers_handled_by(user), pk=paper.pk)
    if handled.exists():
        return reviews_handled(handled, user, queries.form_of(paper.edition))
    rows = list(
        Review.objects.visible_to(user)
        .submitted()
        .filter(assignment__paper=paper)
        .select_related("assignment__member")
        .order_by("assignment__letter", "pk")
    )
    if not rows:
        return []
    own = set(
        Assignment.objects.filter(policy.own_assignments(user), paper=paper).values_list("pk", flat=True)
    )
    named = queries.settings_of(paper.edition).names_to_reviewers
    questions = queries.form_of(paper.edition)
    versions = latest_versions(rows)
    read = dict(ReviewRead.objects.filter(user=user, review__in=rows).values_list("review", "version"))
    return [
        _shown(
            row,
            version,
            questions,
            "chairs" if mine else "committee",
            named or mine,
            mine,
            read.get(row.pk, 0),
        )
        for row in rows
        if (version := versions.get(row.pk)) is not None
        for mine in [row.assignment_id in own]
    ]


def reviews_handled(handled: QuerySet[Paper], user: User, questions: Sequence[Question]) -> list[ShownReview]:
    """All submitted reviews of papers that `user` handles, as a chair reads them: whole, with names, by letter. One query."""
    reads = ReviewRead.objects.filter(user=user, review=OuterRef("review"))
    versions = (
        ReviewVersion.objects.filter(
            number=F("review__version"),
            review__assignment__state__in=Assignment.LIVE,
            review__assignment__paper__in=handled.values("pk"),
        )
        .annotate(
            read=Subquery(reads.values("version")),
            mine=Exists(Member.objects.held_by(user).filter(pk=OuterRef("review__assignment__member"))),
        )
        .select_related("review__assignment__member")
        .order_by("review__assignment__letter", "review")
    )
    return [_shown(it.review, it, questions, "chairs", True, it.mine, it.read or 0) for it in versions]


def _shown(
    row: Review,
    version: ReviewVersion,
    questions: Sequence[Question],
    reader: Reader,
    named: bool,
    mine: bool,
    read: int,
) -> ShownReview:
    return ShownReview(
        pk=row.pk,
        letter=row.assignment.letter,
        name=str(row.assignment.member) if named else "",
        guest=row.guest_name if named else "",
        mine=mine,
        reader=reader,
        version=version.number,
        submitted_at=row.submitted_at,
        changed_at=version.at,
        answers=shown_answers(questions, version.answers, reader),
        read=read,
    )


def latest_versions(rows: Iterable[Review]) -> dict[int, ReviewVersion]:
    """What of each review was submitted last, by the review's key. One query."""
    numbers = {row.pk: row.version for row in rows}
    versions = ReviewVersion.objects.filter(review__in=numbers)
    return {it.review_id: it for it in versions if it.number == numbers[it.review_id]}


def released(
    questions: Sequence[Question], version: ReviewVersion, letter: str, review: Review
) -> ShownReview:
    """A review as its paper's authors read it: the version that was released, without who wrote it."""
    return ShownReview(
        pk=review.pk,
        letter=letter,
        name="",
        guest="",
        mine=False,
        reader="authors",
        version=version.number,
        submitted_at=None,
        changed_at=version.at,
        answers=shown_answers(questions, version.answers, "authors"),
        read=version.number,
    )
