"""What reviewers have answered when the call is about to ask something else. Registered with `submissions.services.call_uses`.

A question with answers stays, with its kind, and with what was promised of its readers. A scale may grow at its upper end: the
steps that were chosen keep their numbers and words. A choice may lose what nobody chose.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from reviews import queries
from reviews.domain.default_form import DEFAULT
from reviews.domain.review_form import READS, Answer, Kind, Question, Reader
from reviews.models import Review, ReviewVersion
from submissions.domain.call_facts import Call
from submissions.models import Edition

ANEW = "Leave it as it is, and add a question with another slug."


@dataclass
class _Answers:
    """The answers to one question, in drafts and versions: in how many reviews, and which."""

    reviews: set[int] = field(default_factory=set)
    values: set[Answer] = field(default_factory=set)

    @property
    def count(self) -> str:
        return "1 review" if len(self.reviews) == 1 else f"{len(self.reviews)} reviews"


def answers_lost(edition: Edition, after: Call) -> Iterator[str]:
    """A sentence for each question of the review form whose answers would be lost or mean something else."""
    before = queries.form_of(edition)
    now = {it.slug: it for it in _questions(after)}
    different = [it for it in before if now.get(it.slug) != it]
    if not different:
        return
    answers = _answers(edition, {it.slug for it in different})
    for it in different:
        if (given := answers.get(it.slug)) and (why := _lost(it, now.get(it.slug), given)):
            yield f"The question “{it.label}” of the review form is answered in {given.count}: {why}"


def _questions(call: Call) -> Sequence[Question]:
    """The form that reviewers would get; ScaDL's where the call names none, as in `queries.form_of`."""
    asked = tuple(
        Question(
            slug=it.slug,
            label=it.label,
            kind=cast(Kind, it.kind),
            required=it.required,
            choices=tuple(it.choices),
            visible_to=cast(Reader, it.visible_to),
            help=it.help,
        )
        for it in call.review_form
    )
    return asked or DEFAULT


def _answers(edition: Edition, slugs: set[str]) -> dict[str, _Answers]:
    """What was answered to the questions `slugs`. Two queries."""
    found: dict[str, _Answers] = defaultdict(_Answers)
    drafts = Review.objects.filter(assignment__paper__edition=edition).values_list("pk", "answers")
    versions = ReviewVersion.objects.filter(review__assignment__paper__edition=edition)
    for rows in (drafts, versions.values_list("review", "answers")):
        for review, answers in rows.iterator():
            for slug in slugs & answers.keys():
                found[slug].reviews.add(review)
                found[slug].values.add(answers[slug])
    return found


def _lost(before: Question, after: Question | None, given: _Answers) -> str:
    """Why `before` cannot become `after`, as the rest of a sentence; "" when it can."""
    if after is None:
        return "it cannot be removed. Keep it in the form; it can be made optional."
    if after.kind != before.kind:
        return f"it cannot become a {after.kind}, for it is a {before.kind}. {ANEW}"
    if before.kind == "score" and after.choices[: len(before.choices)] != before.choices:
        return (
            f"the {len(before.choices)} steps of its scale stay as they are, in this order; more can follow after "
            f"“{before.choices[-1]}”. {ANEW}"
        )
    if before.kind == "choice" and (lost := given.values - set(after.choices)):
        named = ", ".join(f"“{it}”" for it in sorted(map(str, lost)))
        return f"somebody chose {named}. Keep that among the answers."
    if not READS[before.visible_to] <= READS[after.visible_to]:
        return f"{_promised(before)}, and {after.visible_to} would read them as well. {ANEW}"
    return ""


def _promised(question: Question) -> str:
    return f"the answers were given for {'the chairs' if question.visible_to == 'chairs' else 'the committee'} only"
