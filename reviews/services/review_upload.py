"""Review forms that were filled in offline: all of an upload is kept as drafts, or nothing.

What is wrong is said with the file and its line, for all files at once. A form was made from some revision of the draft;
when the site's draft has moved on since, the upload is refused if it would take away words, unless `replace` says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from accounts.models import User
from reviews import policy, queries, review_page
from reviews.domain import offline_form
from reviews.domain.offline_files import Form, Found
from reviews.domain.offline_form import Header
from reviews.domain.review_form import Answer, Question
from reviews.models import Assignment, Review
from reviews.services import reviews
from submissions.models import Edition, Paper
from submissions.services.errors import Closed, Refused, Stale

#: More would not be read by anybody.
MOST_MISTAKES = 200
NO_FORM = "There is no review form among the files. Choose the text file that you filled in, or the ZIP."


class Mistakes(Refused):
    """Nothing was kept. `lines`: sentences with file and line. `older`: whether `replace` would help some of them.

    `in_files`: whether the files are what is to be mended.
    """

    def __init__(self, lines: Sequence[str], *, older: bool = False, in_files: bool = True) -> None:
        self.lines, self.older, self.in_files = list(lines)[:MOST_MISTAKES], older, in_files
        super().__init__("Nothing was saved.")


@dataclass
class Done:
    """Numbers of the papers: saved as drafts, as they were already, left blank, submitted; and why others were not submitted."""

    saved: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    submitted: list[int] = field(default_factory=list)
    not_submitted: dict[int, str] = field(default_factory=dict)

    @property
    def numbers(self) -> list[int]:
        return sorted({*self.saved, *self.unchanged})


@dataclass(frozen=True)
class _Filled:
    """A form without mistakes: where its “Form:” line stands, what it says, whose review it is."""

    name: str
    header: Header
    answers: Mapping[str, Answer]
    row: Assignment


def put_in(
    *,
    actor: User,
    edition: Edition,
    found: Found,
    arrived_at: datetime,
    replace: bool = False,
    submit: bool = False,
) -> Done:
    """Keep the forms as drafts of `actor`; `submit` also submits those that are complete and warn of nothing.

    Raises Mistakes when anything is wrong with any of them; then nothing is written.
    """
    mistakes = list(found.problems)
    if not found.forms and not mistakes:
        raise Mistakes([NO_FORM], in_files=False)
    done, older = Done(), False
    with transaction.atomic():
        rows = _held(actor, edition)
        read = _read(found.forms, queries.form_of(edition), rows, edition, mistakes)
        # A ZIP holds a form for every paper: those without an answer say nothing, not that there is none.
        filled = [it for it in read if it.answers]
        done.blank = [it.row.paper.number for it in read if not it.answers]
        for it in filled:
            try:
                _keep(actor, it, replace=replace, done=done)
            except Stale as error:
                older = True
                mistakes.append(f"{it.name}: {error}")
            except reviews.WrongAnswers as error:
                mistakes += [f"{it.name}: {problem.message}" for problem in error.problems]
            except (Closed, Refused) as error:
                mistakes.append(f"{it.name}: {error}")
        if mistakes:
            raise Mistakes(mistakes, older=older)
        if submit:
            for it in filled:
                _submit(actor, it.row, arrived_at, done)
    return done


def _held(actor: User, edition: Edition) -> dict[int, Assignment]:
    """What the actor reviews, by number, held until the end: papers first, as everywhere."""
    own = Assignment.objects.filter(policy.own_assignments(actor), paper__edition=edition)
    papers = list(own.values_list("paper_id", flat=True))
    list(Paper.objects.select_for_update().filter(pk__in=papers).order_by("pk").values_list("pk"))
    list(
        Assignment.objects.select_for_update()
        .filter(pk__in=list(own.values_list("pk", flat=True)))
        .order_by("pk")
    )
    return {it.paper.number: it for it in own.select_related("paper__edition", "member__user")}


def _read(
    forms: Sequence[Form],
    questions: Sequence[Question],
    rows: Mapping[int, Assignment],
    edition: Edition,
    mistakes: list[str],
) -> list[_Filled]:
    filled: list[_Filled] = []
    names: dict[int, str] = {}
    for form in forms:
        try:
            text = offline_form.decode(form.data)
        except ValueError as error:
            mistakes.append(f"{form.name}: {error}")
            continue
        reading = offline_form.read(text, questions)
        mistakes += [f"{form.name}, line {it.line}: {it.message}" for it in reading.mistakes]
        if reading.header is None:
            continue
        if problem := _not_theirs(reading.header, rows, edition):
            mistakes.append(f"{form.name}, line {reading.header.line}: {problem}")
        elif (number := reading.header.paper) in names:
            mistakes.append(
                f"{form.name}, line {reading.header.line}: this is a second form of #{number}; the first is "
                f"{names[number]}. Send one of the two."
            )
        else:
            names[number] = form.name
            if not reading.mistakes:
                filled.append(_Filled(form.name, reading.header, reading.answers, rows[number]))
    return filled


def _not_theirs(header: Header, rows: Mapping[int, Assignment], edition: Edition) -> str:
    """Why the form cannot be kept, the same for a paper that does not exist and one that somebody else reviews."""
    if header.edition != edition.slug:
        return f"this form is of “{header.edition[:60]}”, not of “{edition.slug}”. Upload it there."
    row = rows.get(header.paper)
    if row is None:
        return f"#{header.paper} is not among the papers you review (any more). Check the number, or ask the chairs."
    mine = review_page.header_of(row, 0).member
    if header.member != mine:
        return f"this form is of {header.member[:100]}, and yours says {mine}. Download your own form and copy your answers."
    return ""


def _keep(actor: User, it: _Filled, *, replace: bool, done: Done) -> None:
    review = Review.objects.filter(assignment=it.row).first()
    saved = review_page.saved_answers(review)
    revision = review.revision if review else 0
    if it.header.revision != revision and not replace:
        lost = [slug for slug, answer in saved.items() if it.answers.get(slug) != answer]
        if lost:
            labels = {question.slug: question.label for question in queries.form_of(it.row.paper.edition)}
            named = ", ".join(f"“{labels.get(slug, slug)}”" for slug in lost)
            raise Stale(
                f"your draft of #{it.row.paper.number} was changed on the site after this form was downloaded. "
                f"The file would replace {named}. Compare them, or choose “Replace” below."
            )
    kept = reviews.keep(it.row, it.answers, revision=revision, by=actor)
    (done.unchanged if kept.revision == revision else done.saved).append(it.row.paper.number)


def _submit(actor: User, row: Assignment, arrived_at: datetime, done: Done) -> None:
    review = Review.objects.get(assignment=row)
    try:
        reviews.submit(actor=actor, assignment=row, revision=review.revision, arrived_at=arrived_at)
    except reviews.Incomplete as error:
        named = ", ".join(f"“{it.label}”" for it in error.questions)
        done.not_submitted[row.paper.number] = f"still to answer: {named}"
    except reviews.Telling:
        done.not_submitted[row.paper.number] = "look at what authors would read, and submit it on its page"
    except Refused as error:
        done.not_submitted[row.paper.number] = str(error)
    else:
        done.submitted.append(row.paper.number)
